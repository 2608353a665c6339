//! The answers to a proxy.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::access::{Denial, ErrorShape, Resource, Rule};
use crate::authn::{Rights, dpop};
use crate::http::{ApiError, DPOP_NONCE, Surface};

/// A request that is admitted.
pub(super) struct Admitted<'a> {
    /// The rule that decided.
    pub(super) rule: &'a Rule,
    /// Who sent it. `None` if the path is public.
    pub(super) rights: Option<&'a Rights>,
    /// The digest of the content of a signed request; else empty.
    pub(super) content_digest: &'a str,
}

impl<'a> Admitted<'a> {
    /// Returns a request to a public path.
    pub(super) const fn public(rule: &'a Rule) -> Self {
        Self {
            rule,
            rights: None,
            content_digest: "",
        }
    }
}

/// The headers that say who sent a request.
const IDENTITY: [HeaderName; 9] = [
    HeaderName::from_static("x-auth-kind"),
    HeaderName::from_static("x-auth-organization-id"),
    HeaderName::from_static("x-auth-subject"),
    HeaderName::from_static("x-auth-role"),
    HeaderName::from_static("x-auth-scopes"),
    HeaderName::from_static("x-auth-environment"),
    HeaderName::from_static("x-auth-key-id"),
    HeaderName::from_static("x-auth-rule"),
    HeaderName::from_static("x-auth-content-digest"),
];

/// Answers 200 with who sent the request. Every header is there, also an empty one, so a proxy always
/// overwrites what a client sent under its name.
pub(super) fn admitted(request: &Admitted<'_>) -> HttpResponse {
    let (kind, environment) = match request.rights {
        None => ("public", ""),
        Some(rights) => (rights.kind.as_str(), rights.environment.as_str()),
    };
    let [organization, subject, role, scopes, key] =
        request.rights.map_or_else(Default::default, |rights| {
            let key = rights.key.map(|key| key.to_string());
            [
                Cow::Owned(rights.organization.to_string()),
                Cow::Borrowed(rights.subject.as_str()),
                Cow::Borrowed(rights.defined_role().unwrap_or_default()),
                Cow::Owned(rights.scopes.to_string()),
                Cow::Owned(key.unwrap_or_default()),
            ]
        });
    let values = [
        HeaderValue::from_static(kind),
        value(&organization),
        value(&subject),
        value(&role),
        value(&scopes),
        HeaderValue::from_static(environment),
        value(&key),
        value(&request.rule.name),
        value(request.content_digest),
    ];
    let mut response = HttpResponse::new(StatusCode::OK);
    let headers = response.headers_mut();
    for (name, value) in IDENTITY.into_iter().zip(values) {
        headers.insert(name, value);
    }
    response
}

/// Returns the value of a header: a word, an id or a digest, which headers may have.
fn value(text: &str) -> HeaderValue {
    let nothing = HeaderValue::from_static("");
    if text.is_empty() {
        return nothing;
    }
    HeaderValue::from_str(text).unwrap_or(nothing)
}

/// A request that is refused.
pub(super) struct Refusal<'a> {
    /// Why it is refused.
    pub(super) denial: &'a Denial<'a>,
    /// The shape of the error.
    pub(super) shape: ErrorShape,
    /// The resource of the rule.
    pub(super) resource: Option<&'a Resource>,
    /// Why the proof of a bound token is refused. `None` if it is something else.
    pub(super) unproven: Option<dpop::ProofError>,
}

/// Answers 401 or 403. The body is also in a header: nginx drops the body.
pub(super) fn refused(request: &Refusal<'_>) -> HttpResponse {
    let Refusal { denial, shape, .. } = *request;
    let status = StatusCode::from_u16(denial.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        challenge(&mut response, request);
    }
    let body = denial.body(shape);
    response.insert_header((HeaderName::from_static("x-auth-error"), value(&body)));
    response.content_type("application/json");
    match body {
        Cow::Borrowed(text) => response.body(text),
        Cow::Owned(text) => response.body(text),
    }
}

/// Adds `WWW-Authenticate` (RFC 6750, section 3; RFC 9449, section 7.1), with where a client learns
/// which authorization server issues tokens for the resource (RFC 9728, section 5.1).
fn challenge(response: &mut HttpResponseBuilder, request: &Refusal<'_>) {
    let mut challenge = match request.unproven {
        Some(why) => {
            // The challenge is the same as at every other path.
            let rendered = Surface::OAuth.render(&ApiError::unproven(why));
            if let Some(nonce) = rendered.headers().get(&DPOP_NONCE) {
                response.insert_header((DPOP_NONCE, nonce.clone()));
            }
            let value = rendered.headers().get(WWW_AUTHENTICATE);
            let value = value.and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        }
        None => match request.denial {
            Denial::Missing | Denial::Signature(_) => r#"Bearer realm="lanyard""#.to_owned(),
            _ => r#"Bearer realm="lanyard", error="invalid_token""#.to_owned(),
        },
    };
    if let Some(resource) = request.resource {
        let url = resource.metadata_url();
        challenge = format!(r#"{challenge}, resource_metadata="{url}""#);
    }
    response.insert_header((WWW_AUTHENTICATE, value(&challenge)));
}

/// Answers 503.
pub(super) fn unavailable(error: &ApiError, shape: ErrorShape) -> HttpResponse {
    match shape {
        ErrorShape::Flat => Surface::Flat.render(error),
        ErrorShape::Nested => Surface::Nested.render(error),
    }
}
