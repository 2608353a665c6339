//! Finds the client of a request behind proxies. Only listed proxies are trusted (RFC 7239, 8.1),
//! and only the header family that `http.client_address_header` names is read: a proxy passes on
//! the other one as the client wrote it.

use std::net::IpAddr;

use actix_web::http::header::{
    FORWARDED, HeaderMap, HeaderName, HeaderValue, X_FORWARDED_FOR, X_FORWARDED_PROTO,
};
use ipnet::IpNet;

use super::forwarded::{element, elements, node};
use crate::config::AddressHeader;

/// The listed proxies, and the header they write.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    networks: Vec<IpNet>,
    header: AddressHeader,
}

/// How the client reached a listed proxy, by that proxy's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// There is no header, or the peer is not a listed proxy: the connection itself decides.
    Unspecified,
    /// By https.
    Https,
    /// By http, or the header has another value.
    Insecure,
}

impl Proxies {
    /// Returns proxies in these networks, trusted to write this header.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>, header: AddressHeader) -> Self {
        Self { networks, header }
    }

    /// Whether the address is in a listed network. An IPv4 address is compared in its IPv4-mapped
    /// form as well, so that a network matches in whichever form it was written (RFC 4291,
    /// 2.5.5.2).
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let mapped = match address {
            IpAddr::V4(address) => Some(IpAddr::V6(address.to_ipv6_mapped())),
            IpAddr::V6(_) => None,
        };
        self.networks.iter().any(|network| {
            network.contains(&address) || mapped.is_some_and(|mapped| network.contains(&mapped))
        })
    }

    /// Returns the client's address: the first one that is not a listed proxy, starting from the
    /// peer and going back. An entry that cannot be parsed ends the search at the proxy that wrote
    /// it.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        match self.header {
            AddressHeader::XForwardedFor => self.walk(
                peer,
                lines(headers, &X_FORWARDED_FOR)
                    .flat_map(|line| line.rsplit(|byte| *byte == b','))
                    .map(|entry| std::str::from_utf8(entry).ok().and_then(node)),
            ),
            AddressHeader::Forwarded => self.walk(
                peer,
                lines(headers, &FORWARDED)
                    .flat_map(elements)
                    .map(|text| node(&element(text)?.from?)),
            ),
        }
    }

    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut client = peer;
        for hop in hops {
            let (true, Some(from)) = (self.trusts(client), hop) else {
                break;
            };
            client = from;
        }
        client
    }

    /// Returns how the client reached the listed proxy that is the peer. Only the last of several
    /// entries is used, because that proxy wrote it.
    #[must_use]
    pub fn scheme(&self, peer: IpAddr, headers: &HeaderMap) -> Scheme {
        if !self.trusts(peer) {
            return Scheme::Unspecified;
        }
        match self.header {
            AddressHeader::XForwardedFor => {
                let Some(line) = lines(headers, &X_FORWARDED_PROTO).next() else {
                    return Scheme::Unspecified;
                };
                line.rsplit(|byte| *byte == b',')
                    .next()
                    .map_or(Scheme::Insecure, Scheme::of)
            }
            AddressHeader::Forwarded => {
                let Some(line) = lines(headers, &FORWARDED).next() else {
                    return Scheme::Unspecified;
                };
                match elements(line).next().and_then(element) {
                    None => Scheme::Insecure,
                    Some(element) => element
                        .proto
                        .map_or(Scheme::Unspecified, |proto| Scheme::of(proto.as_bytes())),
                }
            }
        }
    }
}

impl Scheme {
    fn of(word: &[u8]) -> Self {
        if word.trim_ascii().eq_ignore_ascii_case(b"https") {
            Self::Https
        } else {
            Self::Insecure
        }
    }
}

/// Returns the lines of a header, the last first: a proxy may add a line of its own instead of
/// appending to one.
fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers.get_all(name).rev().map(HeaderValue::as_bytes)
}

#[cfg(test)]
mod tests;
