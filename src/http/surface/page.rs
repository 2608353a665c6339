//! Errors as pages, for people in front of a browser.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::super::ApiError;
use crate::page::oauth::{ErrorPage, PageError};
use crate::page::{Look, Page, headers};

/// Returns the look of an error: the language that the browser prefers.
pub(super) fn look(headers: &HeaderMap) -> Look {
    let preferred = headers.get(ACCEPT_LANGUAGE);
    Look::of(
        None,
        None,
        None,
        preferred.and_then(|value| value.to_str().ok()),
        None,
    )
}

/// Returns the page of an error as HTML. `request_id` is that of the request.
pub(super) fn html(error: &ApiError, look: Look, request_id: &str) -> Vec<u8> {
    let page = ErrorPage {
        look,
        error: kind(error),
        detail: match error.status {
            StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS => None,
            status if status.is_server_error() => None,
            _ => Some(error.description.as_ref()),
        },
        request_id,
    };
    page.html().unwrap_or_default().into_bytes()
}

/// Gives a response the headers of a page.
pub(super) fn dress(response: &mut HttpResponseBuilder) {
    for header in headers::of_pages(None) {
        response.insert_header(header);
    }
}

fn kind(error: &ApiError) -> PageError {
    match error.status {
        StatusCode::FORBIDDEN => PageError::Forged,
        StatusCode::NOT_FOUND => PageError::NotFound,
        StatusCode::TOO_MANY_REQUESTS => {
            PageError::Throttled(error.retry_after.unwrap_or(Duration::from_secs(1)))
        }
        StatusCode::SERVICE_UNAVAILABLE => PageError::Unavailable,
        status if status.is_server_error() => PageError::Internal,
        _ => PageError::BadRequest,
    }
}

impl super::Surface {
    /// Returns the response to a request that ended with this error. A page is in the language that
    /// the browser prefers.
    #[must_use]
    pub fn render_for(
        self,
        error: &ApiError,
        headers: &HeaderMap,
        request_id: &str,
    ) -> HttpResponse {
        if self != Self::Page {
            return self.render(error);
        }
        self.head(error)
            .body(html(error, look(headers), request_id))
    }
}
