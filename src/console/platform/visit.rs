//! A visit of an admin of the platform who has signed in.

use std::ops::Deref;

use super::{account, navigation, sign_out};
use crate::audit::{Actor, Origin};
use crate::console::answers::{Page, redirect, response};
use crate::console::page::Notice;
use crate::console::person::{Person, Shown};
use crate::console::refusal::Refusal;
use crate::console::visit::{Outcome, Visit};
use crate::db::Party;
use crate::http::ApiError;
use crate::page::{CsrfToken, csrf};
use crate::platform::{self, Found};
use crate::session::Lives;
use crate::session::console::Cookie;

/// A visit of an admin who has signed in.
pub(crate) struct Admin {
    visit: Visit,
    pub(crate) found: Found,
    pub(crate) cookie: Cookie,
}

impl Deref for Admin {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Visit {
    /// Returns the valid session of the browser on the pages of the platform, signed in or waiting for
    /// the second factor. From then on pages are in the language of its admin, unless the browser says
    /// otherwise.
    pub(super) async fn platform_session(
        &self,
        is_use: bool,
    ) -> Result<Option<(Found, Cookie)>, Refusal> {
        let Some(cookie) = self.cookie.clone() else {
            return Ok(None);
        };
        let found = platform::find(&self.app, cookie.digest(), is_use).await?;
        let language = found.as_ref().and_then(Found::language);
        self.stored_language.set(language);
        Ok(found.map(|found| (found, cookie)))
    }

    /// Makes the visit one of an admin who has signed in.
    pub(super) fn admin(self, found: Found, cookie: Cookie) -> Admin {
        Party::Service.enter();
        self.stored_language.set(found.language());
        let origin = Origin {
            actor: Actor::PlatformAdmin(found.admin.id),
            ..self.origin.clone()
        };
        Admin {
            visit: Self { origin, ..self },
            found,
            cookie,
        }
    }
}

impl Admin {
    /// Returns the token for the forms of this session.
    pub(crate) fn csrf(&self) -> String {
        CsrfToken::of(self.cookie.value()).as_str().to_owned()
    }

    pub(super) fn has_csrf(&self) -> bool {
        csrf::matches(self.cookie.value(), self.sent.text("csrf"))
    }

    /// Returns the value of a field `once`.
    pub(crate) fn once() -> String {
        Cookie::draw().value().to_owned()
    }

    /// Whether the admin has lately proved who it is.
    pub(super) fn is_proven(&self) -> bool {
        let lately = self.app.settings.console.reauthenticate_after;
        self.now < self.found.session.authenticated_at.plus(lately)
    }

    /// Returns the same visit with the session's new cookie, which the browser gets.
    pub(super) fn renewed(self, found: Found, cookie: Cookie) -> Self {
        self.visit.give(&cookie);
        self.visit.admin(found, cookie)
    }

    /// Returns a page, with what the last act left to say.
    pub(crate) async fn page(&self, page: Page) -> Outcome {
        let notice = platform::take_notice(&self.app, self.cookie.digest()).await?;
        let notice = notice.and_then(|text| serde_json::from_str(&text).ok());
        response(self, Some(self), &page, notice)
    }

    /// Returns a page that answers a form, which says itself what happened.
    pub(crate) fn answer(&self, page: &Page) -> Outcome {
        response(self, Some(self), page, None)
    }

    /// Goes on to a page, which says what was done.
    pub(crate) async fn done(&self, to: &str, notice: Notice) -> Outcome {
        let text = serde_json::to_string(&notice).map_err(|_| ApiError::internal())?;
        platform::leave_notice(&self.app, self.cookie.digest(), text).await?;
        redirect(to)
    }

    /// Goes on to the record that a form has made when it was sent before.
    pub(crate) async fn sent_before(&self, to: &str) -> Outcome {
        self.done(to, Notice::new(self.phrase("secret-shown-before")))
            .await
    }
}

impl Person for Admin {
    fn shown(&self, is_there: bool, is_followed: bool) -> Shown {
        let lives = Lives::of_platform(&self.app);
        let session = &self.found.session;
        let used_at = if is_followed {
            session.last_seen_at
        } else {
            self.now
        };
        let ends_at_most = session.ends_at(lives);
        Shown {
            place: self.text("platform"),
            who: self.found.admin.login.clone(),
            account: account::PATH,
            sign_out: sign_out::PATH,
            navigation: navigation(self, is_there),
            csrf: self.csrf(),
            ends: used_at.plus(lives.idle).min(ends_at_most),
            ends_at_most,
            keep: sign_out::KEEP,
        }
    }
}
