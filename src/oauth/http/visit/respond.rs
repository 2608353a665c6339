//! The responses to a visit: pages, redirects, cookies, and errors as pages.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};

use super::{Refusal, Visit};
use crate::http::{ApiError, RequestId};
use crate::page::oauth::{ErrorPage, PageError};
use crate::page::{Look, Page, headers};
use crate::session::Browser;

impl Visit {
    /// Returns a page.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(in crate::oauth::http) fn page(
        &self,
        status: StatusCode,
        page: &impl Page,
    ) -> Result<HttpResponse, Refusal> {
        let html = page.html().map_err(|_| ApiError::internal())?;
        let mut response = HttpResponse::build(status);
        for header in headers::of_pages(Some(&self.issuer)) {
            response.insert_header(header);
        }
        Ok(response.body(html))
    }

    /// Returns a page with a form that was refused: 429 with the time to wait, else 400.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(in crate::oauth::http) fn again(
        &self,
        wait: Option<Duration>,
        page: &impl Page,
    ) -> Result<HttpResponse, Refusal> {
        let status = match wait {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None => StatusCode::BAD_REQUEST,
        };
        let mut response = self.page(status, page)?;
        set_wait(&mut response, wait);
        Ok(response)
    }

    /// Returns a redirect (303). `cookie` is the browser's new one.
    ///
    /// # Errors
    /// 500 if the URL cannot stand in a header.
    pub(in crate::oauth::http) fn see(
        &self,
        url: &str,
        cookie: Option<&Browser>,
    ) -> Result<HttpResponse, Refusal> {
        let location = HeaderValue::from_bytes(url.as_bytes()).map_err(|_| ApiError::internal())?;
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, location));
        response.insert_header(headers::OF_REDIRECTS);
        let mut response = response.finish();
        self.set_cookie(&mut response, cookie)?;
        Ok(response)
    }

    /// Gives the browser a new cookie.
    ///
    /// # Errors
    /// 500 if it cannot stand in a header.
    pub(in crate::oauth::http) fn set_cookie(
        &self,
        response: &mut HttpResponse,
        cookie: Option<&Browser>,
    ) -> Result<(), Refusal> {
        if let Some(cookie) = cookie {
            let text = cookie.set_cookie(&self.issuer);
            let value = HeaderValue::from_str(&text).map_err(|_| ApiError::internal())?;
            response.headers_mut().append(SET_COOKIE, value);
        }
        Ok(())
    }

    /// Returns the response to a visit, with an error as a page.
    ///
    /// # Errors
    /// Returns the errors that are not a page of this visit, such as an unavailable database.
    pub(in crate::oauth::http) async fn finish(
        &self,
        outcome: Result<HttpResponse, Refusal>,
    ) -> Result<HttpResponse, ApiError> {
        let error = match outcome {
            Ok(response) => return Ok(response),
            Err(Refusal::Fault(error)) => return Err(error),
            Err(Refusal::Page(error)) => error,
        };
        self.learn_language().await;
        let page = self.error_page(self.look(&[]), error);
        page.map_err(|_| ApiError::internal())
    }

    /// Returns an error as a page with this look.
    ///
    /// # Errors
    /// 500 if it cannot be rendered.
    pub(in crate::oauth::http) fn error_page(
        &self,
        look: Look,
        error: PageError,
    ) -> Result<HttpResponse, Refusal> {
        let id = RequestId::current().map_or_else(String::new, |id| id.to_string());
        let page = ErrorPage {
            look,
            error,
            detail: None,
            request_id: &id,
        };
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = self.page(status, &page)?;
        if let PageError::Throttled(wait) = error {
            set_wait(&mut response, Some(wait));
        }
        Ok(response)
    }
}

/// Adds the header with the time to wait, in whole seconds.
fn set_wait(response: &mut HttpResponse, wait: Option<Duration>) {
    if let Some(wait) = wait {
        let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}
