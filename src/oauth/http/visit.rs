//! A visit of a browser: its cookie, how pages look for it, and the responses to it.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderValue, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE,
};
use actix_web::web::Data;

use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{Digest, OperatorId, Timestamp};
use crate::db;
use crate::http::{Anyone, ApiError, Call, RequestId, pairs};
use crate::login::LoginError;
use crate::oauth::authorize;
use crate::oauth::browser::FlowError;
use crate::page::oauth::{ErrorPage, PageError};
use crate::page::{CsrfToken, Look, Page, csrf, headers};
use crate::session::{self, Browser, Found, PageRequest, SessionError, Stage};

/// The parameters of the query that every page reads.
const QUERY: [&str; 4] = ["request", "lang", "view", "done"];

/// Why a visit gets no page of its own.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A page says why.
    Page(PageError),
    /// The service cannot answer, or has a bug.
    Fault(ApiError),
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Fault(error)
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<FlowError> for Refusal {
    fn from(error: FlowError) -> Self {
        Self::Fault(match error {
            FlowError::Stale => ApiError::stale(),
            FlowError::Database(why) => why.into(),
        })
    }
}

impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        FlowError::from(error).into()
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<authorize::PageError> for Refusal {
    fn from(error: authorize::PageError) -> Self {
        Self::Page(match error {
            authorize::PageError::Client => PageError::Client,
            authorize::PageError::RedirectUri => PageError::RedirectUri,
            authorize::PageError::RequestUri => PageError::Expired,
        })
    }
}

/// A visit of a browser.
pub(super) struct Visit {
    pub(super) app: Data<Arc<App>>,
    pub(super) issuer: String,
    /// The browser's cookie. `None` if it has none of ours.
    pub(super) browser: Option<Browser>,
    /// Who visits, for the audit log: nobody that is known.
    pub(super) origin: Origin,
    pub(super) now: Timestamp,
    /// Whether the `Origin` header, if there is one, is the issuer.
    pub(super) is_own: bool,
    /// The id of the request that the query names. `None` if it names none.
    pub(super) request: Option<String>,
    /// What was done, as the redirect after a form says. `None` if it says nothing.
    pub(super) done: Option<String>,
    lang: Option<String>,
    view: Option<String>,
    accept_language: Option<String>,
}

impl Visit {
    /// Reads what every visit has.
    ///
    /// # Errors
    /// 404 if OAuth is off.
    pub(super) fn of<B>(call: &Call<Anyone, B>) -> Result<Self, ApiError> {
        let issuer = call.app.settings.oauth_issuer.clone();
        let issuer = issuer.ok_or_else(ApiError::not_found)?;
        // Where a parameter that is there twice matters, the endpoint itself refuses it.
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
            lang: text("lang"),
            view: text("view"),
            accept_language: headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            app: call.app.clone(),
            issuer,
        })
    }

    /// Returns whether the browser may have a cookie that it did not send, because another site sent
    /// this form.
    pub(super) const fn may_lack_cookie(&self) -> bool {
        !self.is_own && self.browser.is_none()
    }

    /// Returns how pages look: as the query says, else as the client's request says.
    pub(super) fn look(&self, parameters: &[(String, String)]) -> Look {
        let asked = |name: &str| {
            let mut pairs = parameters.iter();
            pairs
                .find(|(known, value)| known == name && !value.is_empty())
                .map(|(_, value)| value.as_str())
        };
        Look::of(
            self.lang.as_deref(),
            asked("ui_locales"),
            self.accept_language.as_deref(),
            self.view.as_deref().or_else(|| asked("view")),
        )
    }

    /// Returns the digest of the browser's cookie. `None` if it has none of ours.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.browser.as_ref().map(Browser::digest)
    }

    /// Returns the browser's valid session, whatever its state. `None` if there is none.
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

    /// As [`Visit::find_request`], for a request that waits for an authorization.
    pub(super) async fn find_authorization(&self, id: &str) -> Result<PageRequest, Refusal> {
        let request = self.find_request(id).await?;
        match request.stage {
            Stage::Authorization | Stage::PasswordFirst => Ok(request),
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

    /// Returns a page.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(super) fn page(
        &self,
        status: StatusCode,
        page: &impl Page,
    ) -> Result<HttpResponse, Refusal> {
        let html = page.html().map_err(|_| ApiError::internal())?;
        let mut response = HttpResponse::build(status);
        for header in headers::of_pages(Some(&self.issuer)) {
            response.insert_header(header);
        }
        Ok(response.body(html))
    }

    /// Returns a page with a form that was refused: 429 with the time to wait, else 400.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(super) fn again(
        &self,
        wait: Option<Duration>,
        page: &impl Page,
    ) -> Result<HttpResponse, Refusal> {
        let status = match wait {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None => StatusCode::BAD_REQUEST,
        };
        let mut response = self.page(status, page)?;
        if let Some(wait) = wait {
            let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Ok(response)
    }

    /// Returns a redirect (303). `cookie` is the browser's new one.
    ///
    /// # Errors
    /// 500 if the URL cannot stand in a header.
    pub(super) fn see(&self, url: &str, cookie: Option<&Browser>) -> Result<HttpResponse, Refusal> {
        let location = HeaderValue::from_bytes(url.as_bytes()).map_err(|_| ApiError::internal())?;
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, location));
        response.insert_header(headers::OF_REDIRECTS);
        let mut response = response.finish();
        self.set_cookie(&mut response, cookie)?;
        Ok(response)
    }

    /// Gives the browser a new cookie.
    ///
    /// # Errors
    /// 500 if it cannot stand in a header.
    pub(super) fn set_cookie(
        &self,
        response: &mut HttpResponse,
        cookie: Option<&Browser>,
    ) -> Result<(), Refusal> {
        if let Some(cookie) = cookie {
            let text = cookie.set_cookie(&self.issuer);
            let value = HeaderValue::from_str(&text).map_err(|_| ApiError::internal())?;
            response.headers_mut().append(SET_COOKIE, value);
        }
        Ok(())
    }

    /// Returns the response to a visit, with an error as a page.
    ///
    /// # Errors
    /// Returns the faults of the service.
    pub(super) fn finish(
        &self,
        outcome: Result<HttpResponse, Refusal>,
    ) -> Result<HttpResponse, ApiError> {
        let error = match outcome {
            Ok(response) => return Ok(response),
            Err(Refusal::Fault(error)) => return Err(error),
            Err(Refusal::Page(error)) => error,
        };
        let id = RequestId::current().map_or_else(String::new, |id| id.0.to_string());
        let page = ErrorPage {
            look: self.look(&[]),
            error,
            detail: None,
            request_id: &id,
        };
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        match self.page(status, &page) {
            Ok(response) => Ok(response),
            Err(_) => Err(ApiError::internal()),
        }
    }
}

/// Whether every `Origin` header is the issuer. Without one it is: old browsers send none.
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
