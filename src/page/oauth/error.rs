//! Says what went wrong where no form can be shown again, and what to do.

use std::time::Duration;

use askama::Template;

use crate::page::{Address, Look, Page};

/// The page that says what went wrong and what to do.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/error.html")]
pub struct ErrorPage<'a> {
    /// How the page looks.
    pub look: Look,
    /// What went wrong.
    pub error: PageError,
    /// What the client's developers must know, in English, such as "`redirect_uri` is missing".
    /// `None` if the error needs no more words.
    pub detail: Option<&'a str>,
    /// The id of the request, under which the log has it.
    pub request_id: &'a str,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    /// The client is unknown or disabled, or its organization is suspended.
    Client,
    /// The client wants the browser sent to an address that is not registered for it.
    RedirectUri,
    /// The request cannot be read.
    BadRequest,
    /// The page was opened without a client's request.
    NoRequest,
    /// The client's request is too old, or was answered before.
    Expired,
    /// The operator may have nothing of what the client asks for.
    Role,
    /// The form was sent by another site, another browser or another session, or its request was
    /// answered already.
    Forged,
    /// There is no such page.
    NotFound,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
    /// The service cannot answer now.
    Unavailable,
    /// A fault of the service.
    Internal,
}

impl PageError {
    /// All errors.
    pub const ALL: [Self; 11] = [
        Self::Client,
        Self::RedirectUri,
        Self::BadRequest,
        Self::NoRequest,
        Self::Expired,
        Self::Role,
        Self::Forged,
        Self::NotFound,
        Self::Throttled(Duration::from_mins(1)),
        Self::Unavailable,
        Self::Internal,
    ];

    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Client
            | Self::RedirectUri
            | Self::BadRequest
            | Self::NoRequest
            | Self::Expired => 400,
            Self::Role | Self::Forged => 403,
            Self::NotFound => 404,
            Self::Throttled(_) => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The messages of heading, text and advice.
    const fn messages(self) -> [&'static str; 3] {
        match self {
            Self::Client => [
                "client-error-heading",
                "client-error-text",
                "client-error-advice",
            ],
            Self::RedirectUri => [
                "redirect-error-heading",
                "redirect-error-text",
                "redirect-error-advice",
            ],
            Self::BadRequest => [
                "request-error-heading",
                "request-error-text",
                "request-error-advice",
            ],
            Self::NoRequest => ["no-request-heading", "no-request-text", "no-request-advice"],
            Self::Expired => ["expired-heading", "expired-text", "expired-advice"],
            Self::Role => ["role-error-heading", "role-error-text", "role-error-advice"],
            Self::Forged => ["forged-heading", "forged-text", "forged-advice"],
            Self::NotFound => ["not-found-heading", "not-found-text", "not-found-advice"],
            Self::Throttled(_) => ["throttled-heading", "throttled", "throttled-advice"],
            Self::Unavailable => [
                "unavailable-heading",
                "unavailable-text",
                "unavailable-advice",
            ],
            Self::Internal => ["internal-heading", "internal-text", "internal-advice"],
        }
    }
}

impl ErrorPage<'_> {
    fn words(&self) -> String {
        let [_, text, _] = self.error.messages();
        match self.error {
            PageError::Throttled(wait) => self.look.language.text_with_wait(text, wait),
            _ => self.text(text),
        }
    }

    fn advice(&self) -> String {
        let [_, _, advice] = self.error.messages();
        self.text(advice)
    }
}

impl Page for ErrorPage<'_> {
    const NAME: &'static str = "error";

    fn look(&self) -> Look {
        self.look
    }

    fn heading(&self) -> String {
        let [heading, _, _] = self.error.messages();
        self.text(heading)
    }

    fn address(&self) -> Option<Address<'_>> {
        None
    }
}
