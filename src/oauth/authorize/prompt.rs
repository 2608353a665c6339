//! `prompt` and `max_age` (OpenID Connect Core, section 3.1.2.1).

use crate::oauth::{ErrorCode, OAuthError, Parameters};

/// What the client wants the operator to be asked. `none` goes with nothing else, and every other
/// value is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prompt {
    /// Never a page.
    pub none: bool,
    /// Sign in anew.
    pub login: bool,
    /// Ask for consent, whatever was allowed before.
    pub consent: bool,
}

/// The values that work, for the metadata.
pub const PROMPT_VALUES: [&str; 3] = ["none", "login", "consent"];

fn bad(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

/// Reads `prompt`.
pub(super) fn prompt(parameters: &Parameters<'_>) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    let text = parameters.one("prompt")?.unwrap_or_default();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(bad("prompt must be none, login or consent")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(bad("prompt=none goes with no other value"));
    }
    Ok(prompt)
}

/// Reads `max_age` (seconds).
pub(super) fn max_age(parameters: &Parameters<'_>) -> Result<Option<u64>, OAuthError> {
    let Some(text) = parameters.one("max_age")? else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten();
    seconds
        .map(Some)
        .ok_or_else(|| bad("max_age must be a number of seconds"))
}
