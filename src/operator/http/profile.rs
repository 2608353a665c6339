//! `/v1/profile`: who the bearer of a credential is, and what it may do now.

use std::sync::Arc;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{BehindToken, Roles, Scope, ScopeSet, scopes_now};
use crate::api_key::verify::Verified;
use crate::app::App;
use crate::base::{ClientId, OperatorId, OrganizationId, Timestamp};
use crate::http::{AnyCredential, ApiError, Call};
use crate::operator::{Operator, manage};
use crate::organization::{self, Definitions};
use crate::token::{self, SessionClaims, TokenUse};

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
    scopes: Vec<String>,
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
    let claims = match &call.who {
        AnyCredential::Token(principal) => *principal.token(),
        AnyCredential::Key(key) => return of_key(app, key).await,
    };
    let organization = claims.organization;
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    let definitions = definitions.ok_or_else(ApiError::invalid_token)?;
    let operator = match claims.operator() {
        Some(id) => Some(
            app.db
                .read(move |conn| manage::get(conn, organization, id))
                .await?,
        ),
        None => None,
    };
    let role = operator
        .as_ref()
        .and_then(|operator| operator.profile.role.clone());
    let of_role = || definitions.roles.scopes_of(role.as_deref());
    let (kind, id, name, scopes) = match claims.token_use {
        TokenUse::Company { .. } => {
            let name = organization_name(app, organization).await?;
            let all = ScopeSet::parse(Scope::ADMIN).unwrap_or_default();
            let id = format!("company_{organization}");
            ("company", id, name, all)
        }
        TokenUse::Operator { operator: id, .. } => {
            ("operator", SessionClaims::subject(id), None, of_role())
        }
        TokenUse::Session { operator: id, .. } => {
            ("session", SessionClaims::subject(id), None, of_role())
        }
        TokenUse::Access { operator: id, .. } => {
            let payload = payload(app, call.token()?).await?;
            let payload = payload.ok_or_else(ApiError::invalid_token)?;
            let behind = match id {
                Some(_) => behind(role.as_deref(), &definitions),
                None => BehindToken::Client,
            };
            let scopes = scopes_now(&payload.scopes, behind);
            let name = client_name(app, &payload.client_id, id).await?;
            let own = payload.client_id.to_string();
            let id = id.map_or(own, SessionClaims::subject);
            ("access_token", id, name, scopes)
        }
        // It is no credential here.
        TokenUse::Refresh { .. } | TokenUse::Console { .. } => {
            return Err(ApiError::invalid_token());
        }
    };
    let is_company = kind == "company";
    let bearer = ProfileView {
        kind,
        id,
        organization_id: Some(organization),
        name,
        role: is_company.then(|| Roles::ADMIN.to_owned()),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        environment: "live",
        expires_at: claims.expires_at(),
        ..ProfileView::default()
    };
    Ok(HttpResponse::Ok().json(match operator {
        Some(operator) => bearer.of(operator),
        None => bearer,
    }))
}

/// Returns what an API key is and may do, and the members of the operator that it is bound to.
async fn of_key(app: &App, key: &Verified) -> Result<HttpResponse, ApiError> {
    let (record, rights) = (&key.stored.key, &key.rights);
    let organization = record.organization;
    let own = ProfileView {
        kind: "api_key",
        id: record.id.to_string(),
        organization_id: Some(organization),
        name: Some(record.settings.name.clone()),
        role: rights.role.clone(),
        scopes: rights.scopes.iter().map(ToString::to_string).collect(),
        environment: rights.environment.as_str(),
        expires_at: record.settings.expires_at,
        ..ProfileView::default()
    };
    let Some(id) = record.operator else {
        return Ok(HttpResponse::Ok().json(own));
    };
    let operator = app
        .db
        .read(move |conn| manage::get(conn, organization, id))
        .await?;
    let name = own.name.clone();
    Ok(HttpResponse::Ok().json(ProfileView {
        name,
        ..own.of(operator)
    }))
}

impl ProfileView {
    /// Adds the members of the operator behind the credential.
    fn of(self, operator: Operator) -> Self {
        let profile = operator.profile;
        Self {
            operator_id: Some(operator.id),
            name: Some(profile.name),
            email: profile.email,
            username: profile.username,
            role: profile.role,
            tier: profile.tier,
            avatar: profile.avatar,
            ..self
        }
    }
}

fn behind<'a>(role: Option<&'a str>, definitions: &'a Arc<Definitions>) -> BehindToken<'a> {
    BehindToken::Operator {
        role,
        roles: &definitions.roles,
        cap: definitions.cap_scopes_by_role,
    }
}

async fn organization_name(app: &App, id: OrganizationId) -> Result<Option<String>, ApiError> {
    let found = app
        .db
        .read(move |conn| organization::find(conn, id))
        .await?;
    Ok(found.map(|organization| organization.name))
}

/// Returns the name of a client that acts for itself. `None` if it acts for an operator.
async fn client_name(
    app: &App,
    client: &ClientId,
    operator: Option<OperatorId>,
) -> Result<Option<String>, ApiError> {
    if operator.is_some() {
        return Ok(None);
    }
    let found = app.clients.directory.find(&app.db, client).await?;
    Ok(found.map(|registered| registered.client.settings.name.clone()))
}

/// The members of an access token that its claims in memory do not have.
#[derive(Deserialize)]
struct Payload {
    client_id: ClientId,
    scopes: ScopeSet,
}

/// Reads the payload of a token whose signature was checked.
async fn payload(app: &App, text: &str) -> Result<Option<Payload>, ApiError> {
    if let Some(issuer) = app.tokens.validator.oauth_issuer()
        && let Some(opaque) = app
            .clients
            .opaque_tokens
            .find(&app.db, text, issuer)
            .await?
    {
        return Ok(Some(Payload {
            client_id: opaque.access.client_id.clone(),
            scopes: opaque.access.scopes.clone(),
        }));
    }
    let json = token::payload(text).ok();
    Ok(json.and_then(|json| serde_json::from_slice(&json).ok()))
}
