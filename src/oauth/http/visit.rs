//! A visit of a browser: its cookie, its session and request, and how pages look for it. `respond.rs` has the
//! responses to it.

mod refusal;
mod respond;

pub(super) use refusal::Refusal;

use std::cell::OnceCell;
use std::sync::Arc;

use actix_web::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderMap, ORIGIN};
use actix_web::web::Data;

use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{Digest, OperatorId, Timestamp};
use crate::http::{Anyone, ApiError, Call, pairs};
use crate::page::oauth::PageError;
use crate::page::{CsrfToken, Language, Look, csrf};
use crate::session::{self, Browser, Found, PageRequest, Stage};

/// The parameters of the query that every page reads.
const QUERY: [&str; 5] = ["request", "lang", "view", "done", "user_code"];

/// A visit of a browser.
pub(super) struct Visit {
    pub(super) app: Data<Arc<App>>,
    pub(super) issuer: String,
    /// The browser's cookie. `None` if it sent none, or one of another form.
    pub(super) browser: Option<Browser>,
    /// The visitor, for the audit log, as long as no operator is known.
    pub(super) origin: Origin,
    pub(super) now: Timestamp,
    /// Whether the `Origin` header, if there is one, is the issuer.
    pub(super) is_own: bool,
    /// The id of the request that the query names. `None` if it names none.
    pub(super) request: Option<String>,
    /// The parameter `done`: what a form has done before its redirect. `None` if it is absent.
    pub(super) done: Option<String>,
    /// The parameter `user_code` (RFC 8628, section 3.3.1). `None` if it is absent.
    pub(super) user_code: Option<String>,
    lang: Option<String>,
    view: Option<String>,
    accept_language: Option<String>,
    /// The language that the operator who has signed in has stored, once [`Visit::learn_language`] has
    /// read it.
    stored_language: OnceCell<Option<Language>>,
}

impl Visit {
    /// Reads what every visit has.
    ///
    /// # Errors
    /// 404 if OAuth is off.
    pub(super) fn of<B>(call: &Call<Anyone, B>) -> Result<Self, ApiError> {
        let issuer = call.app.settings.oauth_issuer.clone();
        let issuer = issuer.ok_or_else(ApiError::not_found)?;
        // The first value of a repeated parameter is used. An endpoint where repetition is an error
        // checks that itself.
        let query = pairs(call.query_string().as_bytes(), |name| QUERY.contains(&name))?;
        let text = |name| {
            let mut values = query.iter().filter(|(known, _)| known == name);
            values.next().map(|(_, value)| value.clone())
        };
        let headers = call.headers();
        let cookies = headers
            .get_all(COOKIE)
            .filter_map(|value| value.to_str().ok());
        Ok(Self {
            browser: Browser::read(cookies, &issuer),
            origin: call.origin(),
            now: call.now,
            is_own: is_own(headers, &issuer),
            request: text("request"),
            done: text("done"),
            user_code: text("user_code"),
            lang: text("lang"),
            view: text("view"),
            accept_language: headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            stored_language: OnceCell::new(),
            app: call.app.clone(),
            issuer,
        })
    }

    /// Like [`Visit::of`], for a page: it is in the language that the operator who has signed in has
    /// stored.
    ///
    /// # Errors
    /// 404 if OAuth is off.
    pub(super) async fn of_page<B>(call: &Call<Anyone, B>) -> Result<Self, ApiError> {
        let visit = Self::of(call)?;
        visit.learn_language().await;
        Ok(visit)
    }

    /// Reads the language that the operator who has signed in has stored. If it cannot be read, pages
    /// are in the language that the request names.
    pub(super) async fn learn_language(&self) {
        let Some(browser) = self.digest() else {
            return;
        };
        if self.stored_language.get().is_none()
            && let Ok(language) = session::language(&self.app, browser).await
        {
            let _ = self.stored_language.set(language);
        }
    }

    /// Returns whether the browser may have a cookie that is missing here, because another site
    /// sent this form.
    pub(super) const fn may_lack_cookie(&self) -> bool {
        !self.is_own && self.browser.is_none()
    }

    /// Returns how pages look: as the query says, else as the operator has stored, else as the client's
    /// request says.
    pub(super) fn look(&self, parameters: &[(String, String)]) -> Look {
        self.look_of(self.lang.as_deref(), self.view.as_deref(), parameters)
    }

