//! What a request carries through: `state` and `nonce`, hints for the pages, and what the code will
//! be bound to.

use super::target::LONGEST_STATE;
use crate::access::ScopeSet;
use crate::client::ClientSettings;
use crate::grant::Challenge;
use crate::oauth::scope_and_resource::scope;
use crate::oauth::{ErrorCode, OAuthError, Parameters};

/// The longest `nonce`, `login_hint` and the like (bytes).
const LONGEST: usize = 2_048;

/// Checks the length of `state`. If it is too long, [`super::Target`] does not have it.
pub(super) fn state(parameters: &Parameters<'_>) -> Result<(), OAuthError> {
    match parameters.one("state")? {
        Some(state) if state.len() > LONGEST_STATE => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "state is longer than 2048 bytes",
        )),
        _ => Ok(()),
    }
}

/// Reads a text that is carried through.
pub(super) fn text(
    parameters: &Parameters<'_>,
    name: &'static str,
) -> Result<Option<String>, OAuthError> {
    match parameters.one(name)? {
        Some(text) if text.len() > LONGEST && name != "id_token_hint" => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            format!("{name} is longer than 2048 bytes"),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}

/// Reads `scope`, each in the client's list by name. `None` if it is absent.
///
/// # Errors
/// Returns `invalid_scope`, or `invalid_request` if it is there twice.
pub fn scopes(
    parameters: &Parameters<'_>,
    client: &ClientSettings,
) -> Result<Option<ScopeSet>, OAuthError> {
    let scopes = scope(parameters)?;
    let foreign = scopes
        .as_ref()
        .map(|scopes| scopes.missing_from(&client.scopes));
    match foreign.as_ref().and_then(|foreign| foreign.iter().next()) {
        Some(foreign) => Err(crate::access::InvalidScope(foreign.to_string()).into()),
        None => Ok(scopes),
    }
}

/// Reads `dpop_jkt`: a SHA-256 in base64url (RFC 9449, section 10).
pub(super) fn dpop_jkt(parameters: &Parameters<'_>) -> Result<Option<String>, OAuthError> {
    match parameters.one("dpop_jkt")? {
        Some(text) if Challenge::parse(text).is_none() => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "dpop_jkt must have 43 characters of base64url",
        )),
        text => Ok(text.map(str::to_owned)),
    }
}
