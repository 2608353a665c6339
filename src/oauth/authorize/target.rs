//! The client that sent the request, and where the answer goes. An error here is a page: a redirect
//! could lead to an address of an attacker.

use crate::base::ClientId;
use crate::base::words::words;
use crate::client::Client;
use crate::oauth::Parameters;

words! {
    /// Why there is a page and no redirect. The status is 400.
    pub enum PageError {
        /// `client_id` is missing, repeated, unknown, or that of a disabled client.
        Client = "client",
        /// `redirect_uri` is repeated, not the client's, or missing although it is required.
        RedirectUri = "redirect_uri",
        /// `request_uri` is unknown, has expired, was answered, or is another client's.
        RequestUri = "request_uri",
    }
}

/// Where the answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The redirect URI as the request has it, or the only one that is registered.
    pub redirect_uri: String,
    /// Whether the request has it: then the code's redemption must have it too.
    pub redirect_uri_given: bool,
    /// `state`, to be returned as it was; `None` if there is none, or none that can be returned.
    pub state: Option<String>,
}

/// The longest `state` (bytes).
pub(super) const LONGEST_STATE: usize = 2_048;

/// Returns the id of the client that sent the request.
///
/// # Errors
/// Returns [`PageError::Client`] if there is none, or if it is repeated.
pub fn client_id(parameters: &Parameters<'_>) -> Result<ClientId, PageError> {
    let id = parameters.one("client_id").ok().flatten();
    id.and_then(|id| id.parse().ok()).ok_or(PageError::Client)
}

/// Returns where the answer goes. `client` is the client of [`client_id`]; `None` if there is none,
/// or if its organization is suspended.
///
/// # Errors
/// Returns the [`PageError`] that says why there is no redirect.
pub fn target(parameters: &Parameters<'_>, client: Option<&Client>) -> Result<Target, PageError> {
    let client = client
        .filter(|client| client.is_active())
        .ok_or(PageError::Client)?;
    let given = parameters
        .one("redirect_uri")
        .map_err(|_| PageError::RedirectUri)?;
    let redirect_uri = match given {
        Some(asked) if client.settings.has_redirect_uri(asked) => asked,
        Some(_) => return Err(PageError::RedirectUri),
        None => match client.settings.default_redirect_uri() {
            Some(only) => only.as_str(),
            None => return Err(PageError::RedirectUri),
        },
    };
    let state = parameters.one("state").ok().flatten();
    Ok(Target {
        redirect_uri: redirect_uri.to_owned(),
        redirect_uri_given: given.is_some(),
        state: state
            .filter(|state| state.len() <= LONGEST_STATE)
            .map(str::to_owned),
    })
}

impl std::error::Error for PageError {}
