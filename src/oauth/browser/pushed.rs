//! Opens a pushed request (RFC 9126, section 4), and uses up what a browser has opened.

use super::{FlowError, Moment, participants};
use crate::app::App;
use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::{Conn, Result as DbResult};
use crate::oauth::Parameters;
use crate::oauth::authorize::{PageError, Source, client_id};
use crate::session::{PushedRequest, RequestUri, store};

/// Returns the pushed request that a browser brings with `client_id` and `request_uri`. `None` if it
/// brings no `request_uri`. A URI that was not drawn here is refused. It is never fetched.
///
/// # Errors
/// Returns the [`FlowError`]. The inner error is the page: [`PageError::Client`], or
/// [`PageError::RequestUri`] if the request is unknown, was answered or is another client's, or has
/// expired and this browser has no page of it open.
pub async fn open_pushed(
    app: &App,
    parameters: &Parameters<'_>,
    browser: Option<Digest>,
    now: Timestamp,
) -> Result<Result<Option<PushedRequest>, PageError>, FlowError> {
    if !parameters.has("request_uri") {
        return Ok(Ok(None));
    }
    let uri = parameters.one("request_uri").ok().flatten();
    let read = client_id(parameters).and_then(|id| {
        let uri = uri.and_then(RequestUri::parse);
        Ok((id, uri.ok_or(PageError::RequestUri)?))
    });
    let (id, uri) = match read {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let Some(known) = participants(app, &id).await? else {
        return Ok(Err(PageError::Client));
    };
    let organization = known.client().organization;
    let find = move |conn: &mut Conn| {
        store::find_pushed(conn, (organization, &id), &uri.digest(), browser, now)
    };
    let found = app.db.read(find).await?;
    Ok(found.map(Some).ok_or(PageError::RequestUri))
}

/// What an answer uses up: a page, a pushed request, or both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    page: Option<Digest>,
    pushed: Option<(OrganizationId, Digest)>,
}

impl Open {
    /// Uses it up, in the transaction that writes the answer. Returns `false` if it was answered
    /// already. Then the caller answers nothing.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub(super) fn use_up(self, conn: &mut Conn) -> DbResult<bool> {
        if let Some(page) = &self.page
            && !store::answer(conn, page)?
        {
            return Ok(false);
        }
        match &self.pushed {
            Some((organization, digest)) => store::answer_pushed(conn, *organization, digest),
            None => Ok(true),
        }
    }
}

impl Moment<'_> {
    fn pushed(&self) -> Option<(OrganizationId, Digest)> {
        let of_page = self
            .page_request
            .and_then(|page| Some((page.organization, page.pushed?)));
        let opened = self.pushed.map(|one| (one.organization, one.digest));
        opened.or(of_page)
    }

    /// Returns how the parameters came here.
    pub(super) fn source(&self) -> Source {
        match self.pushed() {
            Some(_) => Source::Pushed,
            None => Source::Browser,
        }
    }

    /// Returns what the answer uses up. `None` if the browser brought the parameters just now.
    pub(super) fn open(&self) -> Option<Open> {
        let (page, pushed) = (self.page_request.map(|page| page.digest), self.pushed());
        (page.is_some() || pushed.is_some()).then_some(Open { page, pushed })
    }
}
