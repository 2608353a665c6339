//! Refusals of forward-auth, in the words of the guides, byte for byte.

use std::borrow::Cow;

use super::scope::Scope;
use crate::base::words::words;

words! {
    /// The shape of an error.
    #[derive(Default)]
    pub enum ErrorShape {
        /// `{"error", "error_description"}` (guide 000).
        #[default]
        Flat = "flat",
        /// `{"error": {"code", "message"}}` (guide 004).
        Nested = "nested",
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial<'r> {
    /// It has no credential.
    Missing,
    /// Its credential is malformed, unknown or revoked, or two different ones were sent.
    Invalid,
    /// Its credential has expired.
    Expired,
    /// Its access token is for another resource (RFC 9068, section 4).
    Audience,
    /// It is not signed, or its signature is wrong: what is wrong, as ASCII without `"` and `\`.
    Signature(Cow<'static, str>),
    /// Its credential lacks a scope: the first that is missing.
    Scope(&'r Scope),
    /// Its credential has the scopes, and none of the roles.
    Role,
    /// It is refused whatever the rights of its credential are: why.
    Forbidden(&'static str),
}

const INVALID_FLAT: &str =
    r#"{"error":"invalid_token","error_description":"The access token is invalid or expired"}"#;
const INVALID_NESTED: &str = r#"{"error":{"code":"unauthorized","message":"Invalid or missing authentication credentials"}}"#;
const EXPIRED_NESTED: &str =
    r#"{"error":{"code":"token_expired","message":"The access token has expired"}}"#;
const SCOPE_FLAT: &str = r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges"}"#;
const FORBIDDEN_FLAT: &str =
    r#"{"error":"forbidden","error_description":"Insufficient permissions for this operation"}"#;
const FORBIDDEN_NESTED: &str =
    r#"{"error":{"code":"forbidden","message":"Insufficient permissions for this operation"}}"#;

impl Denial<'_> {
    /// The client sent its credential to the proxy over plain HTTP, and `http.require_tls` forbids
    /// that.
    pub const PLAIN_HTTP: Self = Self::Forbidden("the client came over plain HTTP");

    /// Returns the status: 401 or 403.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing | Self::Invalid | Self::Expired | Self::Audience | Self::Signature(_) => {
                401
            }
            Self::Scope(_) | Self::Role | Self::Forbidden(_) => 403,
        }
    }

    /// Returns the body: JSON, one line of ASCII.
    #[must_use]
    pub fn body(&self, shape: ErrorShape) -> Cow<'static, str> {
        let text = match (self, shape) {
            (Self::Missing | Self::Invalid | Self::Expired | Self::Audience, ErrorShape::Flat) => {
                INVALID_FLAT
            }
            (
                Self::Missing | Self::Invalid | Self::Audience | Self::Signature(_),
                ErrorShape::Nested,
            ) => INVALID_NESTED,
            (Self::Expired, ErrorShape::Nested) => EXPIRED_NESTED,
            (Self::Signature(why), ErrorShape::Flat) => {
                let why = why.replace('…', "...").replace(['"', '\\'], "'");
                return format!(r#"{{"error":"invalid_signature","error_description":"{why}"}}"#)
                    .into();
            }
            (Self::Scope(_) | Self::Role, ErrorShape::Flat) => SCOPE_FLAT,
            (Self::Scope(scope), ErrorShape::Nested) => {
                return format!(
                    r#"{{"error":{{"code":"insufficient_scope","message":"The request requires higher privileges than provided by the access token.","required_scope":"{scope}"}}}}"#
                )
                .into();
            }
            (Self::Forbidden(_), ErrorShape::Flat) => FORBIDDEN_FLAT,
            (Self::Role | Self::Forbidden(_), ErrorShape::Nested) => FORBIDDEN_NESTED,
        };
        text.into()
    }

    /// Returns the reason for the administrator, in a word or two.
    #[must_use]
    pub fn reason(&self) -> Cow<'_, str> {
        match self {
            Self::Missing => "no credential".into(),
            Self::Invalid => "the credential is not valid".into(),
            Self::Expired => "the credential has expired".into(),
            Self::Audience => "the access token is for another resource".into(),
            Self::Signature(why) => why.as_ref().into(),
            Self::Scope(scope) => format!("the scope {scope} is missing").into(),
            Self::Role => "none of the roles is held".into(),
            Self::Forbidden(what) => (*what).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_guides() {
        let scope: Scope = "write:purchase-requests".parse().unwrap();
        let (flat, nested) = (ErrorShape::Flat, ErrorShape::Nested);
        let flat_invalid = r#"{"error":"invalid_token","error_description":"The access token is invalid or expired"}"#;
        let flat_scope = r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges"}"#;
        let unauthorized = r#"{"error":{"code":"unauthorized","message":"Invalid or missing authentication credentials"}}"#;
        let forbidden = r#"{"error":{"code":"forbidden","message":"Insufficient permissions for this operation"}}"#;
        for (denial, status, in_flat, in_nested) in [
            (Denial::Missing, 401, flat_invalid, unauthorized),
            (Denial::Invalid, 401, flat_invalid, unauthorized),
            (Denial::Audience, 401, flat_invalid, unauthorized),
            (
                Denial::Expired,
                401,
                flat_invalid,
                r#"{"error":{"code":"token_expired","message":"The access token has expired"}}"#,
            ),
            (
                Denial::Signature("The request is not signed".into()),
                401,
                r#"{"error":"invalid_signature","error_description":"The request is not signed"}"#,
                unauthorized,
            ),
            (
                Denial::Signature(r#"the signature must cover "content-digest", as :…:\"#.into()),
                401,
                r#"{"error":"invalid_signature","error_description":"the signature must cover 'content-digest', as :...:'"}"#,
                unauthorized,
            ),
            (
                Denial::Scope(&scope),
                403,
                flat_scope,
                r#"{"error":{"code":"insufficient_scope","message":"The request requires higher privileges than provided by the access token.","required_scope":"write:purchase-requests"}}"#,
            ),
            (Denial::Role, 403, flat_scope, forbidden),
            (
                Denial::Forbidden("path"),
                403,
                r#"{"error":"forbidden","error_description":"Insufficient permissions for this operation"}"#,
                forbidden,
            ),
        ] {
            assert_eq!(denial.status(), status, "{denial:?}");
            assert_eq!(denial.body(flat), in_flat);
            assert_eq!(denial.body(nested), in_nested);
            for shape in [flat, nested] {
                let body = denial.body(shape);
                assert!(body.is_ascii() && !body.contains('\n'));
                serde_json::from_str::<serde_json::Value>(&body).unwrap();
            }
        }
    }
}
