//! A visit of a browser: its cookies, its preferences, and what it sent.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::http::header::{ACCEPT_LANGUAGE, COOKIE, USER_AGENT};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use form_urlencoded::Serializer;

use super::area::Area;
use super::preferences::{PARAMETERS, Preferences};
use super::refusal::Refusal;
use super::same_origin;
use super::sent::Sent;
use crate::app::App;
use crate::audit::{Actor, Origin, Through};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::Party;
use crate::http::{Anyone, ApiError, Call, is_https, pairs, prefers, speaks_tls};
use crate::page::{CsrfToken, Language, csrf};
use crate::session::SessionError;
use crate::session::console::{self, Cookie, CookieName, Found};
use crate::token::Claims;

/// The response to a visit, or why there is another one.
pub(crate) type Outcome = Result<HttpResponse, Refusal>;

/// A visit of a browser.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact about one request"
)]
pub(crate) struct Visit {
    /// The service that answers.
    pub(crate) app: Data<Arc<App>>,
    /// The area that the path belongs to.
    pub(crate) area: Area,
    /// The visitor, for the audit log. It is nobody before the sign-in.
    pub(crate) origin: Origin,
    /// When the request arrived.
    pub(crate) now: Timestamp,
    /// The sequence that this node had applied before it read the session.
    pub(crate) rev: Sequence,
    /// The fields of the form; none if no form was sent.
    pub(crate) sent: Sent,
    /// The parameters of the query.
    pub(crate) query: Vec<(String, String)>,
    /// The path as it was sent, without the query.
    pub(crate) path: String,
    /// The parameter `{id}` of the path; empty if it has none.
    pub(crate) id: String,
    /// The language, the theme and the time zone of the pages, as the browser says.
    pub(crate) preferences: Preferences,
    /// The language that the account of the browser's session has stored. `None` if it has none, or as
    /// long as no session was found.
    pub(super) stored_language: Cell<Option<Language>>,
    /// Whether the browser reaches the service by https. This decides the names of the cookies.
    pub(super) is_https: bool,
    /// Whether this server itself speaks TLS. Behind a proxy it usually does not.
    pub(super) speaks_tls: bool,
    /// Whether the caller prefers JSON to HTML. It then receives refusals (400 to 499) and faults in
    /// the format of the API; all other responses stay pages.
    pub(super) wants_json: bool,
    /// Whether the request was sent by a page of this service, or by no page.
    pub(super) is_own: bool,
    /// The cookie of the session; `None` if there is none, or one of another form.
    pub(super) cookie: Option<Cookie>,
    /// The cookie before the sign-in.
    pub(super) before: Option<Cookie>,
    /// What the browser says about itself (`User-Agent`), cut off.
    pub(super) agent: Option<String>,
    /// The `Set-Cookie` headers of the response.
    pub(super) set: RefCell<Vec<String>>,
}

/// The longest text of a browser about itself that is stored (characters).
const LONGEST_AGENT: usize = 200;

impl Visit {
    /// Reads what every visit has.
    ///
    /// # Errors
    /// 400 if the query cannot be decoded.
    pub(super) fn of(call: &Call<Anyone, Sent>) -> Result<Self, ApiError> {
        let sent = call.body.clone();
        Self::read(call, sent)
    }

    /// Like [`Visit::of`], with what a form has sent.
    pub(super) fn read<B>(call: &Call<Anyone, B>, sent: Sent) -> Result<Self, ApiError> {
        let query = pairs(call.query_string().as_bytes(), |_| true)?;
        let visit = Self::new(call.request(), call.app.clone(), query);
        Ok(Self {
            origin: call.origin(),
            rev: call.rev,
            sent,
            ..visit
        })
    }

    /// Returns a visit of a request that could not be read, or that the service could not answer.
    /// `None` if the request has no service.
    pub(super) fn of_fault(request: &HttpRequest) -> Option<Self> {
        let app = request.app_data::<Data<Arc<App>>>()?.clone();
        let query = pairs(request.query_string().as_bytes(), |_| true).unwrap_or_default();
        Some(Self::new(request, app, query))
    }

    /// Returns a visit of nobody, with nothing sent.
    fn new(request: &HttpRequest, app: Data<Arc<App>>, query: Vec<(String, String)>) -> Self {
        let headers = request.headers();
        let issuer = app.settings.oauth_issuer.as_deref();
        let is_https = issuer.map_or_else(
            || is_https(&app, request),
            |one| one.starts_with("https://"),
        );
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let cookies: Vec<&str> = headers
            .get_all(COOKIE)
            .filter_map(|value| value.to_str().ok())
            .collect();
        let read = |name| Cookie::read(cookies.iter().copied(), name, is_https);
        let preferences = Preferences::of(&query, &cookies, text(ACCEPT_LANGUAGE));
        let area = Area::of(request.path());
        let agent = text(USER_AGENT).map(|agent| agent.chars().take(LONGEST_AGENT).collect());
        Self {
            origin: Origin::from(Actor::Anonymous),
            now: app.clock.now(),
            rev: Sequence(0),
            path: request.path().to_owned(),
            id: request.match_info().query("id").to_owned(),
            is_own: same_origin::is_own(headers, issuer, is_https),
            cookie: read(area.cookie()),
            before: read(CookieName::BeforeSignIn),
            speaks_tls: speaks_tls(request),
            wants_json: prefers(headers, "application/json", "text/html"),
            stored_language: Cell::new(None),
            set: RefCell::new(preferences.cookies(&query, is_https)),
            app,
            area,
            sent: Sent::default(),
            agent,
            query,
            preferences,
            is_https,
        }
    }

