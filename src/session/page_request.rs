//! Requests of clients that a browser has begun and not answered yet.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::ScopeSet;
use crate::base::words::words;
use crate::base::{ClientId, Digest, OrganizationId, Timestamp, TokenId, random};

/// How long a browser may take to answer a request.
pub const REQUEST_LIFETIME: Duration = Duration::from_mins(10);

words! {
    /// What a request waits for.
    pub enum Stage {
        /// The operator signs in and allows what the client asks for.
        Authorization = "authorization",
        /// The same, after the operator has changed its password.
        PasswordFirst = "password_first",
        /// The operator signs in and allows a device to have tokens.
        Device = "device",
        /// The same, after the operator has changed its password.
        DevicePasswordFirst = "device_password_first",
        /// The operator signs out.
        SignOut = "sign_out",
    }
}

impl Stage {
    /// Whether the operator signs in for a device.
    #[must_use]
    pub const fn is_of_device(self) -> bool {
        matches!(self, Self::Device | Self::DevicePasswordFirst)
    }

    /// Whether the operator changes its password before it answers.
    #[must_use]
    pub const fn is_password_first(self) -> bool {
        matches!(self, Self::PasswordFirst | Self::DevicePasswordFirst)
    }

    /// Returns the stage in which the operator changes its password before it answers.
    #[must_use]
    pub const fn before_password(self) -> Self {
        match self {
            Self::Authorization | Self::PasswordFirst => Self::PasswordFirst,
            Self::Device | Self::DevicePasswordFirst => Self::DevicePasswordFirst,
            Self::SignOut => Self::SignOut,
        }
    }

    /// Returns the stage after the operator has changed its password, or has chosen not to.
    #[must_use]
    pub const fn after_password(self) -> Self {
        match self {
            Self::Authorization | Self::PasswordFirst => Self::Authorization,
            Self::Device | Self::DevicePasswordFirst => Self::Device,
            Self::SignOut => Self::SignOut,
        }
    }
}

/// A request of a client in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The digest of its id, which is the hidden field `request` of forms.
    pub digest: Digest,
    /// The digest of the cookie of the browser that began it.
    pub browser: Digest,
    /// The client's organization.
    pub organization: OrganizationId,
    /// The client.
    pub client: ClientId,
    /// What the request waits for.
    pub stage: Stage,
    /// The parameters that the client sent, without unknown ones.
    pub parameters: Vec<(String, String)>,
    /// The digest of the pushed request (RFC 9126). `None` if the browser brought the parameters.
    pub pushed: Option<Digest>,
    /// The session that was begun on the pages of this very request. `None` if there is none.
    pub signed_in_sid: Option<TokenId>,
    /// The scopes that the consent page showed. `None` if it was not shown.
    pub shown: Option<ScopeSet>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl PageRequest {
    /// Draws the id of a new request.
    #[must_use]
    pub fn draw() -> String {
        URL_SAFE_NO_PAD.encode(random::bytes::<32>())
    }

    /// Returns the first value of a parameter. `None` if it is absent.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.parameters.iter();
        pairs
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
