//! The guard: it decides to which URLs and to which addresses the client may connect.
//!
//! The law: the guard parses the URL with the client's own parser, and the addresses that it checks
//! are those that the client connects to. So a later change of what the name resolves to has no
//! effect, and neither has another parser that reads the URL differently.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;
use ureq::http::uri::Scheme;

use super::address::is_public;

/// The largest number of bytes of a URL.
const LONGEST: usize = 2_048;

/// Why the client does not connect. The text completes a sentence that begins with the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is not an absolute URL in ASCII.
    #[error("must be an absolute URL in ASCII, such as https://example.com/hook")]
    NotAUrl,
    /// The URL has more than 2048 bytes.
    #[error("must have at most 2048 bytes")]
    TooLong,
    /// The scheme is not https, and not http where private addresses are allowed.
    #[error("must be https")]
    Scheme,
    /// The URL has a user name or a password.
    #[error("must not have a user name or password in it")]
    UserInfo,
    /// The URL has a fragment, which would never be sent.
    #[error("must not have a fragment (#…)")]
    Fragment,
    /// The host is neither a name nor an address.
    #[error("must have a host that is a name or an address")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("must have a port from 1 to 65535, or none")]
    Port,
    /// An address is not on the public internet.
    #[error(
        "must lead to an address of the public internet (unless webhooks.allow_private is set)"
    )]
    Private,
}

/// Checks a URL without resolving its name.
///
/// # Errors
/// Returns the [`Refusal`].
pub fn check_url(text: &str, allow_private: bool) -> Result<(), Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::TooLong);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
        return Err(Refusal::NotAUrl);
    }
    if text.contains('#') {
        return Err(Refusal::Fragment);
    }
    let uri: Uri = text.parse().map_err(|_| Refusal::NotAUrl)?;
    let scheme = uri.scheme().ok_or(Refusal::NotAUrl)?;
    let plain = *scheme == Scheme::HTTP && allow_private;
    if *scheme != Scheme::HTTPS && !plain {
        return Err(Refusal::Scheme);
    }
    let authority = uri.authority().ok_or(Refusal::NotAUrl)?;
    if authority.as_str().contains('@') {
        return Err(Refusal::UserInfo);
    }
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host).ok_or(Refusal::Host)?;
    if !port.is_empty() {
        let number = port.strip_prefix(':').and_then(|port| port.parse().ok());
        if number.is_none_or(|number: u16| number == 0) {
            return Err(Refusal::Port);
        }
    }
    check_host(host, allow_private)
}

