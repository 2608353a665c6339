//! Reads how a proxy describes the request that it asks about.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{
    HOST, HeaderMap, HeaderName, HeaderValue, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};

use super::ENVOY;
use crate::access::{Original, OriginalError};

/// How a request is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// In `X-Forwarded-…`.
    Forwarded,
    /// In `X-Original-…`.
    Original,
    /// By the request itself, behind a prefix of the path.
    Envoy,
}

/// Why a description is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DescriptionError {
    /// The caller is no listed proxy.
    #[error("it comes from an address that http.trusted_proxies does not list")]
    Stranger(IpAddr),
    /// A header is missing, or is there twice.
    #[error("it must have the header {0} once")]
    Header(&'static str),
    /// A header would be read as one of ours by services that take `_` or `.` for `-`.
    #[error("the client sent a header that services may take for one of Lanyard's own X-Auth-…")]
    Smuggled,
    /// What the headers say is refused.
    #[error("{0}")]
    Original(#[from] OriginalError),
}

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");

impl Door {
    /// Returns the request that a proxy describes.
    ///
    /// # Errors
    /// Returns the [`DescriptionError`].
    pub(super) fn read(self, request: &HttpRequest) -> Result<Original<'_>, DescriptionError> {
        let headers = request.headers();
        if headers.keys().any(is_smuggled) {
            return Err(DescriptionError::Smuggled);
        }
        Ok(match self {
            Self::Forwarded => Original::read(
                once(headers, &METHOD, "X-Forwarded-Method")?,
                once(headers, &X_FORWARDED_PROTO, "X-Forwarded-Proto")?,
                once(headers, &X_FORWARDED_HOST, "X-Forwarded-Host")?,
                once(headers, &URI, "X-Forwarded-Uri")?,
            )?,
            Self::Original => Original::of_url(
                once(headers, &ORIGINAL_METHOD, "X-Original-Method")?,
                once(headers, &ORIGINAL_URL, "X-Original-URL")?,
            )?,
            Self::Envoy => {
                let target = request.uri().path_and_query();
                let target = target.map_or("", |target| target.as_str());
                Original::read(
                    request.method().as_str().as_bytes(),
                    once(headers, &X_FORWARDED_PROTO, "X-Forwarded-Proto")?,
                    once(headers, &HOST, "Host")?,
                    target.strip_prefix(ENVOY).unwrap_or_default().as_bytes(),
                )?
            }
        })
    }
}

fn once<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    shown: &'static str,
) -> Result<&'a [u8], DescriptionError> {
    let mut values = headers.get_all(name).map(HeaderValue::as_bytes);
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(DescriptionError::Header(shown)),
    }
}

/// Whether a name is read as `x-auth-…` by software that takes other characters for `-` (CGI, RFC
/// 3875, section 4.1.18, and whatever follows it). The proxy overwrites only the names that are
/// spelled as ours.
fn is_smuggled(name: &HeaderName) -> bool {
    const OURS: &[u8] = b"x-auth-";
    let name = name.as_str().as_bytes();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let folded = name
        .iter()
        .map(|&byte| if plain(byte) { byte } else { b'-' });
    let begins = name.len() >= OURS.len() && OURS.iter().copied().eq(folded.take(OURS.len()));
    begins && !name.iter().copied().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_services_take_for_ours() {
        let smuggled = |name: &str| is_smuggled(&name.parse().unwrap());
        for name in [
            "X_Auth_Role",
            "X.Auth.Role",
            "X-Auth_Role",
            "X_Auth-Role",
            "X-Auth-Key_Id",
            "x_auth_",
            "X~Auth~Role",
        ] {
            assert!(smuggled(name), "{name}");
        }
        for name in [
            "X-Auth-Role",
            "X-Auth-Token",
            "X_Authorization",
            "X_Request_Id",
            "Auth_Role",
        ] {
            assert!(!smuggled(name), "{name}");
        }
    }
}
