//! `client_credentials` (RFC 6749, section 4.4): the client acts for itself, or for the operator
//! that it is associated with (guide 001).

use super::answer::TokenAnswer;
use super::request::Request;
use super::tokens::{self, Subject};
use crate::access::{BehindToken, InvalidScope, Scope, ScopeRequest, grant_scopes};
use crate::base::Sequence;
use crate::oauth::failure::Failure;
use crate::operator::Operator;

/// Issues an access token. There is no refresh token: the client's own credential takes its place.
pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let asked = request.scope()?;
    if asked
        .as_ref()
        .is_some_and(|asked| asked.names(Scope::OPENID))
    {
        // Nobody signed in, so there is nothing that an ID token could say.
        return Err(InvalidScope(Scope::OPENID.to_owned()).into());
    }
    let resources = request.resources()?;
    let settings = request.caller.settings();
    // Read before the operator: a deactivation since then revokes the token.
    let rev: Sequence = request.caller.rev;
    let operator: Option<Operator> = match settings.operator {
        Some(id) => Some(request.operator(id).await?),
        None => None,
    };
    let behind = operator
        .as_ref()
        .map_or(BehindToken::Client, |operator| request.behind(operator));
    let scopes = grant_scopes(&ScopeRequest {
        scopes: asked.as_ref(),
        client: &settings.scopes,
        behind,
    })?;
    let subject = Subject {
        operator: operator.as_ref(),
        grant: None,
        auth_time: None,
        scopes,
        resources,
        binding: request.bind(None).await?,
        exchanged: None,
    };
    let access = tokens::access_token(request, &subject, rev)?;
    tokens::record(request, &access).await?;
    let operator = operator.map(|operator| operator.id);
    Ok(TokenAnswer::recorded(request, &access, operator))
}
