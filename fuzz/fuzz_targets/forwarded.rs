//! Headers of proxies about their clients: whatever a client writes before the entry of the listed
//! proxy, that entry is read.

#![no_main]

use std::net::IpAddr;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use arbitrary::Arbitrary;
use lanyard::config::AddressHeader;
use lanyard::http::{Proxies, Scheme};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Attempt<'a> {
    /// The text that the client writes.
    own: &'a [u8],
    client: IpAddr,
    forwarded: bool,
    same_line: bool,
}

fuzz_target!(|attempt: Attempt<'_>| {
    let peer: IpAddr = [10, 0, 0, 1].into();
    let client = attempt.client.to_canonical();
    if client == peer {
        return;
    }
    let (header, name, entry) = if attempt.forwarded {
        let entry = format!("for=\"[{client}]\";proto=https");
        (AddressHeader::Forwarded, "forwarded", entry)
    } else {
        (AddressHeader::XForwardedFor, "x-forwarded-for", client.to_string())
    };
    let lines = if attempt.same_line {
        vec![[attempt.own, b", ", entry.as_bytes()].concat()]
    } else {
        vec![attempt.own.to_vec(), entry.into_bytes()]
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        // A text that no server accepts as a header never reaches the parser.
        let Ok(value) = HeaderValue::from_bytes(&line) else {
            return;
        };
        headers.append(HeaderName::from_static(name), value);
    }
    let proxies = Proxies::new(vec![peer.into()], header);
    assert_eq!(proxies.client(peer, &headers), client);
    if attempt.forwarded {
        assert_eq!(proxies.scheme(peer, &headers), Scheme::Https);
    }
    let nobody = Proxies::new(Vec::new(), header);
    assert_eq!(nobody.client(peer, &headers), peer);
    assert_eq!(nobody.scheme(peer, &headers), Scheme::Unspecified);
});
