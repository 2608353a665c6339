//! A call: the caller and the body of a request. Refusals come in the order that the contract
//! defines.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, X_FORWARDED_HOST};
use actix_web::web::Data;

use super::body_budget::Reservation;
use super::transport::{is_https, peer, speaks_tls};
use super::{
    ApiError, Credential, Expected, Named, NoBody, Parameters, RequestId, Unknown, credential,
};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{Sequence, Timestamp};

/// A request that meets the requirements of its type parameters.
pub struct Call<C, B = NoBody> {
    /// The caller.
    pub who: C,
    /// The body.
    pub body: B,
    /// When the credential was judged.
    pub now: Timestamp,
    /// The last sequence of the feed that this node had applied before it judged the credential. A
    /// token that is issued for this call carries it as `rev`. So if the credential is revoked
    /// meanwhile, the new token is revoked as well.
    pub rev: Sequence,
    /// The service. The outer pointer is local to this worker.
    pub app: Data<Arc<App>>,
    pub(super) request: HttpRequest,
    /// The memory of the body, reserved until the call is answered.
    pub(super) _reservation: Option<Reservation>,
}

impl<C: Named, B> Call<C, B> {
    /// Returns the caller and its address, for the audit log.
    pub fn origin(&self) -> Origin {
        Origin {
            actor: self.who.actor(),
            through: self.who.through(),
            address: Some(self.address()),
            request_id: RequestId::current().map(|id| id.to_string()),
        }
    }
}

impl<C: Credential, B> Call<C, B> {
    /// Returns the client's address: that of the peer, or the one that a listed proxy reports.
    pub fn address(&self) -> IpAddr {
        let proxies = &self.app.settings.proxies;
        proxies.client(peer(&self.request), self.request.headers())
    }

    /// Returns the host that a client named to a listed proxy (`X-Forwarded-Host`). `None` if the
    /// request is from no listed proxy, or the header is missing or there twice.
    pub fn forwarded_host(&self) -> Option<&str> {
        let from = peer(&self.request);
        if !self.app.settings.proxies.trusts(from) {
            return None;
        }
        let mut values = self.request.headers().get_all(X_FORWARDED_HOST);
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// Whether the client reached the service by https: this server or a listed proxy speaks it.
    pub fn is_https(&self) -> bool {
        is_https(&self.app, &self.request)
    }

    /// Whether this server itself terminates TLS on the connection.
    pub fn speaks_tls(&self) -> bool {
        speaks_tls(&self.request)
    }

    /// Returns the path of the request, as it was sent.
    pub fn request_path(&self) -> &str {
        self.request.path()
    }

    /// Returns the request itself.
    pub(crate) const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns the method.
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Whether the client wants only the head of the response.
    pub fn is_head(&self) -> bool {
        self.request.method() == Method::HEAD
    }

    /// Returns the credential as it was sent, for a handler that judges it again later.
    ///
    /// # Errors
    /// 400 or 401, as when it was judged first.
    pub fn token(&self) -> Result<&str, ApiError> {
        credential::presented(self.request.headers())
    }

    /// Returns the value of a parameter of the path.
    pub fn path(&self, name: &str) -> &str {
        self.request.match_info().query(name)
    }

    /// Returns the query string as it was sent, without the question mark.
    pub fn query_string(&self) -> &str {
        self.request.query_string()
    }

    /// Returns the parameters of the query string with these names. Others are ignored.
    ///
    /// # Errors
    /// 400 with the name of a parameter that occurs twice or cannot be decoded.
    pub fn query(&self, names: &[&'static str]) -> Result<Parameters<'_>, ApiError> {
        let expected = Expected {
            names,
            unknown: Unknown::Ignored,
            // The size of a request's head is bounded anyway.
            longest: usize::MAX,
        };
        Parameters::read(self.request.query_string().as_bytes(), expected)
    }
}
