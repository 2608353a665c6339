//! Decides what follows a client's request: a page, or the answer to the client.

use super::{Participants, participants};
use crate::access::ScopeSet;
use crate::app::App;
use crate::base::{ClientId, Digest, Timestamp};
use crate::db::{self, Error};
use crate::grant::store::{NewCode, consent, insert_code, remember_consent};
use crate::grant::{Consent, code};
use crate::oauth::authorize::{
    Answer, Ask, Decision, Facts, Granted, IdTokenHint, PageError, Request, SignedIn, Target,
    client_id, decide, read, target, url,
};
use crate::oauth::{OAuthError, Parameters, Resources};
use crate::session::{self, Found, PageRequest, PushedRequest, SessionError};

/// A client's request and what is known of it now.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// `oauth.issuer`.
    pub issuer: &'a str,
    /// The parameters of the request.
    pub parameters: &'a [(String, String)],
    /// The browser's cookie. `None` if it has none.
    pub browser: Option<Digest>,
    /// The request, if the client pushed it and no page has been shown for it yet.
    pub pushed: Option<&'a PushedRequest>,
    /// The request, if pages have been shown for it already.
    pub page_request: Option<&'a PageRequest>,
    /// Whether the operator has just answered `allow`.
    pub allowed: bool,
}

/// What follows a client's request.
#[derive(Debug)]
pub enum Next {
    /// A page that says why there is no redirect.
    Page(PageError),
    /// The browser goes to this URL of the client, with the answer.
    Client(String),
    /// The operator must sign in.
    SignIn,
    /// The operator must answer on the consent page.
    Consent(Box<Consenting>),
}

/// What the consent page shows.
#[derive(Debug)]
pub struct Consenting {
    /// The client and its organization.
    pub participants: Participants,
    /// The operator who is signed in.
    pub found: Found,
    /// All scopes that the client will get.
    pub scopes: ScopeSet,
    /// Where the answer goes.
    pub redirect_uri: String,
}

/// Why it cannot be decided what follows.
#[derive(Debug)]
pub enum FlowError {
    /// This node does not hold its lease.
    Stale,
    /// The database failed.
    Database(Error),
}

impl From<Error> for FlowError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<SessionError> for FlowError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Stale => Self::Stale,
            SessionError::Database(why) => Self::Database(why),
        }
    }
}

/// Returns what follows the request. If that is the answer to the client, the request is used up.
/// If the session ends while the code is written, the code stays valid: the end of a session
/// revokes no tokens. What revokes the operator's or the client's tokens revokes the code too,
/// because `rev` is read before the session.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn next(app: &App, moment: Moment<'_>) -> Result<Next, FlowError> {
    let parameters = Parameters::new(moment.parameters);
    let known = match client_id(&parameters) {
        Ok(id) => participants(app, &id).await?,
        Err(why) => return Ok(Next::Page(why)),
    };
    let target = match target(&parameters, known.as_ref().map(Participants::client)) {
        Ok(target) => target,
        Err(why) => return Ok(Next::Page(why)),
    };
    let Some(participants) = known else {
        return Ok(Next::Page(PageError::Client));
    };
    let client = participants.client();
    let of_organization = participants.definitions.resource_uris();
    let resources = Resources::of(moment.issuer, &client.settings, of_organization);
    let request = match read(&parameters, &client.settings, &resources, moment.source()) {
        Ok(request) => request,
        Err(why) => return answer(app, &moment, &target, &why).await,
    };
    let found = match moment.browser {
        Some(browser) => session::find(app, browser).await?,
        None => None,
    };
    let own = |found: &Found| {
        found.session.is_signed_in() && found.session.organization == client.organization
    };
    let found = found.filter(own);
    let (organization, id) = (client.organization, client.id.clone());
    let allowed = match &found {
        None => None,
        Some(found) => {
            let operator = found.session.operator;
            let held = app
                .db
                .read(move |conn| consent(conn, organization, &id, operator));
            held.await?
        }
    };
    let facts = Facts {
        session: found.as_ref().map(|found| SignedIn {
            organization: found.session.organization,
            operator: found.session.operator,
            role: found.operator.profile.role.as_deref(),
            at: found.session.signed_in_at,
            for_this_request: moment
                .page_request
                .is_some_and(|request| request.signed_in_sid == Some(found.session.sid)),
        }),
        id_token_hint: hint(app, &request, &client.id),
        consent: Consent::remembered(allowed),
        consented_here: moment
            .page_request
            .filter(|_| moment.allowed)
            .and_then(|request| request.shown.as_ref()),
        roles: &participants.definitions.roles,
        cap_scopes_by_role: participants.definitions.cap_scopes_by_role,
        now: app.clock.now(),
    };
    match (decide(&request, &target, client, &facts), &found) {
        (Decision::Page(why), _) => Ok(Next::Page(why)),
        (Decision::Redirect(error), _) => answer(app, &moment, &target, &error).await,
        (Decision::Ask(Ask::Consent(scopes)), Some(found)) => {
            Ok(Next::Consent(Box::new(Consenting {
                found: found.clone(),
                scopes,
                redirect_uri: target.redirect_uri,
                participants,
            })))
        }
        (Decision::Grant(granted), Some(found)) => {
            let facts = (found, facts.now);
            grant(
                app,
                &moment,
                (&request, &target, granted),
                facts,
                &participants,
            )
            .await
        }
        (Decision::Ask(_) | Decision::Grant(_), _) => Ok(Next::SignIn),
    }
}

