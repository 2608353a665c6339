//! Says that something is done, where no client is waiting for the browser.

use askama::Template;

use crate::page::{Address, Look, Page};

/// The page that says what was done. It has no form.
#[derive(Clone, Debug, Template)]
#[template(path = "oauth/done.html")]
pub struct Done {
    /// How the page looks.
    pub look: Look,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The browser session has ended.
    SignedOut,
    /// The operator chose to stay signed in.
    StillSignedIn,
    /// The password was changed.
    PasswordChanged,
    /// The operator chose not to change the password.
    PasswordKept,
    /// The device gets its tokens.
    DeviceAllowed,
    /// The device gets none.
    DeviceRefused,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 6] = [
        Self::SignedOut,
        Self::StillSignedIn,
        Self::PasswordChanged,
        Self::PasswordKept,
        Self::DeviceAllowed,
        Self::DeviceRefused,
    ];

    /// The messages of heading and text.
    const fn messages(self) -> [&'static str; 2] {
        match self {
            Self::SignedOut => ["signed-out-heading", "signed-out-text"],
            Self::StillSignedIn => ["still-signed-in-heading", "still-signed-in-text"],
            Self::PasswordChanged => ["password-changed-heading", "password-changed-text"],
            Self::PasswordKept => ["password-kept-heading", "password-kept-text"],
            Self::DeviceAllowed => ["device-allowed-heading", "device-allowed-text"],
            Self::DeviceRefused => ["device-refused-heading", "device-refused-text"],
        }
    }
}

impl Done {
    fn words(&self) -> String {
        let [_, text] = self.outcome.messages();
        self.text(text)
    }
}

impl Page for Done {
    const NAME: &'static str = "done";

    fn look(&self) -> Look {
        self.look
    }

    fn heading(&self) -> String {
        let [heading, _] = self.outcome.messages();
        self.text(heading)
    }

    fn address(&self) -> Option<Address<'_>> {
        None
    }
}
