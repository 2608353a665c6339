//! Bodies as types: none, JSON that must be there, JSON that may be.

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::Deserializer;
use serde::de::DeserializeOwned;

use super::{ApiError, json, member};

/// A JSON body's type and how large it may be.
pub trait Wire: DeserializeOwned {
    /// Most bytes.
    const LIMIT: usize = 64 * 1024;

    /// Reads it: an object, unless the type says otherwise.
    ///
    /// # Errors
    /// What is wrong with it.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        member::object(deserializer)
    }
}

/// What a handler takes from the body.
pub trait Body: Sized {
    /// Most bytes; none: the body is not read.
    const LIMIT: Option<usize>;

    /// Takes it from the bytes.
    ///
    /// # Errors
    /// 415 or 400.
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError>;
}

/// The body does not matter.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Body for Nothing {
    const LIMIT: Option<usize> = None;
    fn parse(_: &HttpRequest, _: &[u8]) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// A JSON body that must be there.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Wire> Body for Json<T> {
    const LIMIT: Option<usize> = Some(T::LIMIT);
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !is_plain(request) {
            return Err(ApiError::unsupported_encoding());
        }
        if !is_json(request) {
            return Err(ApiError::unsupported_media_type());
        }
        json::parse(bytes).map(Self)
    }
}

/// A JSON body whose every member is optional: it may be absent, and then needs no content type.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: Wire + Default> Body for OptionalJson<T> {
    const LIMIT: Option<usize> = Some(T::LIMIT);
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Json::parse(request, bytes).map(|Json(value)| Self(value))
    }
}

/// Whether the body is sent as it is, neither compressed nor encoded otherwise.
fn is_plain(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// `application/json`, or a type that ends in `+json` (RFC 6839, 3.1), in UTF-8.
fn is_json(request: &HttpRequest) -> bool {
    let Some(value) = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    if value.eq_ignore_ascii_case("application/json") {
        return true;
    }
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json");
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || value.eq_ignore_ascii_case("utf-8")
                || value.eq_ignore_ascii_case("utf8")
        });
    json && utf8
}
