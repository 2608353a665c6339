//! The step from a form to what follows the client's request.

use actix_web::HttpResponse;

use super::form::Sent;
use crate::app::App;
use crate::base::{Digest, TokenId};
use crate::oauth::authorize;
use crate::oauth::browser::{Moment, Next, Participants, device, next, participants, refuse};
use crate::oauth::http::visit::{Refusal, Visit};
use crate::oauth::{ErrorCode, OAuthError};
use crate::page::oauth::{CONSENT, DEVICE, LOGIN, PASSWORD, PageError};
use crate::page::{Ask, CsrfToken, Look};
use crate::session::{Browser, PageRequest};

/// The value of `done` after the operator has refused a device.
pub(super) const DEVICE_REFUSED: &str = "refused";

/// A client's request on a page.
pub(super) struct Answering {
    /// Its id, the field `request`.
    pub(super) id: String,
    pub(super) request: PageRequest,
    pub(super) look: Look,
}

impl Answering {
    /// Returns the request that a page is opened for.
    ///
    /// # Errors
    /// Returns [`PageError::NoRequest`] if the query names none, and the errors of
    /// [`Visit::find_authorization`].
    pub(super) async fn opened(visit: &Visit) -> Result<Self, Refusal> {
        let id = visit.request.clone().ok_or(PageError::NoRequest)?;
        Self::of(visit, id).await
    }

    /// Returns the request that a form answers. The form must be one of this browser.
    ///
    /// # Errors
    /// Returns [`PageError::Forged`], and the errors of [`Visit::find_authorization`].
    pub(super) async fn sent(visit: &Visit, sent: &Sent) -> Result<Self, Refusal> {
        visit.check_form(sent.csrf.as_deref())?;
        let id = sent.request.clone().ok_or(PageError::Forged)?;
        Self::of(visit, id).await
    }

    pub(super) async fn of(visit: &Visit, id: String) -> Result<Self, Refusal> {
        let request = visit.find_authorization(&id).await?;
        let look = visit.look(&request.parameters);
        Ok(Self { id, request, look })
    }

    /// Returns the client that sent the request.
    ///
    /// # Errors
    /// Returns [`PageError::Client`] if it was deleted or disabled, or its organization is
    /// suspended.
    pub(super) async fn client(&self, app: &App) -> Result<Participants, Refusal> {
        let known = participants(app, &self.request.client).await?;
        let active = known.filter(|known| known.client().is_active());
        Ok(active.ok_or(authorize::PageError::Client)?)
    }

    /// Returns what the form of a page needs.
    pub(super) fn ask<'a>(&'a self, csrf: &'a CsrfToken) -> Ask<'a> {
        Ask {
            look: self.look,
            csrf,
            request: Some(&self.id),
        }
    }

    /// Returns the URL of a page about this request.
    pub(super) fn link(&self, path: &str) -> String {
        self.look.link(path, &[("request", Some(&self.id))])
    }

    fn moment<'a>(
        &'a self,
        visit: &'a Visit,
        browser: Option<Digest>,
        allowed: bool,
    ) -> Moment<'a> {
        Moment {
            issuer: &visit.issuer,
            parameters: &self.request.parameters,
            browser,
            pushed: None,
            page_request: Some(&self.request),
            allowed,
        }
    }

    /// Returns what follows a request for an authorization. `allowed` says whether the operator has
    /// just answered `allow`.
    ///
    /// # Errors
    /// Returns [`PageError::Forged`] if the request is of a device: the consent page does not answer
    /// it.
    pub(super) async fn next(&self, visit: &Visit, allowed: bool) -> Result<Next, Refusal> {
        if self.request.stage.is_of_device() {
            return Err(PageError::Forged.into());
        }
        let moment = self.moment(visit, visit.digest(), allowed);
        Ok(next(&visit.app, moment).await?)
    }

    /// Sends the browser to what follows, once the operator has changed its password or has chosen not
    /// to.
    pub(super) async fn go_on(&self, visit: &Visit) -> Result<HttpResponse, Refusal> {
        if self.request.stage.is_of_device() {
            return visit.see(&self.link(DEVICE), None);
        }
        let next = self.next(visit, false).await?;
        self.see(visit, next, None)
    }

    /// Sends a browser in which the operator has just signed in, with its new cookie, to what
    /// follows.
    pub(super) async fn after_sign_in(
        mut self,
        visit: &Visit,
        cookie: &Browser,
        sid: TokenId,
    ) -> Result<HttpResponse, Refusal> {
        self.request.signed_in_sid = Some(sid);
        if self.request.stage.is_password_first() {
            return visit.see(&self.link(PASSWORD), Some(cookie));
        }
        if self.request.stage.is_of_device() {
            return visit.see(&self.link(DEVICE), Some(cookie));
        }
        let moment = self.moment(visit, Some(cookie.digest()), false);
        // The browser must receive its cookie even if this fails: the former one has no session any
        // more. The consent page then decides again what follows.
        match next(&visit.app, moment).await {
            Ok(next) => self.see(visit, next, Some(cookie)),
            Err(_) => visit.see(&self.link(CONSENT), Some(cookie)),
        }
    }

    /// Sends the browser to what follows. `cookie` is its new one, if it has one.
    pub(super) fn see(
        &self,
        visit: &Visit,
        next: Next,
        cookie: Option<&Browser>,
    ) -> Result<HttpResponse, Refusal> {
        let why = match next {
            Next::Page(why) => why,
            Next::Client(url) => return visit.see(&url, cookie),
            Next::SignIn => return visit.see(&self.link(LOGIN), cookie),
            Next::Consent(_) => return visit.see(&self.link(CONSENT), cookie),
        };
        let mut response = visit.error_page(self.look, why.into())?;
        visit.set_cookie(&mut response, cookie)?;
        Ok(response)
    }

    /// Answers the client with `access_denied`. A device learns it when it asks again.
    pub(super) async fn cancel(&self, visit: &Visit) -> Result<HttpResponse, Refusal> {
        if self.request.stage.is_of_device() {
            if !device::refuse(&visit.app, &self.request, &self.id).await? {
                return Err(PageError::Expired.into());
            }
            let done = [("done", Some(DEVICE_REFUSED))];
            return visit.see(&self.look.link(DEVICE, &done), None);
        }
        let description = "The operator did not allow the request";
        let error = OAuthError::new(ErrorCode::AccessDenied, description);
        let moment = self.moment(visit, visit.digest(), false);
        let next = refuse(&visit.app, moment, &error).await?;
        self.see(visit, next, None)
    }
}
