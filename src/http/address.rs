//! Whose request it is, when proxies stand between: only listed ones are believed (RFC 7239, 8.1).

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{
    FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR, X_FORWARDED_PROTO,
};
use ipnet::IpNet;

/// The proxies whose word counts.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

/// What one hop says of the one before it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Hop {
    from: Option<IpAddr>,
    https: Option<bool>,
}

impl Proxies {
    /// The networks of trusted proxies.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client: walking back from the connection's other end, the first address that is no trusted proxy's. What cannot
    /// be read ends the walk at the proxy that sent it.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if !self.trusts(peer) {
            return client;
        }
        for hop in hops(headers).iter().rev() {
            let Some(from) = hop.from else { break };
            client = from;
            if !self.trusts(from) {
                break;
            }
        }
        client
    }

    /// Whether the proxy at the other end is trusted and says that the client came by https. Of several hops the nearest
    /// word counts: a client can write any header, but not after the proxy.
    #[must_use]
    pub fn says_https(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        self.trusts(peer) && hops(headers).iter().rev().find_map(|hop| hop.https) == Some(true)
    }
}

/// The chain of hops, the nearest last: from `Forwarded` if it is there, else from `X-Forwarded-*`.
fn hops(headers: &HeaderMap) -> Vec<Hop> {
    if headers.contains_key(FORWARDED) {
        return list(headers, FORWARDED)
            .map(|element| forwarded(&element))
            .collect();
    }
    let mut hops: Vec<_> = list(headers, X_FORWARDED_FOR)
        .map(|text| Hop {
            from: node(&text),
            https: None,
        })
        .collect();
    if let Some(proto) = list(headers, X_FORWARDED_PROTO).last() {
        let https = Some(proto.eq_ignore_ascii_case("https"));
        match hops.last_mut() {
            Some(hop) => hop.https = https,
            None => hops.push(Hop { from: None, https }),
        }
    }
    hops
}

fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = String> {
    let mut items = Vec::new();
    for value in headers.get_all(name) {
        items.extend(
            value
                .to_str()
                .unwrap_or_default()
                .split(',')
                .map(|item| item.trim().to_owned()),
        );
    }
    items.into_iter()
}

fn forwarded(element: &str) -> Hop {
    let mut hop = Hop::default();
    for (name, value) in element.split(';').filter_map(|pair| pair.split_once('=')) {
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("for") {
            hop.from = node(value);
        } else if name.trim().eq_ignore_ascii_case("proto") {
            hop.https = Some(value.eq_ignore_ascii_case("https"));
        }
    }
    hop
}

/// An address with or without a port, IPv6 with or without brackets (RFC 7239, 6).
fn node(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    fn proxies() -> Proxies {
        Proxies::new(vec![
            "10.0.0.0/8".parse().unwrap(),
            "::1/128".parse().unwrap(),
        ])
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(name.parse().unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }

    fn client(peer: &str, lines: &[(&str, &str)]) -> String {
        proxies()
            .client(peer.parse().unwrap(), &headers(lines))
            .to_string()
    }

    #[test]
    fn only_listed_proxies_are_believed() {
        let says = [("x-forwarded-for", "198.51.100.7")];
        assert_eq!(client("203.0.113.9", &says), "203.0.113.9");
        assert_eq!(client("10.1.2.3", &says), "198.51.100.7");
        assert_eq!(client("::ffff:10.1.2.3", &says), "198.51.100.7");
    }

    #[test]
    fn what_a_client_wrote_before_the_proxy_does_not_count() {
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, 198.51.100.7")]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "198.51.100.7, 10.0.0.2")]),
            "198.51.100.7"
        );
        assert_eq!(
            client(
                "10.0.0.1",
                &[
                    ("x-forwarded-for", "1.1.1.1"),
                    ("x-forwarded-for", "198.51.100.7")
                ]
            ),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "198.51.100.7, garbage")]),
            "10.0.0.1"
        );
    }

    #[test]
    fn forwarded_is_read_in_every_spelling() {
        assert_eq!(
            client(
                "::1",
                &[(
                    "forwarded",
                    r#"for=198.51.100.7;proto=http, For="[2001:db8::9]:4711""#
                )]
            ),
            "2001:db8::9"
        );
        assert_eq!(
            client(
                "::1",
                &[
                    ("forwarded", "for=198.51.100.7:80"),
                    ("x-forwarded-for", "1.1.1.1")
                ]
            ),
            "198.51.100.7"
        );
        assert_eq!(client("::1", &[("forwarded", "for=unknown")]), "::1");
    }

    #[test]
    fn https_is_the_nearest_proxys_word() {
        let says = |peer: &str, lines: &[(&str, &str)]| {
            proxies().says_https(peer.parse().unwrap(), &headers(lines))
        };
        assert!(says("10.0.0.1", &[("x-forwarded-proto", "https")]));
        assert!(says(
            "10.0.0.1",
            &[
                ("x-forwarded-for", "1.1.1.1"),
                ("x-forwarded-proto", "https")
            ]
        ));
        assert!(says(
            "10.0.0.1",
            &[("forwarded", "for=1.1.1.1;proto=https")]
        ));
        assert!(!says("10.0.0.1", &[("x-forwarded-proto", "https, http")]));
        assert!(!says(
            "10.0.0.1",
            &[("forwarded", "proto=https, for=1.1.1.1;proto=http")]
        ));
        assert!(!says("10.0.0.1", &[]));
        assert!(!says("203.0.113.9", &[("x-forwarded-proto", "https")]));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(text in "[ -~]{0,80}") {
            for name in ["forwarded", "x-forwarded-for", "x-forwarded-proto"] {
                let _ = client("10.0.0.1", &[(name, &text)]);
            }
        }
    }
}
