//! `[oauth]`: OAuth 2.0 and `OpenID` Connect.

use std::net::IpAddr;
use std::time::Duration;

use ureq::http::Uri;

use super::{Config, Listen, parse, reader::Reader, value::Value};

/// The longest issuer, in bytes: it is in every token.
const LONGEST: usize = 255;

/// The settings of OAuth 2.0 and `OpenID` Connect.
#[derive(Clone, Debug)]
pub struct OAuth {
    /// The issuer identifier (RFC 8414, 2). `None` if it is not set ([`Config::oauth_issuer`]).
    /// Clients compare it byte for byte, so it is kept as it was given. It is not `tokens.issuer`,
    /// which is the issuer of company tokens, operator tokens and sessions.
    pub issuer: Option<String>,
    /// How long an authorization code is valid.
    pub code_lifetime: Duration,
    /// How long a browser may take to open a pushed request (RFC 9126).
    pub par_lifetime: Duration,
    /// How long a used refresh token yields its successor again.
    pub refresh_grace: Duration,
    /// How long a device code is valid (RFC 8628, 3.2).
    pub device_lifetime: Duration,
    /// How long a device must wait between two polls; it is rounded up to whole seconds (RFC 8628, 3.2).
    pub device_interval: Duration,
    /// How long a browser session may be idle.
    pub session_idle: Duration,
    /// How long a browser session lasts at most.
    pub session_lifetime: Duration,
    /// Whether DPoP proofs must have a nonce of this service (RFC 9449, sections 8 and 9).
    pub dpop_nonce: bool,
    /// Whether clients may register themselves with an initial access token (RFC 7591).
    pub registration: bool,
}

impl OAuth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let (second, day) = (Duration::from_secs(1), Duration::from_hours(24));
        Self {
            issuer: reader.optional("oauth.issuer", issuer),
            code_lifetime: reader.setting(
                "oauth.code_lifetime",
                Duration::from_mins(1),
                parse::duration(second..=Duration::from_mins(10)),
            ),
            par_lifetime: reader.setting(
                "oauth.par_lifetime",
                Duration::from_mins(1),
                parse::duration(second..=Duration::from_mins(10)),
            ),
            refresh_grace: reader.setting(
                "oauth.refresh_grace",
                Duration::from_secs(30),
                parse::duration(Duration::ZERO..=day),
            ),
            device_lifetime: reader.setting(
                "oauth.device_lifetime",
                Duration::from_mins(10),
                parse::duration(second..=Duration::from_hours(1)),
            ),
            device_interval: reader.setting(
                "oauth.device_interval",
                Duration::from_secs(5),
                parse::duration(second..=Duration::from_mins(1)),
            ),
            session_idle: reader.setting(
                "oauth.session_idle",
                Duration::from_hours(1),
                parse::duration(second..=day * 30),
            ),
            session_lifetime: reader.setting(
                "oauth.session_lifetime",
                Duration::from_hours(12),
                parse::duration(second..=day * 30),
            ),
            dpop_nonce: reader.setting("oauth.dpop_nonce", false, parse::boolean),
            registration: reader.setting("oauth.registration", false, parse::boolean),
        }
    }
}

impl Config {
    /// Returns the issuer of access tokens and ID tokens: `oauth.issuer`, or by default the first
    /// address that accepts requests, if that is a loopback address without TLS and no proxy is
    /// trusted. Returns `None` if there is no issuer; then OAuth is off.
    #[must_use]
    pub fn oauth_issuer(&self) -> Option<String> {
        if self.oauth.issuer.is_some() {
            return self.oauth.issuer.clone();
        }
        let local = self.http.tls.is_none() && self.http.trusted_proxies.is_empty();
        match self.http.listen.first() {
            // With port 0 the operating system chooses the port, so the address is not known yet.
            Some(Listen::Tcp(address))
                if local && address.ip().is_loopback() && address.port() != 0 =>
            {
                Some(format!("http://{address}"))
            }
            _ => None,
        }
    }
}

/// Parses an origin with the scheme https (RFC 8414, 2); for loopback addresses also http. It has
/// no path, so every URL that clients derive from it is found at the root.
fn issuer(value: &Value) -> Result<String, String> {
    let text = value.text().filter(|text| is_issuer(text));
    text.map(str::to_owned).ok_or_else(|| {
        format!(
            "is {}; it takes an origin like https://id.example.com, of at most {LONGEST} bytes, without user name, path or final \
             slash; http only for localhost, 127.0.0.0/8 and [::1]",
            value.shown()
        )
    })
}

fn is_issuer(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= LONGEST;
    let host_and_port = text.split_once("://").map_or(text, |(_, rest)| rest);
    if !plain || host_and_port.contains(['/', '?', '#', '@', '\\', '"', '<', '>']) {
        return false;
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let Some(authority) = uri.authority() else {
        return false;
    };
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host);
    let port_fits = port.is_some_and(|port| {
        let number = port.strip_prefix(':').map(str::parse::<u16>);
        port.is_empty() || matches!(number, Some(Ok(1..)))
    });
    let scheme_fits = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_loopback(host),
        _ => false,
    };
    !host.is_empty() && port_fits && scheme_fits
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_origin() {
        for good in [
            "https://id.example.com",
            "https://id.example.com:8443",
            "https://[2001:db8::1]",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert!(is_issuer(good), "{good}");
        }
        for bad in [
            "",
            "lanyard",
            "id.example.com",
            "/path",
            "https://id.example.com/",
            "https://id.example.com:8443/tenant/1",
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "ftp://id.example.com",
            "https://",
            "https://:443",
            "https://id.example.com:0",
            "https://id.example.com:x",
            "https://id.example.com?",
            "https://id.example.com/?a=b",
            "https://id.example.com#",
            "https://id.example.com/#a",
            "https://user@id.example.com",
            " https://id.example.com",
            "https://id.exämple.com",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
        assert!(!is_issuer(&format!("https://{}", "a".repeat(LONGEST))));
    }
}
