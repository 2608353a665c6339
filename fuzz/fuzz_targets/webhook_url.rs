//! Webhook URLs as callers choose them: a URL that the guard accepts leads to a public https
//! address according to another parser, too.

#![no_main]

use std::net::IpAddr;

use arbitrary::Arbitrary;
use lanyard::outbound::{guard, is_public};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    text: &'a str,
    /// Whether `https://` is put in front, with which random bytes would seldom begin.
    https: bool,
    addresses: Vec<IpAddr>,
}

fuzz_target!(|attempt: Attempt<'_>| {
    let scheme = if attempt.https { "https://" } else { "" };
    let text = format!("{scheme}{}", attempt.text);
    if guard(&text, &attempt.addresses, false).is_err() {
        return;
    }
    assert_eq!(guard(&text, &attempt.addresses, true), Ok(()), "{text}");
    assert!(attempt.addresses.iter().copied().all(is_public), "{text}");
    // The other parser refuses more, such as names that are not IDNA; but it reads what it accepts
    // in the same way.
    let Ok(url) = Url::parse(&text) else { return };
    assert_eq!(url.scheme(), "https", "{text}");
    assert_eq!((url.username(), url.password()), ("", None), "{text}");
    assert_ne!(url.port(), Some(0), "{text}");
    let seen: http::Uri = text.parse().unwrap();
    let host = seen.host().unwrap().to_ascii_lowercase();
    match url.host().unwrap() {
        Host::Domain(name) => {
            assert_eq!(name, host, "{text}");
            assert_ne!(name.trim_end_matches('.'), "localhost", "{text}");
        }
        Host::Ipv4(address) => {
            assert!(is_public(address.into()), "{text}");
            assert_eq!(address.to_string(), host, "{text}");
        }
        Host::Ipv6(address) => assert!(is_public(address.into()), "{text}"),
    }
});
