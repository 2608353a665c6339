//! Sign-out that a client asks for (OpenID Connect RP-Initiated Logout 1.0).

use super::{Participants, participants};
use crate::app::App;
use crate::base::TokenId;
use crate::db;
use crate::oauth::Parameters;
use crate::oauth::authorize::PageError;
use crate::oauth::authorize::redirect::with_query;

/// What a request for sign-out asks for.
#[derive(Debug)]
pub struct EndSession {
    /// The client that sent the request, and its organization. `None` if the request names no
    /// client.
    pub participants: Option<Participants>,
    /// The session of the ID token. That session ends without a page that asks. `None` if the
    /// request has no ID token of a session.
    pub sid: Option<TokenId>,
    /// Where the browser goes afterwards. `None` if it goes to the sign-out page.
    pub return_to: Option<ReturnTo>,
}

/// Where a browser goes after sign-out. The URI is registered for the client, character by
/// character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo {
    /// The URI.
    pub uri: String,
    /// `state`, which comes back as it was.
    pub state: Option<String>,
}

impl ReturnTo {
    /// Returns the URL, with `state` in its query.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.state {
            Some(state) => with_query(&self.uri, &[("state", state)]),
            None => self.uri.clone(),
        }
    }
}

/// Reads a request for sign-out.
///
/// # Errors
/// Returns an error if the database call fails. The inner error says why the request is answered
/// with a page of status 400.
pub async fn end_session(
    app: &App,
    parameters: &Parameters<'_>,
) -> db::Result<Result<EndSession, PageError>> {
    let one = |name| parameters.one(name).map_err(|_| PageError::Client);
    let read = || Ok((one("id_token_hint")?, one("client_id")?));
    let (hint, named) = match read() {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let hint = hint.and_then(|text| app.tokens.validator.id_token(text));
    let Ok(named) = named.map(str::parse).transpose() else {
        return Ok(Err(PageError::Client));
    };
    let id = match (&hint, named) {
        (Some(hint), Some(named)) if hint.client != named => return Ok(Err(PageError::Client)),
        (Some(hint), _) => Some(hint.client.clone()),
        (None, named) => named,
    };
    let participants = match &id {
        Some(id) => {
            let known = participants(app, id).await?;
            let active = known.filter(|known| known.client().is_active());
            if active.is_none() {
                return Ok(Err(PageError::Client));
            }
            active
        }
        None => None,
    };
    let Ok(uri) = parameters.one("post_logout_redirect_uri") else {
        return Ok(Err(PageError::RedirectUri));
    };
    let return_to = match uri {
        None => None,
        Some(uri) => {
            let registered = participants
                .as_ref()
                .is_some_and(|known| known.client().settings.has_post_logout_redirect_uri(uri));
            if !registered {
                return Ok(Err(PageError::RedirectUri));
            }
            Some(ReturnTo {
                uri: uri.to_owned(),
                state: parameters.one("state").ok().flatten().map(str::to_owned),
            })
        }
    };
    Ok(Ok(EndSession {
        participants,
        sid: hint.and_then(|hint| hint.sid),
        return_to,
    }))
}
