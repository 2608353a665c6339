//! The form with which a person stores the language of pages with its own account. The organization's
//! pages and the platform's have the same one.

use actix_web::http::StatusCode;

use super::page::{Choice, Control, Field, Form, FormError, Notice, Phrase};
use super::preferences::language_cookie;
use super::sent::Sent;
use super::visit::Visit;
use crate::page::Language;

/// The choice to store no language. Forms leave out empty values, and then nobody could tell that this
/// was chosen.
const BROWSER: &str = "browser";

/// The value of `do`.
pub(super) const SAVE: &str = "save-language";

/// What the account page shows again: the fields that were typed, and why they were refused.
#[derive(Default)]
pub(super) struct Typed<'a> {
    pub(super) sent: Option<&'a Sent>,
    pub(super) errors: Vec<FormError>,
}

impl Typed<'_> {
    pub(super) fn status(&self) -> StatusCode {
        if self.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// Returns the form, with the language that is stored, or that was typed.
pub(super) fn form(visit: &Visit, action: &str, csrf: String, typed: Typed<'_>) -> Form {
    let stored = visit.stored_language.get().map_or(BROWSER, Language::tag);
    let value = typed.sent.map_or(stored, |sent| sent.text("language"));
    let mut choices = vec![Choice::new(
        BROWSER,
        visit.text("language-of-browser"),
        value == BROWSER,
    )];
    choices.extend(Language::ALL.map(|language| {
        let tag = language.tag();
        Choice::new(tag, language.own_name(), value == tag)
    }));
    let field = Field::controlled(
        "language",
        visit.text("account-language"),
        Control::Select(choices),
    )
    .hinted(visit.text("account-language-hint"));
    Form::new("account-language", action, csrf)
        .field(field)
        .button(SAVE, visit.text("account-language-button"))
        .errors(typed.errors)
}

/// Returns the language that was chosen; `None` if the browser decides.
///
/// # Errors
/// Returns the fault of a form that names another one.
pub(super) fn chosen(visit: &Visit) -> Result<Option<Language>, FormError> {
    let tag = visit.sent.text("language");
    let language = Language::of_own_tag(tag);
    if language.is_none() && tag != BROWSER {
        let id = "account-language-unknown";
        return Err(FormError::of(visit.language(), Some("language"), id));
    }
    Ok(language)
}

impl Visit {
    /// Shows pages in the language that was stored from now on, in this browser too. Returns what the next
    /// page says.
    pub(super) fn language_stored(&self, language: Option<Language>) -> Notice {
        let cookie = language_cookie(language, self.is_https);
        self.set.borrow_mut().push(cookie);
        self.stored_language.set(language);
        let now = self.preferences.language_after(language);
        Notice::new(Phrase::plain(now.text("account-language-stored")))
    }
}
