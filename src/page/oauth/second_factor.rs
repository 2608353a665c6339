//! Asks for the second factor.

use std::time::Duration;

use askama::Template;

use crate::page::{Address, Ask, Field, FieldError, Form, Look, Page};

use super::SECOND_FACTOR;

/// The page that asks for a code of an authenticator app, or a recovery code; sent to
/// `/oauth/second-factor` with `do=verify` or `do=cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/second_factor.html")]
pub struct SecondFactor<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// Why the form was refused; empty if it is new.
    pub errors: &'a [SecondFactorError],
}

/// Why a code was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorError {
    /// No code was typed.
    Missing,
    /// The code is wrong, has expired, or was used before.
    Wrong,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
}

impl SecondFactor<'_> {
    fn form(&self) -> Form {
        // A recovery code has letters too, so there is no `inputmode="numeric"`.
        let code = Field::plain("code", self.text("code"), "one-time-code", "")
            .hinted(self.text("code-hint"));
        Form::new(&self.ask, SECOND_FACTOR)
            .field(code)
            .button("verify", self.text("verify-button"))
            .button("cancel", self.text("cancel"))
            .errors(self.errors.iter().map(|error| self.error(*error)).collect())
    }

    fn error(&self, error: SecondFactorError) -> FieldError {
        let language = self.ask.look.language;
        match error {
            SecondFactorError::Missing => FieldError::of(language, Some("code"), "code-missing"),
            SecondFactorError::Wrong => FieldError::of(language, Some("code"), "code-wrong"),
            SecondFactorError::Throttled(wait) => FieldError::throttled(language, wait),
        }
    }
}

impl Page for SecondFactor<'_> {
    const NAME: &'static str = "second-factor";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("second-factor-heading")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(SECOND_FACTOR))
    }

    fn refused(&self) -> bool {
        !self.errors.is_empty()
    }
}
