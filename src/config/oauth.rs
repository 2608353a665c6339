//! `[oauth]`: OAuth 2.0 and `OpenID` Connect.

use std::net::IpAddr;

use ureq::http::Uri;

use super::{reader::Reader, value::Value};

/// The longest issuer, in bytes: it is in every token.
const LONGEST: usize = 255;

/// What OAuth 2.0 needs to know.
#[derive(Clone, Debug)]
pub struct OAuth {
    /// The issuer identifier (RFC 8414, 2). `None` if it is not set. Clients compare it byte for byte, so it is kept as it was
    /// given. `tokens.issuer` is another: it is the issuer of company and operator tokens.
    pub issuer: Option<String>,
}

impl OAuth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            issuer: reader.optional("oauth.issuer", issuer),
        }
    }
}

/// A URL with the scheme https and without query or fragment (RFC 8414, 2); on this machine's own addresses also http.
fn issuer(value: &Value) -> Result<String, String> {
    let text = value.text().filter(|text| is_issuer(text));
    text.map(str::to_owned).ok_or_else(|| {
        format!(
            "is {}; it takes a URL like https://id.example.com, of at most {LONGEST} bytes, without user name, query or \
             fragment; http only for localhost, 127.0.0.0/8 and [::1]",
            value.shown()
        )
    })
}

fn is_issuer(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= LONGEST;
    if !plain || text.contains(['?', '#', '@', '\\', '"', '<', '>']) {
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
    fn an_issuer_is_a_url_without_query_and_fragment() {
        for good in [
            "https://id.example.com",
            "https://id.example.com/",
            "https://id.example.com:8443/tenant/1",
            "https://[2001:db8::1]/",
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