fn check_host(host: &str, allow_private: bool) -> Result<(), Refusal> {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = match bracketed {
        Some(inner) => Some(IpAddr::V6(
            inner.parse::<Ipv6Addr>().map_err(|_| Refusal::Host)?,
        )),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    };
    if let Some(address) = address {
        return check_addresses(&[address], allow_private);
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let sound = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    // Some parsers read "0x7f.1" and "2130706433" as addresses, others as names.
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if name.len() > 253 || !name.split('.').all(sound) || numeric {
        return Err(Refusal::Host);
    }
    if last == "localhost" && !allow_private {
        return Err(Refusal::Private);
    }
    Ok(())
}

fn check_addresses(addresses: &[IpAddr], allow_private: bool) -> Result<(), Refusal> {
    if allow_private || addresses.iter().copied().all(is_public) {
        return Ok(());
    }
    Err(Refusal::Private)
}

/// Checks a URL together with all addresses that its host resolved to; the client connects to one
/// of these. If one of them is not public, the URL is refused: no legitimate name resolves to such
/// a mixture.
///
/// # Errors
/// Returns the [`Refusal`].
pub fn guard(url: &str, addresses: &[IpAddr], allow_private: bool) -> Result<(), Refusal> {
    check_url(url, allow_private)?;
    check_addresses(addresses, allow_private)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8));
    const PRIVATE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn what_is_refused_and_why() {
        for (url, expected) in [
            ("https://example.com/hook?x=1", None),
            ("https://example.com:8443", None),
            ("https://8.8.8.8/", None),
            ("https://[2606:4700::1111]:443/", None),
            ("https://xn--bcher-kva.example./", None),
            ("http://example.com/", Some(Refusal::Scheme)),
            ("ftp://example.com/", Some(Refusal::Scheme)),
            ("file:///etc/passwd", Some(Refusal::NotAUrl)),
            ("", Some(Refusal::NotAUrl)),
            ("/hook", Some(Refusal::NotAUrl)),
            ("example.com", Some(Refusal::NotAUrl)),
            ("https://", Some(Refusal::NotAUrl)),
            ("https:///hook", Some(Refusal::NotAUrl)),
            ("https://bücher.example/", Some(Refusal::NotAUrl)),
            ("https://exa mple.com/", Some(Refusal::NotAUrl)),
            ("https://example.com\\@10.0.0.1/", Some(Refusal::NotAUrl)),
            ("https://example.com/\r\nx: y", Some(Refusal::NotAUrl)),
            ("https://user@example.com/", Some(Refusal::UserInfo)),
            ("https://8.8.8.8@10.0.0.1/", Some(Refusal::UserInfo)),
            ("https://u:p@example.com/", Some(Refusal::UserInfo)),
            ("https://example.com/#x", Some(Refusal::Fragment)),
            ("https://example.com:0/", Some(Refusal::Port)),
            ("https://127.0.0.1/", Some(Refusal::Private)),
            ("https://[::1]/", Some(Refusal::Private)),
            ("https://[::ffff:127.0.0.1]/", Some(Refusal::Private)),
            ("https://169.254.169.254/latest", Some(Refusal::Private)),
            ("https://localhost/", Some(Refusal::Private)),
            ("https://a.LOCALHOST./", Some(Refusal::Private)),
            ("https://2130706433/", Some(Refusal::Host)),
            ("https://0x7f000001/", Some(Refusal::Host)),
            ("https://127.1/", Some(Refusal::Host)),
            ("https://0177.0.0.1/", Some(Refusal::Host)),
            ("https://a..b/", Some(Refusal::Host)),
        ] {
            assert_eq!(check_url(url, false).err(), expected, "{url}");
        }
        let long = format!("https://example.com/{}", "x".repeat(2_048));
        assert_eq!(check_url(&long, false), Err(Refusal::TooLong));
        for bad in [
            "https://example.com:65536/",
            "https://example.com:/",
            "https://[fe80::1%25eth0]/",
        ] {
            assert!(check_url(bad, false).is_err(), "{bad}");
        }
        for url in [
            "http://localhost:3000/",
            "http://127.0.0.1/",
            "https://[fd00::1]/",
        ] {
            assert_eq!(check_url(url, true), Ok(()), "{url}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,80}", rest in "[a-z0-9:@/?#.\\[\\]%-]{0,40}") {
            let _ = check_url(&text, false);
            let _ = check_url(&format!("https://{rest}"), true);
        }

        #[test]
        fn one_private_address_is_enough(public in 0usize..4, place in any::<prop::sample::Index>()) {
            let mut addresses = vec![PUBLIC; public];
            prop_assert_eq!(guard("https://example.com/", &addresses, false), Ok(()));
            addresses.insert(place.index(public + 1), PRIVATE);
            prop_assert_eq!(guard("https://example.com/", &addresses, false), Err(Refusal::Private));
            prop_assert_eq!(guard("https://example.com/", &addresses, true), Ok(()));
        }

        #[test]
        fn what_passes_has_a_host_that_the_client_sees_as_well(rest in "[a-zA-Z0-9:@/?.\\[\\]-]{1,40}") {
            let url = format!("https://{rest}");
            if check_url(&url, false).is_ok() {
                let uri: Uri = url.parse().unwrap();
                let host = uri.host().unwrap();
                prop_assert!(!host.is_empty() && rest.starts_with(host), "{}", url);
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                if let Ok(address) = bare.parse::<IpAddr>() {
                    prop_assert!(is_public(address), "{}", url);
                }
            }
        }
    }
}