/// Answers the client with an error after the operator has cancelled. The request is used up.
/// Returns the redirect to the client, or the page that says why there is none.
///
/// # Errors
/// Returns the [`FlowError`].
pub async fn refuse(app: &App, moment: Moment<'_>, error: &OAuthError) -> Result<Next, FlowError> {
    let parameters = Parameters::new(moment.parameters);
    let known = match client_id(&parameters) {
        Ok(id) => participants(app, &id).await?,
        Err(why) => return Ok(Next::Page(why)),
    };
    match target(&parameters, known.as_ref().map(Participants::client)) {
        Ok(target) => answer(app, &moment, &target, error).await,
        Err(why) => Ok(Next::Page(why)),
    }
}

/// Returns whose ID token the `id_token_hint` of a request is.
pub(in crate::oauth) fn hint(app: &App, request: &Request, client: &ClientId) -> IdTokenHint {
    let Some(text) = &request.id_token_hint else {
        return IdTokenHint::Absent;
    };
    match app.tokens.validator.id_token(text) {
        Some(token) if token.client == *client => IdTokenHint::Of(token.operator),
        _ => IdTokenHint::Bad,
    }
}

/// Uses up the request, and returns the URL with which the client receives an error.
async fn answer(
    app: &App,
    moment: &Moment<'_>,
    target: &Target,
    error: &OAuthError,
) -> Result<Next, FlowError> {
    if let Some(open) = moment.open()
        && !app.db.write(move |conn| open.use_up(conn)).await?
    {
        return Ok(Next::Page(PageError::RequestUri));
    }
    let state = target.state.as_deref();
    let answer = Answer::Error(error);
    Ok(Next::Client(url(
        &target.redirect_uri,
        answer,
        state,
        moment.issuer,
    )))
}

/// Uses up the request, remembers what the operator allowed, and issues a code.
async fn grant(
    app: &App,
    moment: &Moment<'_>,
    (request, target, granted): (&Request, &Target, Granted),
    (found, now): (&Found, Timestamp),
    participants: &Participants,
) -> Result<Next, FlowError> {
    let client = participants.client();
    let text = code::generate();
    let new = NewCode {
        organization: client.organization,
        client: client.id.clone(),
        operator: granted.operator,
        digest: Digest::of(&text),
        redirect_uri: target
            .redirect_uri_given
            .then(|| target.redirect_uri.clone()),
        challenge: request.challenge,
        dpop_jkt: request.dpop_jkt.clone(),
        scopes: granted.scopes,
        resources: request.resources.clone(),
        nonce: request.nonce.clone(),
        auth_time: granted.signed_in_at,
        amr: found.session.amr.clone(),
        sid: Some(found.session.sid),
        rev: participants.rev,
        expires_at: now.plus(app.settings.oauth.code_lifetime),
    };
    let (open, allowed) = (moment.open(), moment.allowed);
    let issued = app.db.write(move |conn| {
        if let Some(open) = open
            && !open.use_up(conn)?
        {
            return Ok(false);
        }
        if allowed {
            let (organization, scopes) = (new.organization, &new.scopes);
            remember_consent(conn, organization, &new.client, new.operator, scopes, now)?;
        }
        insert_code(conn, &new)?;
        Ok::<_, db::Error>(true)
    });
    if !issued.await? {
        return Ok(Next::Page(PageError::RequestUri));
    }
    let state = target.state.as_deref();
    let answer = Answer::Code(&text);
    Ok(Next::Client(url(
        &target.redirect_uri,
        answer,
        state,
        moment.issuer,
    )))
}
