//! Asks whether a client may have what it asks for.

use askama::Template;

use crate::page::{Address, Around, Ask, Form, Look, Page, Scope, ScopeLine};

use super::CONSENT;

/// The page that says who asks for what; sent to `/oauth/consent` with `do=allow` or `do=cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/consent.html")]
pub struct Consent<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// The client's name.
    pub client: &'a str,
    /// The name of the operator who is signed in.
    pub operator: &'a str,
    /// What is asked for.
    pub scopes: &'a [Scope<'a>],
    /// Where the browser goes afterwards: the host of the redirect URI, or its scheme if that is a
    /// private one.
    pub destination: &'a str,
}

impl Consent<'_> {
    fn form(&self) -> Form {
        Form::new(&self.ask, CONSENT)
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

impl Page for Consent<'_> {
    const NAME: &'static str = "consent";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("consent-title")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(CONSENT))
    }
}
