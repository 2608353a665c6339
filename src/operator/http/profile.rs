//! `/v1/profile`: who the bearer of a credential is, and what it may do now.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::ScopeSet;
use crate::app::App;
use crate::authn::Rights;
use crate::base::{ClientId, OperatorId, OrganizationId, Timestamp};
use crate::http::{AnyCredential, ApiError, Call};
use crate::operator::{Operator, manage};
use crate::organization;

/// The bearer of a credential.
#[derive(Default, Serialize, ToSchema)]
pub struct ProfileView {
    /// `company`, `operator`, `session`, `access_token` or `api_key`.
    kind: &'static str,
    /// `company_7`, `user_123`, the id of an API key, or the id of an OAuth client that acts for
    /// itself.
    id: String,
    #[schema(value_type = i64)]
    organization_id: Option<OrganizationId>,
    operator_id: Option<OperatorId>,
    /// The name of the operator, of the client or of the organization.
    name: Option<String>,
    email: Option<String>,
    username: Option<String>,
    role: Option<String>,
    tier: Option<String>,
    avatar: Option<String>,
    /// What the bearer may do now, sorted.
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// `live`, or that of the API key.
    environment: &'static str,
    /// When the credential expires; null if it does not.
    expires_at: Option<Timestamp>,
}

/// Returns who the bearer of the credential is, and what it may do now.
#[utoipa::path(get, path = "/v1/profile", tag = "Sessions",
    responses((status = 200, body = ProfileView)))]
pub async fn own(call: Call<AnyCredential>) -> Result<HttpResponse, ApiError> {
    let app = &call.app;
    let (rights, operator, expires_at) = match &call.who {
        AnyCredential::Token(principal) => {
            let rights = Rights::of_token(app, principal, call.token()?).await?;
            let rights = rights.ok_or_else(ApiError::invalid_token)?;
            let claims = principal.token();
            (rights, claims.operator(), claims.expires_at())
        }
        AnyCredential::Key(key) => {
            let record = &key.stored.key;
            let expires_at = record.settings.expires_at;
            (Rights::of_key(key), record.operator, expires_at)
        }
    };
    let organization = rights.organization;
    let operator = match operator {
        Some(id) => Some(
            app.db
                .read(move |conn| manage::get(conn, organization, id))
                .await?,
        ),
        None => None,
    };
    let name = match &call.who {
        AnyCredential::Key(key) => Some(key.stored.key.settings.name.clone()),
        AnyCredential::Token(_) => match (&operator, &rights.access) {
            (Some(operator), _) => Some(operator.profile.name.clone()),
            (None, Some(granted)) => client_name(app, &granted.client_id).await?,
            (None, None) => organization_name(app, organization).await?,
        },
    };
    let bearer = ProfileView {
        kind: rights.kind.as_str(),
        id: rights.subject,
        organization_id: Some(organization),
        role: rights.role,
        scopes: rights.scopes,
        environment: rights.environment.as_str(),
        expires_at,
        ..ProfileView::default()
    };
    let bearer = match operator {
        Some(operator) => bearer.of(operator),
        None => bearer,
    };
    Ok(HttpResponse::Ok().json(ProfileView { name, ..bearer }))
}

impl ProfileView {
    /// Adds the members of the operator behind the credential.
    fn of(self, operator: Operator) -> Self {
        let profile = operator.profile;
        Self {
            operator_id: Some(operator.id),
            email: profile.email,
            username: profile.username,
            role: profile.role,
            tier: profile.tier,
            avatar: profile.avatar,
            ..self
        }
    }
}

async fn organization_name(app: &App, id: OrganizationId) -> Result<Option<String>, ApiError> {
    let found = app
        .db
        .read(move |conn| organization::find(conn, id))
        .await?;
    Ok(found.map(|organization| organization.name))
}

/// Returns the name of a client that acts for itself.
async fn client_name(app: &App, client: &ClientId) -> Result<Option<String>, ApiError> {
    let found = app.clients.directory.find(&app.db, client).await?;
    Ok(found.map(|registered| registered.client.settings.name.clone()))
}
