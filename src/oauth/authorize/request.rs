//! What a request asks for, once every check has passed.

use super::prompt::Prompt;
use crate::access::ScopeSet;
use crate::grant::Challenge;

/// The parameters that a request may have. Others are ignored.
pub const PARAMETERS: [&str; 19] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "view",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// How the parameters came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the query or the form of a browser.
    Browser,
    /// In a pushed request (RFC 9126), whose client has authenticated.
    Pushed,
}

/// A request, with where its answer goes beside it ([`super::Target`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `scope`; `None` if it is absent. Every scope is in the client's list.
    pub scopes: Option<ScopeSet>,
    /// `resource`: resources the client may name.
    pub resources: Vec<String>,
    /// The PKCE challenge.
    pub challenge: Option<Challenge>,
    /// `nonce`, for the ID token.
    pub nonce: Option<String>,
    /// `prompt`.
    pub prompt: Prompt,
    /// `max_age` (seconds).
    pub max_age: Option<u64>,
    /// `login_hint`: fills in the username.
    pub login_hint: Option<String>,
    /// `id_token_hint`, as it was sent. It is not verified yet.
    pub id_token_hint: Option<String>,
    /// `dpop_jkt`: the thumbprint of the key that tokens will be bound to.
    pub dpop_jkt: Option<String>,
    /// `ui_locales`, as it was sent.
    pub ui_locales: Option<String>,
}
