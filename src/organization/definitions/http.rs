//! `/api/v1/scopes…`, `/api/v1/roles…`, and `/api/company/resources…`.

mod resources;
mod roles;
mod scopes;

use percent_encoding::percent_decode_str;

use super::Definitions;
use super::manage::DefineError;
use crate::base::OrganizationId;
use crate::http::{ApiError, Call, Credential, Routes, Surface, endpoints};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            scopes::scopes,
            scopes::set_scope,
            scopes::remove_scope,
            roles::roles,
            roles::role,
            roles::set_role,
            roles::remove_role,
            resources::resources,
            resources::add_resource,
            resources::remove_resource,
        ],
    )
}

impl From<DefineError> for ApiError {
    fn from(error: DefineError) -> Self {
        match error {
            DefineError::Name
            | DefineError::Description
            | DefineError::Scope(_)
            | DefineError::Uri
            | DefineError::ResourceName => Self::invalid_request(error.to_string()),
            DefineError::Fixed(_)
            | DefineError::InUse(_)
            | DefineError::Taken
            | DefineError::Changed
            | DefineError::UriTaken
            | DefineError::TooMany => Self::conflict(error.to_string()),
            DefineError::Unknown | DefineError::UnknownOrganization => Self::not_found(),
            DefineError::Database(error) => error.into(),
        }
    }
}

/// Returns the name from the path. Whatever the router left encoded is decoded.
fn name<C: Credential, B>(call: &Call<C, B>) -> Result<String, ApiError> {
    let text = percent_decode_str(call.path("name")).decode_utf8();
    text.map(Into::into).map_err(|_| ApiError::not_found())
}

/// Returns what the organization defined.
async fn read<C: Credential, B>(
    call: &Call<C, B>,
    organization: OrganizationId,
) -> Result<Definitions, ApiError> {
    let found = call
        .app
        .db
        .read(move |conn| Definitions::read(conn, organization))
        .await?;
    found.ok_or_else(ApiError::not_found)
}
