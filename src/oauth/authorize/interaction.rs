//! What must be asked of the operator before a code is issued: to sign in, and to consent.

use super::decide::Decision;
use super::request::Request;
use super::target::Target;
use crate::access::{BehindToken, Roles, ScopeRequest, ScopeSet, grant_scopes};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::client::{Client, ConsentRule, redirect_uri};
use crate::grant::Consent;
use crate::oauth::{ErrorCode, OAuthError};

/// The operator of the browser session, as it is now.
#[derive(Debug, Clone)]
pub struct SignedIn<'a> {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its id.
    pub operator: OperatorId,
    /// Its role, as free text.
    pub role: Option<&'a str>,
    /// When it signed in.
    pub at: Timestamp,
    /// Whether the operator signed in on the pages of this very request. Then it need not sign in
    /// again, whatever `prompt` and `max_age` say; otherwise the sign-in page would never end.
    pub for_this_request: bool,
}

/// Whose ID token an `id_token_hint` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenHint {
    /// The request has none.
    Absent,
    /// It is not an ID token that this service issued to this client. An expired one is accepted.
    Bad,
    /// It is one, of this operator.
    Of(OperatorId),
}

/// What is known beside the request.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Who is signed in; `None` if nobody is.
    pub session: Option<SignedIn<'a>>,
    /// The hint of the request.
    pub id_token_hint: IdTokenHint,
    /// What the operator of the session allowed the client so far.
    pub consent: Consent,
    /// The scopes that the consent page of this very request showed, if the operator answered
    /// `allow` there. It did not allow what has been added since.
    pub consented_here: Option<&'a ScopeSet>,
    /// The roles of the organization.
    pub roles: &'a Roles,
    /// Whether the organization limits operators to the scopes of their role.
    pub cap_scopes_by_role: bool,
    /// The present.
    pub now: Timestamp,
}

/// What the operator is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To sign in.
    SignIn,
    /// To allow these scopes, all that the client will get.
    Consent(ScopeSet),
}

/// Returns the error for an [`IdTokenHint::Bad`].
#[must_use]
pub fn bad_hint() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidRequest,
        "id_token_hint is no ID token of this client",
    )
}

/// Returns the operator that is signed in, recently enough and as the right one; else the decision,
/// which is an error or to ask.
pub(super) fn signed_in<'f, 'a>(
    request: &Request,
    client: &Client,
    facts: &'f Facts<'a>,
) -> Result<&'f SignedIn<'a>, Decision> {
    let error =
        |code, description: &'static str| Decision::Redirect(OAuthError::new(code, description));
    if facts.id_token_hint == IdTokenHint::Bad {
        return Err(Decision::Redirect(bad_hint()));
    }
    let own = facts
        .session
        .as_ref()
        .filter(|session| session.organization == client.organization);
    let recent = own.filter(|session| {
        let age = facts.now.as_micros().saturating_sub(session.at.as_micros());
        let most = |seconds: u64| seconds.saturating_mul(1_000_000);
        let young = request
            .max_age
            .is_none_or(|max| age.max(0).unsigned_abs() <= most(max));
        session.for_this_request || !request.prompt.login && young
    });
    match (recent, facts.id_token_hint) {
        (Some(session), IdTokenHint::Of(operator)) if session.operator != operator => {
            let description = "Somebody else than the subject of id_token_hint is signed in";
            Err(error(ErrorCode::LoginRequired, description))
        }
        (Some(session), _) => Ok(session),
        (None, _) if request.prompt.none => {
            let description = "Nobody is signed in, or not recently enough";
            Err(error(ErrorCode::LoginRequired, description))
        }
        (None, _) => Err(Decision::Ask(Ask::SignIn)),
    }
}

/// Returns the scopes that are granted, if the operator has allowed them; else the decision, which
/// is an error or to ask.
pub(super) fn consented(
    request: &Request,
    target: &Target,
    client: &Client,
    facts: &Facts<'_>,
    session: &SignedIn<'_>,
) -> Result<ScopeSet, Decision> {
    let granted = grant_scopes(&ScopeRequest {
        scopes: request.scopes.as_ref(),
        client: &client.settings.scopes,
        behind: BehindToken::Operator {
            role: session.role,
            roles: facts.roles,
            cap: facts.cap_scopes_by_role,
        },
    })
    .map_err(|error| Decision::Redirect(error.into()))?;
    // Any app on the operator's machine could pretend to be such a client (RFC 8252, section 8.6).
    let every_time =
        client.settings.is_public() && redirect_uri::leads_to_a_local_app(&target.redirect_uri);
    let skipped = client.settings.consent == ConsentRule::Skip;
    let must_ask = request.prompt.consent
        || every_time
        || !skipped && facts.consent.missing(&granted).is_some();
    let allowed_here = |shown: &ScopeSet| granted.is_within(shown);
    if !must_ask || facts.consented_here.is_some_and(allowed_here) {
        return Ok(granted);
    }
    if request.prompt.none {
        let description = "The operator must be asked for consent";
        let error = OAuthError::new(ErrorCode::ConsentRequired, description);
        return Err(Decision::Redirect(error));
    }
    Err(Decision::Ask(Ask::Consent(granted)))
}
