//! Asks whether the operator wants to sign out.

use askama::Template;

use crate::page::{Address, Around, Ask, Form, Look, Page};

use super::LOGOUT;

/// The page that asks before a browser session ends; sent to `/oauth/logout` with `do=sign-out` or
/// `do=stay`.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/sign_out.html")]
pub struct SignOut<'a> {
    /// What every page that asks is given.
    pub ask: Ask<'a>,
    /// The name of the operator who is signed in.
    pub operator: &'a str,
    /// The name of the client that sent the browser here; `None` if none is known.
    pub client: Option<&'a str>,
}

impl SignOut<'_> {
    fn form(&self) -> Form {
        Form::new(&self.ask, LOGOUT)
            .button("sign-out", self.text("sign-out-button"))
            .button("stay", self.text("stay-button"))
    }

    fn around(&self, id: &str) -> Around {
        self.ask.look.language.around(id)
    }
}

impl Page for SignOut<'_> {
    const NAME: &'static str = "sign-out";

    fn look(&self) -> Look {
        self.ask.look
    }

    fn heading(&self) -> String {
        self.text("sign-out-heading")
    }

    fn address(&self) -> Option<Address<'_>> {
        Some(self.ask.address(LOGOUT))
    }
}
