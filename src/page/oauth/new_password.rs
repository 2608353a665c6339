//! Lets an operator change its password.

use std::time::Duration;

use askama::Template;

use crate::page::{Address, Ask, Field, FieldError, Form, Look, Page};

use super::PASSWORD;

/// The page where an operator who is signed in changes its own password; sent to `/oauth/password`
/// with `do=change` or `do=cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/new_password.html")]
pub struct NewPassword<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// The operator's username. It is shown in a field without a name, where password managers look
    /// for it; it is not sent.
    pub username: &'a str,
    /// Why the form was refused; empty if it is new.
    pub errors: &'a [NewPasswordError],
}

/// Why the password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordError {
    /// The current password was not typed.
    CurrentMissing,
    /// The current password is wrong.
    CurrentWrong,
    /// No new password was typed.
    NewMissing,
    /// The new password has more than 72 bytes.
    NewTooLong,
    /// The new password has a character that no password can have.
    NewUnusable,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
}

impl NewPassword<'_> {
    fn form(&self) -> Form {
        let label = self.text("password-username");
        let username = Field::shown("username", label, "username", self.username);
        let current = Field::password("current", self.text("password-current"), "current-password");
        let new = Field::password("new", self.text("password-new"), "new-password");
        Form::new(&self.ask, PASSWORD)
            .field(username)
            .field(current)
            .field(new.hinted(self.text("password-new-hint")))
            .button("change", self.text("password-button"))
            .button("cancel", self.text("cancel"))
            .errors(self.errors.iter().map(|error| self.error(*error)).collect())
    }

    fn error(&self, error: NewPasswordError) -> FieldError {
        let (current, new) = (Some("current"), Some("new"));
        let (field, id) = match error {
            NewPasswordError::CurrentMissing => (current, "password-current-missing"),
            NewPasswordError::CurrentWrong => (current, "password-current-wrong"),
            NewPasswordError::NewMissing => (new, "password-new-missing"),
            NewPasswordError::NewTooLong => (new, "password-new-too-long"),
            NewPasswordError::NewUnusable => (new, "password-new-unusable"),
            NewPasswordError::Throttled(wait) => {
                return FieldError::throttled(self.ask.look.language, wait);
            }
        };
        FieldError::of(self.ask.look.language, field, id)
    }
}

impl Page for NewPassword<'_> {
    const NAME: &'static str = "new-password";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("password-heading")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(PASSWORD))
    }

    fn refused(&self) -> bool {
        !self.errors.is_empty()
    }
}
