//! The parameters of a request: a form, and at guide 001's path also JSON.

use actix_web::HttpRequest;
use zeroize::Zeroizing;

use crate::http::{ApiError, Body, is_form, is_json, is_plain, pairs};
use crate::oauth::token::PARAMETERS;

/// The maximum size of a body in bytes.
const LIMIT: usize = 64 * 1024;

/// The parameters that may occur more than once (RFC 8707, section 2; RFC 8693, section 2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// The parameters of client authentication, and those of the endpoints that take one token.
const OTHERS: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "token",
    "token_type_hint",
];

/// The parameters of a request, decoded, without those that no endpoint knows. They may be secrets.
pub(super) struct OAuthForm(Zeroizing<Vec<(String, String)>>);

impl OAuthForm {
    /// Returns the parameters.
    pub(super) fn parameters(&self) -> crate::oauth::Parameters<'_> {
        crate::oauth::Parameters::new(&self.0)
    }

    /// Reads a form with these parameters.
    ///
    /// # Errors
    /// 415 if the body is no form, and 400 if a parameter occurs twice or cannot be decoded.
    pub(super) fn read(
        request: &HttpRequest,
        bytes: &[u8],
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Self, ApiError> {
        if !bytes.is_empty() {
            if !is_plain(request) {
                return Err(ApiError::unsupported_encoding());
            }
            if !is_form(request) {
                return Err(ApiError::not_a_form());
            }
        }
        Self::of(pairs(bytes, is_known)?)
    }

    fn of(pairs: Vec<(String, String)>) -> Result<Self, ApiError> {
        for (place, (name, _)) in pairs.iter().enumerate() {
            let before = pairs.iter().take(place);
            if !REPEATABLE.contains(&name.as_str())
                && before.clone().any(|(other, _)| other == name)
            {
                return Err(ApiError::invalid_request(format!("{name} occurs twice")));
            }
        }
        Ok(Self(Zeroizing::new(pairs)))
    }
}

fn is_known(name: &str) -> bool {
    PARAMETERS.contains(&name) || OTHERS.contains(&name)
}

impl Body for OAuthForm {
    const LIMIT: Option<usize> = Some(LIMIT);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        Self::read(request, bytes, is_known)
    }
}

/// The same parameters, as a form or as the members of a JSON object (guide 001).
pub(super) struct FormOrJson(pub(super) OAuthForm);

impl Body for FormOrJson {
    const LIMIT: Option<usize> = Some(LIMIT);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() || !is_json(request) {
            return OAuthForm::parse(request, bytes).map(Self);
        }
        if !is_plain(request) {
            return Err(ApiError::unsupported_encoding());
        }
        let crate::http::Json(members) = crate::http::Json::<Members>::parse(request, bytes)?;
        let known = members.0.into_iter().filter_map(|(name, value)| {
            let name = name.trim_matches(' ').to_owned();
            is_known(&name).then_some((name, value))
        });
        let mut texts = Vec::new();
        for (name, value) in known {
            match value {
                serde_json::Value::String(text) if text.is_empty() => {}
                serde_json::Value::String(text) => texts.push((name, text)),
                serde_json::Value::Null => {}
                _ => {
                    return Err(ApiError::invalid_request(format!("{name} must be a text")));
                }
            }
        }
        OAuthForm::of(texts).map(Self)
    }
}

/// The members of a JSON object.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Members(serde_json::Map<String, serde_json::Value>);

impl crate::http::JsonBody for Members {}
