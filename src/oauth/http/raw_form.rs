//! Endpoints to which clients send browsers, with the parameters in the query or in a form.

use actix_web::{HttpRequest, HttpResponse};
use form_urlencoded::Serializer;

use super::visit::{Refusal, Visit};
use crate::http::{Anyone, ApiError, Body, Call, is_form, is_plain, pairs};

/// The bytes of a form. An absent body has none, and needs no content type.
#[derive(Debug)]
pub(super) struct RawForm(Vec<u8>);

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

/// Answers a GET with `answer`, which receives the query.
pub(super) async fn by_query(
    call: Call<Anyone>,
    answer: impl AsyncFnOnce(&Visit, &[u8]) -> Result<HttpResponse, Refusal>,
) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of(&call)?;
    let outcome = answer(&visit, call.query_string().as_bytes()).await;
    visit.finish(outcome).await
}

/// Answers a POST to `path` with `answer`, which receives the form.
pub(super) async fn by_form(
    call: Call<Anyone, RawForm>,
    path: &str,
    answer: impl AsyncFnOnce(&Visit, &[u8]) -> Result<HttpResponse, Refusal>,
) -> Result<HttpResponse, ApiError> {
    let visit = Visit::of(&call)?;
    let form = call.body.0.as_slice();
    let outcome = if visit.may_lack_cookie() {
        again_by_get(&visit, path, form)
    } else {
        answer(&visit, form).await
    };
    visit.finish(outcome).await
}

/// Sends the browser to the same path again, by GET. Browsers leave a cookie with `SameSite=Lax`
/// out of a POST from another site, so without this an operator who is signed in would have to sign
/// in.
fn again_by_get(visit: &Visit, path: &str, form: &[u8]) -> Result<HttpResponse, Refusal> {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs(form, |_| true)?);
    visit.see(&format!("{path}?{}", query.finish()), None)
}
