//! Parameters as they were sent, for endpoints whose rules say themselves what a parameter that is
//! there twice means.

use actix_web::HttpRequest;

use super::body::{content_type, is_plain};
use super::{ApiError, Body};

/// A form with all its parameters, in the order sent. An absent body has none, and needs no content
/// type.
#[derive(Debug)]
pub struct Pairs(pub Vec<(String, String)>);

impl Body for Pairs {
    const LIMIT: Option<usize> = Some(64 * 1024);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !bytes.is_empty() {
            if !is_plain(request) {
                return Err(ApiError::unsupported_encoding());
            }
            if !content_type(request, |essence| {
                essence == "application/x-www-form-urlencoded"
            }) {
                return Err(ApiError::not_a_form());
            }
        }
        Ok(Self(query_pairs(bytes)))
    }
}

/// Decodes a query or a form (WHATWG URL, section 5.1): bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn query_pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}
