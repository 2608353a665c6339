//! A form as it was sent, for endpoints that read it as they read a query.

use actix_web::HttpRequest;

use crate::http::{ApiError, Body, is_form, is_plain};

/// The bytes of a form. An absent body has none, and needs no content type.
#[derive(Debug)]
pub(super) struct RawForm(pub(super) Vec<u8>);

impl Body for RawForm {
    const LIMIT: Option<usize> = Some(64 * 1024);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !bytes.is_empty() {
            if !is_plain(request) {
                return Err(ApiError::unsupported_encoding());
            }
            if !is_form(request) {
                return Err(ApiError::not_a_form());
            }
        }
        Ok(Self(bytes.to_vec()))
    }
}
