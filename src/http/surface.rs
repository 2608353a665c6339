//! Surfaces: groups of routes whose errors have one shape. An error is a value ([`ApiError`]). The
//! surface of the route decides the status, the word and the body that a client receives.

mod page;

use std::borrow::Cow;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::ApiError;
use super::error::{Challenge, Code};
use crate::jose::SigningAlgorithm;
use crate::page::Look;

/// The header with the nonce that the next proof must have (RFC 9449, section 8).
pub const DPOP_NONCE: header::HeaderName = header::HeaderName::from_static("dpop-nonce");

/// A group of routes whose errors have one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The company and operator API: `{"error", "error_description"}`. A revoked credential is 403
    /// `token_revoked` (guide 002).
    Flat,
    /// OAuth endpoints: the same members (RFC 6749, section 5.2). A credential that has expired or
    /// was revoked is 401 `invalid_token` (RFC 6750, section 3.1), descriptions are ASCII, and no
    /// error is cached.
    OAuth,
    /// Sessions (guide 004): `{"error": {"code", "message"}}`. Every 401 is `unauthorized` or
    /// `token_expired`; a revoked credential is `unauthorized`.
    Nested,
    /// Pages: an error is a page too. A revoked credential is 401.
    Page,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody<'a> {
    /// A code for programs.
    #[schema(example = "invalid_request")]
    error: &'a str,
    /// What was wrong and what to do, in words for people.
    error_description: &'a str,
}

impl<'a> ErrorBody<'a> {
    /// Returns a body with this code and these words.
    pub(crate) const fn new(error: &'a str, error_description: &'a str) -> Self {
        Self {
            error,
            error_description,
        }
    }
}

/// The body of an error on the nested surface.
#[derive(Debug, Serialize, ToSchema)]
pub struct NestedErrorBody<'a> {
    #[schema(inline)]
    error: NestedError<'a>,
}

/// An error on the nested surface.
#[derive(Debug, Serialize, ToSchema)]
pub struct NestedError<'a> {
    /// A code for programs.
    #[schema(example = "unauthorized")]
    code: &'a str,
    /// What was wrong and what to do, in words for people.
    message: &'a str,
}

/// How a surface expresses an error.
struct Wording {
    status: StatusCode,
    code: &'static str,
    challenge: Option<Challenge>,
}

impl Surface {
    /// Returns the response to a request that ended with this error.
    #[must_use]
    pub fn render(self, error: &ApiError) -> HttpResponse {
        self.head(error).body(self.body(error))
    }

    /// Returns the status and the headers of the response to this error.
    fn head(self, error: &ApiError) -> HttpResponseBuilder {
        let Wording {
            status, challenge, ..
        } = self.wording(error);
        let mut response = HttpResponse::build(status);
        if self == Self::Page {
            page::dress(&mut response);
        } else {
            response.content_type("application/json");
        }
        if let Some(challenge) = challenge {
            response.insert_header((
                header::WWW_AUTHENTICATE,
                match challenge {
                    Challenge::Bare => Cow::Borrowed(r#"Bearer realm="lanyard""#),
                    Challenge::InvalidToken => {
                        r#"Bearer realm="lanyard", error="invalid_token""#.into()
                    }
                    Challenge::Dpop => {
                        let code = error
                            .unproven
                            .as_ref()
                            .map_or("invalid_token", |why| why.code());
                        let algorithms = SigningAlgorithm::NAMES.join(" ");
                        format!(r#"DPoP realm="lanyard", error="{code}", algs="{algorithms}""#)
                            .into()
                    }
                }
                .into_owned(),
            ));
        }
        if let Some(nonce) = error.unproven.as_ref().and_then(|why| why.nonce()) {
            response.insert_header((DPOP_NONCE, nonce.to_string()));
        }
        if let Some(wait) = error.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.insert_header((header::RETRY_AFTER, seconds.max(1)));
        }
        if let Some(allow) = error.allow {
            response.insert_header((header::ALLOW, allow));
        }
        if let Some(codings) = error.accept_encoding {
            response.insert_header((header::ACCEPT_ENCODING, codings));
        }
        if self == Self::OAuth {
            response.insert_header((header::CACHE_CONTROL, "no-store"));
            response.insert_header((header::PRAGMA, "no-cache"));
        }
        response
    }

    /// Returns the body of the response to this error.
    #[must_use]
    pub fn body(self, error: &ApiError) -> Vec<u8> {
        let (code, description) = (self.wording(error).code, error.description.as_ref());
        let json = match self {
            Self::Flat => serde_json::to_vec(&ErrorBody {
                error: code,
                error_description: description,
            }),
            Self::OAuth => serde_json::to_vec(&ErrorBody {
                error: code,
                error_description: &ascii(description),
            }),
            Self::Page => return page::html(error, Look::default(), ""),
            Self::Nested => serde_json::to_vec(&NestedErrorBody {
                error: NestedError {
                    code,
                    message: description,
                },
            }),
        };
        // This cannot fail: both values are texts.
        json.unwrap_or_default()
    }

    fn wording(self, error: &ApiError) -> Wording {
        let unauthorized = |code| Wording {
            status: StatusCode::UNAUTHORIZED,
            code,
            challenge: error.challenge.or(Some(Challenge::InvalidToken)),
        };
        match (self, error.code) {
            (
                Self::OAuth | Self::Page,
                Code::TokenExpired | Code::TokenRevoked | Code::InvalidSignature,
            ) => unauthorized(Code::InvalidToken.as_str()),
            (
                Self::Nested,
                Code::InvalidToken
                | Code::InvalidCredentials
                | Code::TokenRevoked
                | Code::InvalidSignature,
            ) => unauthorized("unauthorized"),
            (_, code) => Wording {
                status: error.status,
                code: code.as_str(),
                challenge: error.challenge,
            },
        }
    }

    /// Returns the name and the schema of an error's body in the OpenAPI document.
    #[must_use]
    pub fn error_schema(self) -> (Cow<'static, str>, RefOr<Schema>) {
        match self {
            Self::Flat | Self::OAuth | Self::Page => (ErrorBody::name(), ErrorBody::schema()),
            Self::Nested => (NestedErrorBody::name(), NestedErrorBody::schema()),
        }
    }
}

/// Returns the text with only the characters that `error_description` may have (RFC 6749, section
/// 5.2): printable ASCII without `"` and `\`.
fn ascii(text: &str) -> Cow<'_, str> {
    let may = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    if text.chars().all(may) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => plain.push_str("..."),
            '"' => plain.push('\''),
            c if may(c) => plain.push(c),
            _ => plain.push('?'),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests;
