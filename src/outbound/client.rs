//! The client. It follows no redirect, reads of a response no more than it was asked for, and
//! connects to no address that the guard has not checked.

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::header::RETRY_AFTER;
use ureq::http::{HeaderValue, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::url::{Refusal, guard};

/// The largest number of bytes of the head of a response.
const HEAD: usize = 16 * 1024;

/// The largest number of characters of the text of an error.
const MOST_SAID: usize = 200;

/// The head of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the server requests that the client waits (`Retry-After` in seconds, RFC 9110,
    /// section 10.2.3; a date there is ignored). `None` if there is no such header.
    pub retry_after: Option<Duration>,
}

/// A response with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no response with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was no complete response.
    #[error("{0}")]
    Failed(SendError),
    /// The body is longer than the caller allows.
    #[error("the answer is too long")]
    TooLong,
}

/// Why there was no response, in words for the person who configured the URL. They never contain
/// the address that a name resolved to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SendError(String);

/// Sends requests to URLs that come from callers.
pub struct Client {
    agent: OnceLock<Agent>,
    allow_private: bool,
    timeout: Duration,
}

impl Client {
    /// Makes a client. If `allow_private` is set, it also connects to addresses that are not on the
    /// public internet, and over plain HTTP. A request, including the look-up of the name, takes at
    /// most `timeout`.
    #[must_use]
    pub const fn new(allow_private: bool, timeout: Duration) -> Self {
        Self {
            agent: OnceLock::new(),
            allow_private,
            timeout,
        }
    }

    /// Posts `body` as JSON.
    ///
    /// # Errors
    /// Returns a [`SendError`] if the guard refuses the URL or one of its addresses, or if no
    /// complete head of a response (at most 16 KiB) arrives within the timeout.
    pub fn post_json(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, SendError> {
        let mut request = self
            .agent()
            .post(url)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send(body).map_err(describe)?;
        Ok(Answer {
            status: answer.status().as_u16(),
            retry_after: answer.headers().get(RETRY_AFTER).and_then(seconds),
        })
    }

    /// Gets a URL once, with a body of at most `longest` bytes. The error never contains the URL.
    ///
    /// # Errors
    /// Returns [`GetError::TooLong`] if the body is longer, and [`GetError::Failed`] if the guard
    /// refuses the URL or one of its addresses, or the response is not complete within the timeout.
    pub fn get(&self, url: &str, longest: usize) -> Result<Page, GetError> {
        let answer = self.agent().get(url).call();
        let answer = answer.map_err(|why| GetError::Failed(describe(why)))?;
        let status = answer.status().as_u16();
        let most = u64::try_from(longest).unwrap_or(u64::MAX);
        let mut body = Vec::new();
        answer
            .into_body()
            .into_reader()
            .take(most.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|why| GetError::Failed(describe(why.into())))?;
        if body.len() > longest {
            return Err(GetError::TooLong);
        }
        Ok(Page { status, body })
    }

    /// Returns the agent, which is made at the first request: many services send none, and reading
    /// the machine's certificates takes a while.
    fn agent(&self) -> &Agent {
        self.agent.get_or_init(|| {
            let config = Agent::config_builder()
                .https_only(!self.allow_private)
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(None)
                .max_idle_connections(0)
                .max_response_header_size(HEAD)
                .timeout_global(Some(self.timeout))
                .user_agent(concat!("Lanyard/", env!("CARGO_PKG_VERSION")))
                .tls_config(tls())
                .build();
            let resolver = Guarded {
                names: DefaultResolver::default(),
                allow_private: self.allow_private,
            };
            Agent::with_parts(config, DefaultConnector::default(), resolver)
        })
    }
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    let seconds = value.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        tracing::warn!(
            ?why,
            "this machine has no certificates of authorities: no request over https can be sent to webhooks or WeChat"
        );
    }
    let roots: Vec<_> = found
        .certs
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build()
}

/// Resolves a name once, and checks the addresses with the guard. The client connects to one of
/// these.
#[derive(Debug)]
struct Guarded {
    names: DefaultResolver,
    allow_private: bool,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
        guard(&uri.to_string(), &addresses, self.allow_private)
            .map_err(|refusal| ureq::Error::Other(Box::new(refusal)))?;
        Ok(found)
    }
}

fn is_of_tls(why: &io::Error) -> bool {
    let inner = why.get_ref();
    inner
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .is_some()
}

fn describe(why: ureq::Error) -> SendError {
    let text = match why {
        ureq::Error::Other(why) => match why.downcast_ref::<Refusal>() {
            Some(refusal) => format!("not sent: the url {refusal}"),
            None => "the request failed".to_owned(),
        },
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        // Its text has the URL, which may hold a secret.
        ureq::Error::BadUri(_) => "the url cannot be used".to_owned(),
        ureq::Error::HostNotFound => "the host has no address".to_owned(),
        // An error that rustls finds in the handshake arrives as an error of the connection.
        ureq::Error::Io(why) if is_of_tls(&why) => format!("TLS: {why}"),
        ureq::Error::Io(why) => match why.kind() {
            io::ErrorKind::ConnectionRefused => "the connection was refused".to_owned(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => {
                "the connection was broken off".to_owned()
            }
            io::ErrorKind::TimedOut => "no answer in time".to_owned(),
            kind => format!("the connection failed: {kind}"),
        },
        ureq::Error::Rustls(why) => format!("TLS: {why}"),
        ureq::Error::Tls(why) => format!("TLS: {why}"),
        other => format!("the answer could not be read: {other}"),
    };
    SendError(text.chars().take(MOST_SAID).collect())
}
