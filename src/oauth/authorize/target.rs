//! Who asks, and where the answer goes. What is wrong here is said on a page: a redirect would lead
//! to wherever an attacker likes.

use crate::base::ClientId;
use crate::base::words::words;
use crate::client::Client;
use crate::oauth::Parameters;

words! {
    /// Why there is a page and no redirect. The status is 400.
    pub enum PageError {
        /// `client_id` is missing, there twice, unknown, or of a disabled client: all alike.
        Client = "client",
        /// `redirect_uri` is there twice, not the client's, or missing where it may not be.
        RedirectUri = "redirect_uri",
        /// `request_uri` is none of ours, has expired, was answered, or is another client's.
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

/// Returns the id of the client that asks.
///
/// # Errors
/// Returns [`PageError::Client`] if there is none, or if it is there twice.
pub fn client_id(parameters: &Parameters<'_>) -> Result<ClientId, PageError> {
    let id = parameters.one("client_id").ok().flatten();
    id.and_then(|id| id.parse().ok()).ok_or(PageError::Client)
}

/// Returns where the answer goes. `client` is the client of [`client_id`]; `None` if there is none,
/// or if its organization is suspended.
///
/// # Errors
/// Returns why there is no place to which an answer may go.
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

impl PageError {
    /// Returns the sentence of the page, in English, for logs. Pages have their own texts.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Client => "The application that sent you here is not known",
            Self::RedirectUri => {
                "The application did not say where to return to, or not a place of its own"
            }
            Self::RequestUri => "The request has expired or was already answered",
        }
    }
}
