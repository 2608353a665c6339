//! Bodies as types: no body, required JSON, and optional JSON.

use std::marker::PhantomData;

use actix_web::HttpRequest;
use actix_web::http::header;
use serde::Deserializer;
use serde::de::DeserializeOwned;

use super::{ApiError, BackgroundPool, NotDone, REFUSED_AFTER, json, json_member};
use crate::base::OrganizationId;

/// The largest body that a request thread parses, in bytes.
pub const SMALL: usize = 16 * 1024;

/// The type of a JSON body, and its maximum size.
pub trait JsonBody: DeserializeOwned {
    /// The maximum size in bytes.
    const LIMIT: usize = 64 * 1024;

    /// Reads the value. It must be an object, unless the type overrides this.
    ///
    /// # Errors
    /// Returns an error that describes what is wrong with the value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json_member::object(deserializer)
    }

    /// Reads a body in the form in which most programs write it, faster than the parser. Returns
    /// `None` if it has another form; then the parser decides. Most types have no such form.
    #[must_use]
    fn read_usual(_: &[u8]) -> Option<Self> {
        None
    }
}

/// What a handler reads from the body.
pub trait Body: Sized {
    /// The maximum size in bytes. `None` if the body is not read.
    const LIMIT: Option<usize>;

    /// Parses the bytes.
    ///
    /// # Errors
    /// 415 or 400.
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError>;
}

/// The handler does not read the body.
#[derive(Debug, Clone, Copy)]
pub struct NoBody;

impl Body for NoBody {
    const LIMIT: Option<usize> = None;
    fn parse(_: &HttpRequest, _: &[u8]) -> Result<Self, ApiError> {
        Ok(Self)
    }
}

/// A required JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: JsonBody> Body for Json<T> {
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

/// A JSON body whose members are all optional. It may be absent, and then needs no content type.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: JsonBody + Default> Body for OptionalJson<T> {
    const LIMIT: Option<usize> = Some(T::LIMIT);
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Json::parse(request, bytes).map(|Json(value)| Self(value))
    }
}

/// A required JSON body of a type that may be large. The handler parses it, if need be in the
/// background pool.
#[derive(Debug)]
pub struct Unparsed<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T: JsonBody> Unparsed<T> {
    /// Returns the size in bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Parses the body.
    ///
    /// # Errors
    /// 400, with the name of the member that is wrong.
    pub fn parse(&self) -> Result<T, ApiError> {
        json::parse(&self.bytes)
    }

    /// Parses the body, in the background pool if it is larger than [`SMALL`].
    ///
    /// # Errors
    /// Returns the errors of [`Unparsed::parse`], and 503 after [`REFUSED_AFTER`] if the
    /// organization has its maximum of jobs in the pool.
    pub async fn parse_in_background(
        self,
        pool: &BackgroundPool,
        organization: OrganizationId,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
    {
        if self.size() <= SMALL {
            return self.parse();
        }
        let size = self.size();
        let parsed = pool
            .run(organization, size, move || Some(self.parse()))
            .await;
        if matches!(parsed, Err(NotDone::Full)) {
            tokio::time::sleep(REFUSED_AFTER).await;
        }
        parsed.unwrap_or_else(|why| Err(why.into()))
    }
}

impl<T: JsonBody> Body for Unparsed<T> {
    const LIMIT: Option<usize> = Some(T::LIMIT);
    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !is_plain(request) {
            return Err(ApiError::unsupported_encoding());
        }
        if !is_json(request) {
            return Err(ApiError::unsupported_media_type());
        }
        Ok(Self {
            bytes: bytes.to_vec(),
            of: PhantomData,
        })
    }
}

/// Whether the body has no content coding, such as compression.
pub(crate) fn is_plain(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// Whether the content type is `application/json`, or ends in `+json` (RFC 6839, 3.1), in UTF-8.
pub(crate) fn is_json(request: &HttpRequest) -> bool {
    let sent = request.headers().get(header::CONTENT_TYPE);
    if sent.is_some_and(|value| value.as_bytes() == b"application/json") {
        return true;
    }
    content_type(request, |essence| {
        essence == "application/json"
            || essence.starts_with("application/") && essence.ends_with("+json")
    })
}

/// Whether the content type is that of a form, in UTF-8.
pub(crate) fn is_form(request: &HttpRequest) -> bool {
    const FORM: &str = "application/x-www-form-urlencoded";
    let sent = request.headers().get(header::CONTENT_TYPE);
    if sent.is_some_and(|value| value.as_bytes() == FORM.as_bytes()) {
        return true;
    }
    content_type(request, |essence| essence == FORM)
}

/// Whether `fits` returns true for the content type, and its charset is UTF-8. `fits` receives it
/// in lower case, without parameters.
pub(super) fn content_type(request: &HttpRequest, fits: impl Fn(&str) -> bool) -> bool {
    let Some(value) = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    // The fast path: nearly every content type has no parameters and is in lower case.
    if !value.contains(';') && fits(value) {
        return true;
    }
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            let value = value.trim().trim_matches('"');
            !name.trim().eq_ignore_ascii_case("charset")
                || value.eq_ignore_ascii_case("utf-8")
                || value.eq_ignore_ascii_case("utf8")
        });
    fits(&essence) && utf8
}
