//! Lets a device without a browser have tokens: its code, and the confirmation.

use std::time::Duration;

use askama::Template;

use crate::page::{Address, Around, Ask, Field, FieldError, Form, Look, Page, Scope, ScopeLine};

use super::DEVICE;

/// The page that asks for the code that the device shows; sent to `/oauth/device` with
/// `do=continue`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/device_code.html")]
pub struct DeviceCode<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// What was typed, or what the URL that the device shows has in it.
    pub user_code: &'a str,
    /// Why the form was refused; empty if it is new.
    pub errors: &'a [DeviceCodeError],
}

/// Why a device's code was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCodeError {
    /// No code was typed.
    Missing,
    /// There is no such code, or it has expired or was used.
    Unknown,
    /// Too many attempts; the time to wait.
    Throttled(Duration),
}

impl DeviceCode<'_> {
    fn form(&self) -> Form {
        let code = Field::plain("user_code", self.text("device-code"), "off", self.user_code);
        let code = Field {
            capitals: true,
            ..code.hinted(self.text("device-code-hint"))
        };
        Form::new(&self.ask, DEVICE)
            .field(code)
            .button("continue", self.text("continue-button"))
            .errors(self.errors.iter().map(|error| self.error(*error)).collect())
    }

    fn error(&self, error: DeviceCodeError) -> FieldError {
        let language = self.ask.look.language;
        match error {
            DeviceCodeError::Missing => {
                FieldError::of(language, Some("user_code"), "device-code-missing")
            }
            DeviceCodeError::Unknown => {
                FieldError::of(language, Some("user_code"), "device-code-unknown")
            }
            DeviceCodeError::Throttled(wait) => FieldError::throttled(language, wait),
        }
    }
}

impl Page for DeviceCode<'_> {
    const NAME: &'static str = "device-code";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("device-heading")
    }

    fn address(&self) -> Option<Address<'_>> {
        let typed = Some(self.user_code).filter(|code| !code.is_empty());
        let mut address = self.ask.address(DEVICE);
        address.parameters.push(("user_code", typed));
        Some(address)
    }

    fn refused(&self) -> bool {
        !self.errors.is_empty()
    }
}

/// The page that says which device asks for what, and shows its code; sent to `/oauth/device` with
/// `do=allow` or `do=cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/device_confirmation.html")]
pub struct DeviceConfirmation<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// The code, as the device shows it.
    pub user_code: &'a str,
    /// The client's name.
    pub client: &'a str,
    /// The name of the operator who is signed in.
    pub operator: &'a str,
    /// What is asked for.
    pub scopes: &'a [Scope<'a>],
}

impl DeviceConfirmation<'_> {
    fn form(&self) -> Form {
        Form::new(&self.ask, DEVICE)
            .button("allow", self.text("allow-button"))
            .button("cancel", self.text("cancel"))
    }

    fn lines(&self) -> Vec<ScopeLine> {
        let language = self.ask.look.language;
        self.scopes
            .iter()
            .map(|scope| scope.line(language))
            .collect()
    }

    fn around(&self, id: &str) -> Around {
        self.ask.look.language.around(id)
    }
}

impl Page for DeviceConfirmation<'_> {
    const NAME: &'static str = "device-confirmation";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("device-confirm-title")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(DEVICE))
    }
}
