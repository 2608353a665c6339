//! `/api/v1/api-keys…`: an organization's API keys.

mod body;
mod keys;
mod leak;
mod usage;
mod verify;
mod view;

use super::ManageError;
use crate::base::ApiKeyId;
use crate::http::{ApiError, Call, Credential, Routes, Surface, endpoints};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            keys::list,
            keys::create,
            usage::usage,
            verify::verify,
            verify::verify_many,
            keys::get,
            keys::change,
            keys::revoke,
            keys::rotate,
            keys::quarantine,
            keys::release,
            leak::report,
        ],
    )
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Unknown | ManageError::UnknownOrganization => Self::not_found(),
            ManageError::Revoked
            | ManageError::Changed
            | ManageError::Expired
            | ManageError::TooMany => Self::conflict(error.to_string()),
            ManageError::Database(error) => error.into(),
            ManageError::Seal(why) => {
                tracing::error!(%why, "a signing secret could not be sealed");
                Self::internal()
            }
            other => Self::invalid_request(other.to_string()),
        }
    }
}

/// Returns the key's id from the path.
fn id<C: Credential, B>(call: &Call<C, B>) -> Result<ApiKeyId, ApiError> {
    call.path("id").parse().map_err(|_| ApiError::not_found())
}
