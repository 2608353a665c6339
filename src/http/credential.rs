//! Credentials: where one may stand in a request (RFC 6750, 2.1, and guide 002's own headers), and what it must be.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName};

use super::{ApiError, rotation};
use crate::app::App;
use crate::base::Timestamp;
use crate::token::{Claims, Kind};
use crate::validate::Refusal;

/// Whoever calls, as a handler wants to know it.
pub trait Credential: Sized {
    /// Whether a request without a credential can pass.
    const REQUIRED: bool;

    /// Checks what the request presents.
    ///
    /// # Errors
    /// 400, 401 or 403.
    fn check(app: &App, request: &HttpRequest, now: Timestamp) -> Result<Self, ApiError>;

    /// Whoever it is, for the audit log.
    fn claims(&self) -> Option<&Claims>;
}

/// Anyone; what is presented is not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

/// The bearer of a company token.
#[derive(Debug, Clone, Copy)]
pub struct Company(pub Claims);

/// The bearer of an operator token.
#[derive(Debug, Clone, Copy)]
pub struct Operator(pub Claims);

/// The bearer of either.
#[derive(Debug, Clone, Copy)]
pub struct CompanyOrOperator(pub Claims);

impl Credential for Anyone {
    const REQUIRED: bool = false;
    fn check(_: &App, _: &HttpRequest, _: Timestamp) -> Result<Self, ApiError> {
        Ok(Self)
    }
    fn claims(&self) -> Option<&Claims> {
        None
    }
}

impl Credential for Company {
    const REQUIRED: bool = true;
    fn check(app: &App, request: &HttpRequest, now: Timestamp) -> Result<Self, ApiError> {
        let claims = bearer(app, request, now)?;
        match claims.kind() {
            Kind::Company => Ok(Self(claims)),
            Kind::Operator => Err(ApiError::forbidden(
                "this needs a company token; an operator token was presented",
            )),
        }
    }
    fn claims(&self) -> Option<&Claims> {
        Some(&self.0)
    }
}

impl Credential for Operator {
    const REQUIRED: bool = true;
    fn check(app: &App, request: &HttpRequest, now: Timestamp) -> Result<Self, ApiError> {
        let claims = bearer(app, request, now)?;
        match claims.kind() {
            Kind::Operator => Ok(Self(claims)),
            Kind::Company => Err(ApiError::forbidden(
                "this needs an operator token; a company token was presented",
            )),
        }
    }
    fn claims(&self) -> Option<&Claims> {
        Some(&self.0)
    }
}

impl Credential for CompanyOrOperator {
    const REQUIRED: bool = true;
    fn check(app: &App, request: &HttpRequest, now: Timestamp) -> Result<Self, ApiError> {
        bearer(app, request, now).map(Self)
    }
    fn claims(&self) -> Option<&Claims> {
        Some(&self.0)
    }
}

fn bearer(app: &App, request: &HttpRequest, now: Timestamp) -> Result<Claims, ApiError> {
    let text = presented(request.headers())?;
    let claims = app
        .validator
        .validate(text, now)
        .map_err(|refusal| match refusal {
            Refusal::Invalid => ApiError::invalid_token(),
            Refusal::Expired(_) => ApiError::token_expired(),
            Refusal::Revoked(_) => ApiError::token_revoked(),
            Refusal::Stale => ApiError::stale(),
            Refusal::Ahead(claims) => ApiError::ahead(claims.rev),
        })?;
    app.uses.note(&claims, now);
    rotation::note(app, request, &claims, now);
    Ok(claims)
}

/// The one credential of a request: the same value twice is one (guide 000 sends two headers), two values are none.
pub(super) fn presented(headers: &HeaderMap) -> Result<&str, ApiError> {
    const KEY: HeaderName = HeaderName::from_static("x-authorization-key");
    const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

    let mut found: Option<&str> = None;
    for value in headers.get_all(AUTHORIZATION) {
        let token = value
            .to_str()
            .ok()
            .and_then(bearer_token)
            .ok_or_else(wrong_scheme)?;
        one(&mut found, token)?;
    }
    for name in [KEY, API_KEY] {
        for value in headers.get_all(name) {
            let token = value
                .to_str()
                .map_err(|_| ApiError::invalid_token())?
                .trim();
            one(&mut found, token)?;
        }
    }
    match found {
        Some("") => Err(ApiError::invalid_token()),
        Some(token) => Ok(token),
        None => Err(ApiError::missing_token(
            "send a token as Authorization: Bearer …, or as X-Authorization-Key",
        )),
    }
}

fn wrong_scheme() -> ApiError {
    ApiError::missing_token("the Authorization header must be: Bearer, a space, and the token")
}

fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn one<'a>(found: &mut Option<&'a str>, token: &'a str) -> Result<(), ApiError> {
    match found {
        Some(other) if *other != token => Err(ApiError::invalid_request(
            "two different credentials were sent; send one",
        )),
        _ => {
            *found = Some(token);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn taken(headers: &[(&'static str, &str)]) -> Result<String, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        presented(&map)
            .map(str::to_owned)
            .map_err(|why| why.to_string()[..3].to_owned())
    }

    #[test]
    fn one_credential_wherever_it_stands() {
        let good = Ok("abc".to_owned());
        assert_eq!(taken(&[("authorization", "Bearer abc")]), good);
        assert_eq!(taken(&[("authorization", "bEARER  abc ")]), good);
        assert_eq!(taken(&[("x-authorization-key", "abc")]), good);
        assert_eq!(taken(&[("x-api-key", "abc")]), good);
        assert_eq!(
            taken(&[("authorization", "Bearer abc"), ("x-api-key", "abc")]),
            good
        );
        assert_eq!(
            taken(&[("authorization", "Bearer abc"), ("x-api-key", "abd")]),
            Err("400".to_owned())
        );
        assert_eq!(
            taken(&[
                ("authorization", "Bearer abc"),
                ("authorization", "Bearer abd")
            ]),
            Err("400".to_owned())
        );
        for bad in ["Basic abc", "Bearer", "Bearer ", "abc", ""] {
            assert_eq!(
                taken(&[("authorization", bad)]),
                Err("401".to_owned()),
                "{bad:?}"
            );
        }
        assert_eq!(taken(&[]), Err("401".to_owned()));
        assert_eq!(taken(&[("x-api-key", "")]), Err("401".to_owned()));
    }
}
