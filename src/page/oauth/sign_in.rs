//! The sign-in page.

use std::time::Duration;

use askama::Template;

use crate::page::{Address, Around, Ask, Field, FieldError, Form, Look, Page};

use super::{LOGIN, PASSWORD};

/// The page that asks for username and password; sent to `/oauth/login` with `do=sign-in` or
/// `do=cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/sign_in.html")]
pub struct SignIn<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// The name of the client that asks; `None` if no client does.
    pub client: Option<&'a str>,
    /// What was typed, or the client's `login_hint`.
    pub username: &'a str,
    /// Why the form was refused; empty if it is new.
    pub errors: &'a [SignInError],
}

/// Why the form was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// No username was typed.
    UsernameMissing,
    /// No password was typed.
    PasswordMissing,
    /// There is no such operator, or the password is wrong. The page looks the same in both cases.
    Wrong,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
}

impl SignIn<'_> {
    fn form(&self) -> Form {
        let username = Field::plain("username", self.text("username"), "username", self.username);
        let password = Field::password("password", self.text("password"), "current-password");
        Form::new(&self.ask, LOGIN)
            .field(username)
            .field(password)
            .button("sign-in", self.text("sign-in-button"))
            .button("cancel", self.text("cancel"))
            .errors(self.errors.iter().map(|error| self.error(*error)).collect())
    }

    fn error(&self, error: SignInError) -> FieldError {
        let language = self.ask.look.language;
        match error {
            SignInError::UsernameMissing => {
                FieldError::of(language, Some("username"), "username-missing")
            }
            SignInError::PasswordMissing => {
                FieldError::of(language, Some("password"), "password-missing")
            }
            SignInError::Wrong => FieldError::of(language, None, "sign-in-wrong"),
            SignInError::Throttled(wait) => FieldError::throttled(language, wait),
        }
    }

    fn client_around(&self) -> Around {
        self.ask.look.language.around("sign-in-for")
    }

    fn password_url(&self) -> String {
        self.ask
            .look
            .link(PASSWORD, &[("request", self.ask.request)])
    }
}

impl Page for SignIn<'_> {
    const NAME: &'static str = "sign-in";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("sign-in-heading")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(LOGIN))
    }

    fn refused(&self) -> bool {
        !self.errors.is_empty()
    }
}
