//! Posting one message. Nothing is followed, nothing of the answer is read but its head, and no address is connected to that
//! the guard has not seen.

use std::fmt;
use std::io;
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

use super::super::url::{Refusal, guard};

/// The most bytes of an answer's head.
const HEAD: usize = 16 * 1024;

/// What came of posting a message.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The endpoint answered; when it asks to be left alone for a while, for how long (`Retry-After`, RFC 9110, 10.2.3; a date is
    /// not read).
    Answered {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// It did not, or was not asked.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { status, .. } => write!(f, "status {status}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

/// Posts messages.
pub(super) struct Client {
    agent: OnceLock<Agent>,
    allow_private: bool,
    timeout: Duration,
}

impl Client {
    pub(super) fn new(allow_private: bool, timeout: Duration) -> Self {
        Self {
            agent: OnceLock::new(),
            allow_private,
            timeout,
        }
    }

    /// Posts `body`; the whole, the name's look-up included, takes no longer than the time-out.
    pub(super) fn post(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Outcome {
        let mut request = self
            .agent()
            .post(url)
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match request.send(body) {
            Ok(answer) => Outcome::Answered {
                status: answer.status().as_u16(),
                retry_after: answer.headers().get(RETRY_AFTER).and_then(seconds),
            },
            Err(why) => Outcome::Failed(tell(why)),
        }
    }

    /// Made at the first message: most services have no webhooks, and the machine's certificates take a while to read.
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
            "this machine has no certificates of authorities: webhooks cannot be delivered over https"
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

/// Resolves a name once and lets the guard look at what came of it; these are the addresses that are connected to.
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

/// Why there was no answer, for the endpoint's owner: never which address a name led to.
fn tell(why: ureq::Error) -> String {
    match why {
        ureq::Error::Other(why) => match why.downcast_ref::<Refusal>() {
            Some(refusal) => format!("not sent: the url {refusal}"),
            None => "the request failed".to_owned(),
        },
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the host has no address".to_owned(),
        // What rustls finds in the handshake comes as an error of the connection.
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
    }
    .chars()
    .take(200)
    .collect()
}