    /// Returns the same visit with what a form has sent.
    pub(super) fn with(self, sent: Sent) -> Self {
        Self { sent, ..self }
    }

    /// Returns the path and the query, without what only changes preferences.
    pub(super) fn address(&self) -> String {
        let kept = |(name, _): &&(String, String)| !PARAMETERS.contains(&name.as_str());
        let kept = self.query.iter().filter(kept);
        let query = Serializer::new(String::new()).extend_pairs(kept).finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }

    /// Returns the language of the pages.
    pub(crate) fn language(&self) -> Language {
        self.preferences.language(self.stored_language.get())
    }

    /// Returns the message `id`.
    pub(crate) fn text(&self, id: &str) -> String {
        self.language().text(id)
    }

    /// Returns the first value of a parameter of the query; empty if there is none.
    pub(crate) fn asked(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Returns the valid session of the browser, signed in or waiting for the second factor. From then on
    /// pages are in the language of its account, unless the browser says otherwise.
    pub(super) async fn session(&self, is_use: bool) -> Result<Option<(Found, Cookie)>, Refusal> {
        let Some(cookie) = self.cookie.clone() else {
            return Ok(None);
        };
        match console::find(&self.app, cookie.digest(), is_use).await {
            Ok(found) => {
                let language = found.as_ref().and_then(|found| found.language);
                self.stored_language.set(language);
                Ok(found.map(|found| (found, cookie)))
            }
            Err(SessionError::Stale) => Err(ApiError::stale().into()),
            Err(SessionError::Database(why)) => Err(why.into()),
        }
    }

    /// Gives the browser the cookie of a session.
    pub(super) fn give(&self, cookie: &Cookie) {
        let set = cookie.set(self.area.cookie(), self.is_https);
        self.set.borrow_mut().push(set);
    }

    /// Takes the cookie of the session away from the browser.
    pub(super) fn take_away(&self) {
        let removed = Cookie::removed(self.area.cookie(), self.is_https);
        self.set.borrow_mut().push(removed);
    }

    /// Returns the value of a field `next`, or of the parameter if no form was sent.
    pub(super) fn next(&self) -> &str {
        let is_form = !self.sent.text("csrf").is_empty();
        self.area.next_of(if is_form {
            self.sent.text("next")
        } else {
            self.asked("next")
        })
    }

    /// Returns the token for the forms before the sign-in, and gives the browser the cookie that it
    /// belongs to unless it has one.
    pub(super) fn csrf_before_sign_in(&self) -> CsrfToken {
        if let Some(cookie) = &self.before {
            return CsrfToken::of(cookie.value());
        }
        let cookie = Cookie::draw();
        let set = cookie.set(CookieName::BeforeSignIn, self.is_https);
        self.set.borrow_mut().push(set);
        CsrfToken::of(cookie.value())
    }

    /// Whether a form from before the sign-in carries the token of the browser's cookie.
    pub(super) fn has_csrf_before_sign_in(&self) -> bool {
        let cookie = self.before.as_ref().map_or("", Cookie::value);
        csrf::matches(cookie, self.sent.text("csrf"))
    }

    /// Makes the visit one of a person who has signed in.
    pub(super) fn signed(self, found: Found, cookie: Cookie) -> Signed {
        Party::Organization(found.session.organization).enter();
        self.stored_language.set(found.language);
        let actor = match found.operator_id() {
            Some(id) => Actor::Operator(id),
            None => Actor::Session(found.session.jti),
        };
        let origin = Origin {
            actor,
            through: found
                .operator_id()
                .map(|_| Through::Session(found.session.jti)),
            ..self.origin.clone()
        };
        Signed {
            visit: Self { origin, ..self },
            found,
            cookie,
        }
    }
}

/// A visit of a person who has signed in.
pub(crate) struct Signed {
    visit: Visit,
    /// The session, with its organization and operator.
    pub(crate) found: Found,
    /// The cookie that names the session.
    pub(crate) cookie: Cookie,
}

impl Deref for Signed {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Signed {
    /// Returns the organization that the person belongs to.
    pub(crate) fn organization(&self) -> OrganizationId {
        self.found.session.organization
    }

    /// Returns the claims of the session.
    pub(crate) fn claims(&self) -> Claims {
        self.found.claims(&self.app)
    }

    /// Returns the token for the forms of this session.
    pub(crate) fn csrf(&self) -> String {
        CsrfToken::of(self.cookie.value()).as_str().to_owned()
    }

    /// Whether the form carries the token of this session.
    pub(super) fn has_csrf(&self) -> bool {
        csrf::matches(self.cookie.value(), self.sent.text("csrf"))
    }

    /// Returns a new value for the field `once` of a form.
    pub(crate) fn once() -> String {
        Cookie::draw().value().to_owned()
    }

    /// Whether the person has proved its identity within `console.reauthenticate_after`.
    pub(super) fn is_proven(&self) -> bool {
        let lately = self.app.settings.console.reauthenticate_after;
        self.now < self.found.session.authenticated_at.plus(lately)
    }

    /// Returns the same visit with the session's new cookie, which the browser gets.
    pub(super) fn renewed(self, found: Found, cookie: Cookie) -> Self {
        self.visit.give(&cookie);
        self.visit.signed(found, cookie)
    }
}
