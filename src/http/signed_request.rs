//! A request as its signature sees it (RFC 9421): byte for byte as it was sent.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::Version;
use actix_web::http::header::{CONTENT_LENGTH, HOST};

use super::transport::scheme;
use crate::app::App;
use crate::authn::signature::Message;

/// The parts of a request that must be put together before a signature can be checked.
pub(super) struct Parts<'a> {
    request: &'a HttpRequest,
    scheme: &'static str,
    /// The target of the request line.
    target: Cow<'a, str>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(app: &App, request: &'a HttpRequest) -> Self {
        let uri = request.uri();
        // The absolute form (RFC 9112, section 3.2.2); in HTTP/2 every request has these parts, and
        // the target is the path.
        let is_absolute = uri.scheme().is_some() && request.version() <= Version::HTTP_11;
        let target = if is_absolute {
            Cow::Owned(uri.to_string())
        } else {
            Cow::Borrowed(path_and_query(request))
        };
        Self {
            request,
            scheme: scheme(app, request),
            target,
        }
    }

    /// Returns the description of the request.
    pub(super) fn message(&'a self) -> Message<'a> {
        let request = self.request;
        let length = request.headers().get(CONTENT_LENGTH);
        let is_empty = |length: &str| length.trim().bytes().all(|byte| byte == b'0');
        Message {
            method: request.method().as_str(),
            scheme: self.scheme,
            authority: authority(request),
            path_and_query: path_and_query(request),
            request_target: &self.target,
            fields: request.headers(),
            has_body: length.is_some_and(|length| length.to_str().is_ok_and(|l| !is_empty(l))),
        }
    }
}

fn path_and_query(request: &HttpRequest) -> &str {
    let uri = request.uri();
    uri.path_and_query().map_or("", |path| path.as_str())
}

/// Returns the host that the request is for: that of an absolute target, or the only `Host` header.
fn authority(request: &HttpRequest) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str());
    }
    let mut hosts = request.headers().get_all(HOST);
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host.trim())
}
