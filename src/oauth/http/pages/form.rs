//! What the forms of pages send.

use secrecy::SecretString;

use crate::http::{ApiError, FormBody, Parameters};

/// The fields of all forms. Each is `None` if it is absent or empty.
#[derive(Debug)]
pub(super) struct Sent {
    /// The token of the browser's cookie.
    pub(super) csrf: Option<String>,
    /// The id of the client's request.
    pub(super) request: Option<String>,
    /// The button.
    pub(super) action: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<SecretString>,
    pub(super) code: Option<SecretString>,
    pub(super) current: Option<SecretString>,
    pub(super) new: Option<SecretString>,
    pub(super) user_code: Option<String>,
}

impl FormBody for Sent {
    const NAMES: &'static [&'static str] = &[
        "csrf",
        "request",
        "do",
        "username",
        "password",
        "code",
        "current",
        "new",
        "user_code",
    ];

    fn read(parameters: &Parameters<'_>) -> Result<Self, ApiError> {
        let text = |name| parameters.get(name).map(str::to_owned);
        let secret = |name| parameters.get(name).map(SecretString::from);
        Ok(Self {
            csrf: text("csrf"),
            request: text("request"),
            action: text("do"),
            username: text("username"),
            password: secret("password"),
            code: secret("code"),
            current: secret("current"),
            new: secret("new"),
            user_code: text("user_code"),
        })
    }
}
