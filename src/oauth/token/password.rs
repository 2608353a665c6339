//! `password` (RFC 6749, section 4.3), for clients that were given it. RFC 9700 forbids it, and
//! guide 001 needs it.

use secrecy::SecretString;

use super::answer::TokenAnswer;
use super::grants::invalid_grant;
use super::new_grant::Prepared;
use super::request::Request;
use super::write_in_groups::Rows;
use crate::access::{ScopeRequest, grant_scopes};
use crate::audit::{self, Action, Event};
use crate::base::GrantId;
use crate::db;
use crate::grant::store::Grant;
use crate::login::LoginError;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::operator::sign_in;
use crate::session::BY_PASSWORD;
use crate::usage::Count;

pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let (app, now) = (request.app, request.now);
    let missing = |name: &str| {
        let description = format!("The parameter {name} is missing");
        OAuthError::new(ErrorCode::InvalidRequest, description)
    };
    let parameters = request.parameters;
    let username = parameters.one("username")?;
    let username = username.ok_or_else(|| missing("username"))?;
    let password = parameters.one("password")?;
    let password = SecretString::from(password.ok_or_else(|| missing("password"))?);
    let asked = request.scope()?;
    let resources = request.resources()?;
    let organization = request.organization();
    let signed_in = sign_in::check(app, organization, username, password, request.origin)
        .await
        .map_err(refused)?;
    if signed_in.second_factor {
        return Err(second_factor());
    }
    let operator = signed_in.operator.clone();
    // What revokes the tokens of the client or of the operator after either was read revokes these.
    let rev = request.caller.rev.min(signed_in.rev);
    let scopes = grant_scopes(&ScopeRequest {
        scopes: asked.as_ref(),
        client: &request.caller.settings().scopes,
        behind: request.behind(&operator),
    })?;
    let binding = request.bind(None).await?;
    let grant = Grant {
        organization,
        id: GrantId::generate(now),
        client: request.caller.id().clone(),
        operator: operator.id,
        scopes: scopes.clone(),
        resources: resources.clone(),
        nonce: None,
        auth_time: now,
        amr: BY_PASSWORD.to_owned(),
        sid: None,
        dpop_jkt: None,
        created_at: now,
        last_used_at: now,
        expires_at: now,
        ended_at: None,
    };
    let prepared = Prepared::new(request, grant, &operator, (scopes, resources), binding, rev)?;
    let origin = request.origin_of(operator.id);
    let (rows, grant) = (prepared.rows(&origin), prepared.grant());
    let write = move |conn: &mut _| {
        if signed_in.record(conn, now)? {
            return Ok(false);
        }
        Rows::insert(conn, &[&rows])?;
        let event = Event::of(&origin, Action::SignedIn, now, organization)
            .target(format!("grant:{grant}"));
        audit::record(conn, &event)?;
        Ok::<_, db::Error>(true)
    };
    if !app.db.write(write).await? {
        return Err(second_factor());
    }
    app.usage.note(organization, Count::SignedIn);
    Ok(prepared.answer(request))
}

/// Returns the refusal of an operator that has a second factor. Only a caller that has the right
/// password learns this.
fn second_factor() -> Failure {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "This operator has a second factor and signs in on the pages only",
    )
    .into()
}

fn refused(error: LoginError) -> Failure {
    match error {
        LoginError::Refused => invalid_grant(),
        LoginError::Throttled(wait) => Failure::Throttled(wait),
        LoginError::Busy => Failure::Busy,
        LoginError::Stale => Failure::Stale,
        LoginError::Database(why) => Failure::Database(why),
    }
}