    /// Returns how pages look as a pushed request says. The query has no effect.
    pub(super) fn look_as_pushed(&self, parameters: &[(String, String)]) -> Look {
        self.look_of(None, None, parameters)
    }

    fn look_of(
        &self,
        lang: Option<&str>,
        view: Option<&str>,
        parameters: &[(String, String)],
    ) -> Look {
        let asked = |name: &str| {
            let mut pairs = parameters.iter();
            pairs
                .find(|(known, value)| known == name && !value.is_empty())
                .map(|(_, value)| value.as_str())
        };
        Look::of(
            lang,
            self.stored_language.get().copied().flatten(),
            asked("ui_locales"),
            self.accept_language.as_deref(),
            view.or_else(|| asked("view")),
        )
    }

    /// Returns the digest of the browser's cookie. `None` if there is none.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.browser.as_ref().map(Browser::digest)
    }

    /// Returns the browser's valid session, signed in or waiting for the second factor. `None` if
    /// there is none.
    pub(super) async fn session(&self) -> Result<Option<Found>, Refusal> {
        match self.digest() {
            Some(digest) => Ok(session::find(&self.app, digest).await?),
            None => Ok(None),
        }
    }

    /// Returns the browser's session if the operator has signed in.
    pub(super) async fn signed_in(&self) -> Result<Option<Found>, Refusal> {
        let found = self.session().await?;
        Ok(found.filter(|found| found.session.is_signed_in()))
    }

    /// Returns the request with an id, which this browser has begun.
    ///
    /// # Errors
    /// Returns [`PageError::Forged`] if it is unknown, answered or another browser's, and
    /// [`PageError::Expired`].
    pub(super) async fn find_request(&self, id: &str) -> Result<PageRequest, Refusal> {
        let (digest, own) = (Digest::of(id), self.digest());
        let read = move |conn: &mut _| session::store::find_request(conn, &digest);
        let found = self.app.db.read(read).await?;
        let request = found
            .filter(|request| own == Some(request.browser))
            .ok_or(PageError::Forged)?;
        if request.expires_at <= self.now {
            return Err(PageError::Expired.into());
        }
        Ok(request)
    }

    /// Like [`Visit::find_request`], for a request that waits for an operator who signs in.
    ///
    /// # Errors
    /// Those of [`Visit::find_request`], and [`PageError::Forged`] if the request waits for a
    /// sign-out.
    pub(super) async fn find_authorization(&self, id: &str) -> Result<PageRequest, Refusal> {
        let request = self.find_request(id).await?;
        match request.stage {
            Stage::Authorization
            | Stage::PasswordFirst
            | Stage::Device
            | Stage::DevicePasswordFirst => Ok(request),
            Stage::SignOut => Err(PageError::Forged.into()),
        }
    }

    /// Refuses a form that was not sent from a page of this browser.
    ///
    /// # Errors
    /// Returns [`PageError::Forged`].
    pub(super) fn check_form(&self, sent: Option<&str>) -> Result<&Browser, Refusal> {
        let browser = self.browser.as_ref().filter(|_| self.is_own);
        let browser = browser.ok_or(PageError::Forged)?;
        if !csrf::matches(browser.value(), sent.unwrap_or_default()) {
            return Err(PageError::Forged.into());
        }
        Ok(browser)
    }

    /// Returns the token for the forms of this browser.
    pub(super) fn csrf(&self) -> CsrfToken {
        CsrfToken::of(self.browser.as_ref().map_or("", Browser::value))
    }

    /// Returns this visit as one of an operator, for the audit log.
    pub(super) fn origin_of(&self, operator: OperatorId) -> Origin {
        Origin {
            actor: Actor::Operator(operator),
            ..self.origin.clone()
        }
    }
}

/// Returns whether every `Origin` header is the issuer. Also `true` without such a header, because
/// old browsers send none.
fn is_own(headers: &HeaderMap, issuer: &str) -> bool {
    let default = if issuer.starts_with("https://") {
        ":443"
    } else {
        ":80"
    };
    let own = issuer.strip_suffix(default).unwrap_or(issuer);
    headers.get_all(ORIGIN).all(|origin| {
        origin
            .to_str()
            .is_ok_and(|origin| origin.eq_ignore_ascii_case(own))
    })
}
