//! Webhook URLs as callers choose them: what the guard lets pass leads to a public https address, in the eyes of another
//! parser, too.

#![no_main]

use std::net::IpAddr;

use arbitrary::Arbitrary;
use lanyard::outbound::{guard, is_public};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    text: &'a str,
    /// Put before it, which random bytes would seldom begin with.
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
    // The other one refuses more, such as names that are no IDNA; but it sees nothing else in what it takes.
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
