//! Signed requests. The signature is judged over the original request, whose body is not here: the
//! service compares it with the digest that the signature covers.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, HeaderValue};

use super::judge::{Stop, stop};
use crate::access::{Demand, Denial, Original};
use crate::app::App;
use crate::authn::signature::{self, Message, SignatureError, Signed};
use crate::authn::{self, Answer, Authenticator, Outcome, Refused, RequestLine};
use crate::base::Timestamp;

/// The header without which a request is not signed.
const SIGNATURE_INPUT: &str = "signature-input";

/// The credential of a request that a proxy asks about: a signature, or what stands in its headers.
pub(super) struct Credential<'a> {
    pub(super) request: &'a HttpRequest,
    pub(super) original: &'a Original<'a>,
    pub(super) line: RequestLine<'a>,
}

impl Credential<'_> {
    /// Judges the credential.
    pub(super) fn judge(&self, by: Authenticator<'_>, now: Timestamp) -> Answer {
        let headers = self.request.headers();
        self.judge_signature(by, now)
            .unwrap_or_else(|| authn::authenticate(by, self.line, headers, now))
    }

    fn judge_signature(&self, by: Authenticator<'_>, now: Timestamp) -> Option<Answer> {
        let headers = self.request.headers();
        if !headers.contains_key(SIGNATURE_INPUT) {
            return None;
        }
        let original = self.original;
        let Ok(target) = std::str::from_utf8(original.target) else {
            let why = Refused::Signature(SignatureError::Target);
            return Some(Answer::Ready(Outcome::Refused(why)));
        };
        let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
        let message = Message {
            method: original.method,
            scheme: original.scheme(),
            authority: Some(original.authority),
            path_and_query: target,
            request_target: target,
            fields: headers,
            has_body: length.is_some_and(|length| !length.iter().all(|digit| *digit == b'0')),
        };
        signature::authenticate(by, &message, headers, now)
    }
}

fn unsigned() -> Stop<'static> {
    Denial::Signature("The request is not signed".into()).into()
}

/// Refuses a request without a signature where a rule wants one, before anything else is judged.
///
/// # Errors
/// Returns [`Denial::Signature`].
pub(super) fn is_there(demand: &Demand, request: &HttpRequest) -> Result<(), Stop<'static>> {
    if demand.signed && !request.headers().contains_key(SIGNATURE_INPUT) {
        return Err(unsigned());
    }
    Ok(())
}

/// Uses the nonce of an admitted request, once on all nodes. Returns the digest of the content that
/// its signature covers, or that of an empty body, for the service to compare; empty if there is no
/// signature.
///
/// # Errors
/// Returns [`Denial::Signature`] if the nonce was used, or if a rule wants a signature and the only
/// one is of somebody else.
pub(super) async fn finish(
    app: &App,
    demand: &Demand,
    signed: Option<&Signed>,
) -> Result<String, Stop<'static>> {
    match signed {
        Some(signed) => {
            signed.finish(app, None).await.map_err(stop)?;
            // Without a digest there was no body, so one that was added must not pass.
            let digest = signed.content_digest.clone();
            Ok(digest.unwrap_or_else(|| signature::digest_of(b"")))
        }
        None if demand.signed => Err(unsigned()),
        None => Ok(String::new()),
    }
}
