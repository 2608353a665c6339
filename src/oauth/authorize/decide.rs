//! The two lists of checks: what a request asks for, and how it is answered.

use super::interaction::{self, Ask, Facts};
use super::request::{Request, Source};
use super::target::{PageError, Target};
use super::{hints, prompt, response};
use crate::access::ScopeSet;
use crate::base::{OperatorId, Timestamp};
use crate::client::{Client, ClientSettings};
use crate::oauth::{OAuthError, Parameters, Resources};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A page that shows the error, with status 400 and without a redirect.
    Page(PageError),
    /// A redirect to the client, with the error.
    Redirect(OAuthError),
    /// A page that asks.
    Ask(Ask),
    /// A code is issued.
    Grant(Granted),
}

/// What a code stands for, beside the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The operator.
    pub operator: OperatorId,
    /// The scopes.
    pub scopes: ScopeSet,
    /// When the operator signed in (`auth_time`).
    pub signed_in_at: Timestamp,
}

/// Reads what a request asks for. `resources` are those that the client may name. The checks run in
/// this order; the first that fails is the answer.
///
/// # Errors
/// Returns the error that goes to the client, by a redirect or, from a pushed request, as JSON.
pub fn read(
    parameters: &Parameters<'_>,
    client: &ClientSettings,
    resources: &Resources<'_>,
    source: Source,
) -> Result<Request, OAuthError> {
    hints::state(parameters)?;
    response::form(parameters, client, source)?;
    response::kind(parameters)?;
    response::grant(client)?;
    // How the pages look, which they read themselves.
    parameters.one("view")?;
    Ok(Request {
        challenge: response::challenge(parameters, client)?,
        prompt: prompt::prompt(parameters)?,
        max_age: prompt::max_age(parameters)?,
        scopes: hints::scopes(parameters, client)?,
        resources: resources.read(parameters)?,
        dpop_jkt: hints::dpop_jkt(parameters)?,
        nonce: hints::text(parameters, "nonce")?,
        login_hint: hints::text(parameters, "login_hint")?,
        id_token_hint: hints::text(parameters, "id_token_hint")?,
        ui_locales: hints::text(parameters, "ui_locales")?,
    })
}

/// Returns how a request that was read is answered.
#[must_use]
pub fn decide(request: &Request, target: &Target, client: &Client, facts: &Facts<'_>) -> Decision {
    let granted = || {
        if !client.is_active() {
            // Disabled while a page was open.
            return Err(Decision::Page(PageError::Client));
        }
        let session = interaction::signed_in(request, client, facts)?;
        let scopes = interaction::consented(request, target, client, facts, session)?;
        Ok(Granted {
            operator: session.operator,
            scopes,
            signed_in_at: session.at,
        })
    };
    granted().map_or_else(|decision| decision, Decision::Grant)
}
