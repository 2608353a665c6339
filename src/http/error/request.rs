//! Errors about the request itself.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;

use super::{ApiError, Code};

impl ApiError {
    /// 400: the request cannot be understood.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidRequest, description)
    }

    /// 404: there is no such record, or it is another organization's. The two responses are equal
    /// byte for byte.
    #[must_use]
    pub fn not_found() -> Self {
        let description = "there is no such resource";
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, description)
    }

    /// 405: the path does not support this method. `allow` lists the methods that it supports.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed);
        let description = "this resource does not support the method; the Allow header lists those that it supports";
        Self {
            allow: Some(allow),
            ..Self::new(status, code, description)
        }
    }

    /// 408: the body did not arrive in time.
    #[must_use]
    pub fn body_timed_out(limit: Duration) -> Self {
        let description = format!(
            "the body did not arrive completely within {} seconds",
            limit.as_secs()
        );
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            Code::InvalidRequest,
            description,
        )
    }

    /// 409: the state of the record does not allow the request.
    pub fn conflict(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, Code::Conflict, description)
    }

    /// 413: the body has more than `limit` bytes.
    #[must_use]
    pub fn payload_too_large(limit: usize) -> Self {
        let (status, code) = (StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge);
        let description = format!("the body may have at most {limit} bytes");
        Self::new(status, code, description)
    }

    /// 415: the body is not JSON.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::other_media("the body must be JSON in UTF-8: send Content-Type: application/json")
    }

    /// 415: the body is not a form.
    #[must_use]
    pub fn not_a_form() -> Self {
        Self::other_media(
            "the body must be a form in UTF-8: send Content-Type: application/x-www-form-urlencoded",
        )
    }

    /// 415: the body is not a form with files.
    #[must_use]
    pub fn not_a_multipart_form() -> Self {
        Self::other_media(
            "the body must be a form with files: send Content-Type: multipart/form-data; boundary=…",
        )
    }

    /// 415: the body is compressed.
    #[must_use]
    pub fn unsupported_encoding() -> Self {
        let description =
            "the body must not be compressed (gzip, br, zstd): send it without Content-Encoding";
        Self {
            accept_encoding: Some("identity"),
            ..Self::other_media(description)
        }
    }

    fn other_media(description: &'static str) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, Code::UnsupportedMediaType, description)
    }

    /// The server's own response, with this status, to bytes that it cannot parse as a request.
    pub(in crate::http) fn unparsed(status: StatusCode) -> Self {
        if status.is_server_error() {
            return Self::internal();
        }
        let description = match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                "the head of the request is too large: it may have 128 KiB and 96 headers"
            }
            StatusCode::REQUEST_TIMEOUT => {
                "the head of the request did not arrive completely within 5 seconds"
            }
            _ => {
                "this is no request as HTTP/1.1 has it (RFC 9112): look at its first line, its headers, and how long it says its \
                 body is"
            }
        };
        Self::new(status, Code::InvalidRequest, description)
    }
}
