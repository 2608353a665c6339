//! `lanyard health`: asks a running service whether it is ready.

mod ask;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::ask::read;
use super::Common;
use super::output::{Failure, say};
use crate::config::{self, Listen};
use crate::metrics::http::READYZ;

const EXAMPLES: &str = "\
Exits with 0 if /readyz returns ready (the schema is migrated, the database answers, the lease is valid), otherwise \
with 1. Over https the certificate is not verified, because nothing secret is sent.

Examples:
  lanyard health
  lanyard health --url https://tokens.example.com --timeout 5s";

/// Ask a running service whether it is ready
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Health {
    /// URL of the service [default: the first address of http.listen]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Timeout of each step: connect, send, receive
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

#[derive(Debug, PartialEq, Eq)]
struct Target {
    /// The Unix socket; `None` if the service is reached by host and port.
    socket: Option<PathBuf>,
    tls: bool,
    host: String,
    port: u16,
    path: String,
}

impl Health {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let target = match &self.url {
            Some(url) => Target::of_url(url).ok_or_else(|| {
                Failure::new("--url takes http:// or https://, a host, perhaps a port and a path")
            })?,
            None => Target::of_config(&common.load()?.http)?,
        };
        let timeout = self.timeout.max(Duration::from_millis(1));
        let answer = target
            .ask(timeout)
            .map_err(|why| Failure::new(format_args!("{target} does not answer: {why}")))?;
        let (code, status) = read(&answer)
            .ok_or_else(|| Failure::new(format_args!("{target} does not speak HTTP")))?;
        match code {
            200 => say(status),
            _ => Err(Failure::new(format_args!(
                "{target} is not ready: {code} {status}"
            ))),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(socket) = &self.socket {
            return write!(f, "unix:{}", socket.display());
        }
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

impl Target {
    fn of_url(url: &str) -> Option<Self> {
        let (tls, rest) = match url.split_once("://")? {
            ("http", rest) => (false, rest),
            ("https", rest) => (true, rest),
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let usual = if tls { 443 } else { 80 };
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                let port = match after {
                    "" => usual,
                    after => after.strip_prefix(':')?.parse().ok()?,
                };
                (host, port)
            }
            None => match authority.split_once(':') {
                None => (authority, usual),
                Some((host, port)) => (host, port.parse().ok()?),
            },
        };
        let printable = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        (!host.is_empty() && printable(rest) && !rest.contains(['?', '#', '@'])).then(|| Self {
            socket: None,
            tls,
            host: host.to_owned(),
            port,
            path: format!("{}/readyz", path.trim_end_matches('/')),
        })
    }

    fn of_config(http: &config::Http) -> Result<Self, Failure> {
        let address = match http.listen.first() {
            Some(Listen::Unix(path)) => {
                return Ok(Self {
                    socket: Some(path.clone()),
                    tls: false,
                    host: "localhost".to_owned(),
                    port: 80,
                    path: READYZ.to_owned(),
                });
            }
            Some(Listen::Tcp(address)) if address.port() != 0 => address,
            _ => {
                return Err(Failure::new(
                    "http.listen leaves the port to the machine; say where it listens: --url URL",
                ));
            }
        };
        let host = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Ok(Self {
            socket: None,
            tls: http.tls.is_some(),
            host: host.to_string(),
            port: address.port(),
            path: READYZ.to_owned(),
        })
    }

    fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, shown) in [
            ("http://a", "http://a:80/readyz"),
            ("https://a/", "https://a:443/readyz"),
            ("http://a:8080/x/", "http://a:8080/x/readyz"),
            ("http://[::1]:8080", "http://[::1]:8080/readyz"),
            ("https://[::1]", "https://[::1]:443/readyz"),
        ] {
            assert_eq!(Target::of_url(url).unwrap().to_string(), shown);
        }
        for bad in [
            "",
            "a",
            "ftp://a",
            "http://",
            "http://a:b",
            "http://[::1",
            "http://u@a",
            "http://a b",
            "http://a/?b",
        ] {
            assert_eq!(Target::of_url(bad), None, "{bad}");
        }
    }
}
