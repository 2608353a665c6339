//! Which address is the client's, and what a client cannot forge.

use super::*;
use proptest::prelude::*;

fn proxies(header: AddressHeader) -> Proxies {
    let networks = ["10.0.0.0/8", "::1/128", "::ffff:192.168.0.0/112"];
    Proxies::new(
        networks.iter().map(|text| text.parse().unwrap()).collect(),
        header,
    )
}

fn headers(lines: &[(&str, &[u8])]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(
            name.parse().unwrap(),
            HeaderValue::from_bytes(value).unwrap(),
        );
    }
    map
}

fn x_client(peer: &str, lines: &[&[u8]]) -> String {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| ("x-forwarded-for", *line))
        .collect();
    proxies(AddressHeader::XForwardedFor)
        .client(peer.parse().unwrap(), &headers(&lines))
        .to_string()
}

fn client(peer: &str, lines: &[&[u8]]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| ("forwarded", *line)).collect();
    proxies(AddressHeader::Forwarded)
        .client(peer.parse().unwrap(), &headers(&lines))
        .to_string()
}

#[test]
fn only_listed_proxies_are_believed() {
    let says: [&[u8]; 1] = [b"198.51.100.7"];
    assert_eq!(x_client("203.0.113.9", &says), "203.0.113.9");
    assert_eq!(x_client("::ffff:203.0.113.9", &says), "203.0.113.9");
    for proxy in [
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "192.168.0.9",
        "::ffff:192.168.0.9",
        "::1",
    ] {
        assert_eq!(x_client(proxy, &says), "198.51.100.7", "{proxy}");
    }
    assert_eq!(x_client("192.169.0.1", &says), "192.169.0.1");
}

#[test]
fn what_a_client_wrote_before_the_proxy_does_not_count() {
    for (lines, expected) in [
        (vec![b"1.1.1.1, 198.51.100.7".as_slice()], "198.51.100.7"),
        (vec![b"198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        (vec![b"198.51.100.7, 192.168.0.2, 10.0.0.2"], "198.51.100.7"),
        (vec![b"1.1.1.1", b"198.51.100.7"], "198.51.100.7"),
        (vec![b"198.51.100.7", b"10.0.0.2"], "198.51.100.7"),
        (vec![b"\xff, 198.51.100.7"], "198.51.100.7"),
        (vec![b"\xff", b"198.51.100.7"], "198.51.100.7"),
        (vec![b"198.51.100.7, garbage"], "10.0.0.1"),
        (vec![b"198.51.100.7, \xff"], "10.0.0.1"),
        (vec![b"198.51.100.7,"], "10.0.0.1"),
        (vec![b"198.51.100.7, ,10.0.0.2"], "10.0.0.2"),
        (vec![b""], "10.0.0.1"),
        (vec![], "10.0.0.1"),
    ] {
        assert_eq!(x_client("10.0.0.1", &lines), expected, "{lines:?}");
    }
}

#[test]
fn of_forwarded_the_elements_count_that_listed_proxies_wrote() {
    for (lines, expected) in [
        (
            vec![br#"for=1.1.1.1;proto=http, For="[2001:db8::9]:4711""#.as_slice()],
            "2001:db8::9",
        ),
        (vec![b"for=198.51.100.7, for=10.0.0.2"], "198.51.100.7"),
        (vec![b"for=\", for=198.51.100.7"], "198.51.100.7"),
        (vec![b"for=\"\xff\\, for=198.51.100.7"], "198.51.100.7"),
        (vec![b"for=1.1.1.1;for=2.2.2.2"], "10.0.0.1"),
        (
            vec![br#"for=198.51.100.7;by="a;for=1.1.1.1""#],
            "198.51.100.7",
        ),
        (
            vec![br#"for=198.51.100.7;by="a, for=1.1.1.1""#],
            "198.51.100.7",
        ),
        (vec![b"for=1.1.1.1", b"for=198.51.100.7"], "198.51.100.7"),
        (vec![b"for=198.51.100.7, for=unknown"], "10.0.0.1"),
        (vec![b"proto=https"], "10.0.0.1"),
    ] {
        assert_eq!(client("10.0.0.1", &lines), expected, "{lines:?}");
    }
}

#[test]
fn the_other_family_is_never_read() {
    let both = headers(&[
        ("forwarded", b"for=1.1.1.1;proto=https"),
        ("x-forwarded-for", b"2.2.2.2"),
        ("x-forwarded-proto", b"http"),
    ]);
    let peer = "10.0.0.1".parse().unwrap();
    let x = proxies(AddressHeader::XForwardedFor);
    assert_eq!(x.client(peer, &both).to_string(), "2.2.2.2");
    assert_eq!(x.scheme(peer, &both), Scheme::Insecure);
    let forwarded = proxies(AddressHeader::Forwarded);
    assert_eq!(forwarded.client(peer, &both).to_string(), "1.1.1.1");
    assert_eq!(forwarded.scheme(peer, &both), Scheme::Https);
}

#[test]
fn the_scheme_is_the_nearest_proxys_word() {
    let says = |header, lines: &[(&str, &[u8])]| {
        proxies(header).scheme("10.0.0.1".parse().unwrap(), &headers(lines))
    };
    for (values, expected) in [
        (vec![b"https".as_slice()], Scheme::Https),
        (vec![b" HTTPS "], Scheme::Https),
        (vec![b"http,https"], Scheme::Https),
        (vec![b"https, http"], Scheme::Insecure),
        (vec![b"https", b"http"], Scheme::Insecure),
        (vec![b"https,"], Scheme::Insecure),
        (vec![b"https", b""], Scheme::Insecure),
        (vec![b"\xff"], Scheme::Insecure),
        (vec![], Scheme::Unspecified),
    ] {
        let lines: Vec<_> = values.iter().map(|v| ("x-forwarded-proto", *v)).collect();
        assert_eq!(
            says(AddressHeader::XForwardedFor, &lines),
            expected,
            "{values:?}"
        );
    }
    for (values, expected) in [
        (vec![b"for=1.1.1.1;proto=https".as_slice()], Scheme::Https),
        (
            vec![b"proto=https, for=1.1.1.1;proto=http"],
            Scheme::Insecure,
        ),
        (vec![b"proto=https, for=1.1.1.1"], Scheme::Unspecified),
        (vec![b"proto=https", b"for=1.1.1.1"], Scheme::Unspecified),
        (vec![b"proto=https;proto=https"], Scheme::Insecure),
        (vec![b"proto=https,"], Scheme::Insecure),
        (vec![b"by=\"x;proto=https\""], Scheme::Unspecified),
        (vec![], Scheme::Unspecified),
    ] {
        let lines: Vec<_> = values.iter().map(|v| ("forwarded", *v)).collect();
        assert_eq!(
            says(AddressHeader::Forwarded, &lines),
            expected,
            "{values:?}"
        );
    }
    let https = headers(&[("x-forwarded-proto", b"https")]);
    let stranger = "203.0.113.9".parse().unwrap();
    let x = proxies(AddressHeader::XForwardedFor);
    assert_eq!(x.scheme(stranger, &https), Scheme::Unspecified);
}

/// Bytes that a header line can hold.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        Just(b'"'),
        Just(b'\\'),
        Just(b','),
        Just(b';'),
        Just(b'='),
        32u8..127,
        128u8..=255
    ];
    prop::collection::vec(byte, 0..60)
}

proptest! {
    /// A proxy on 10.0.0.1 appends the client's address, to the client's own line or as another
    /// line.
    #[test]
    fn nothing_a_client_writes_hides_its_address(own in line(), client: IpAddr, same_line: bool, header: bool) {
        let client = client.to_canonical();
        let (header, name, entry) = if header {
            (AddressHeader::Forwarded, "forwarded", format!("for=\"[{client}]\";proto=https"))
        } else {
            (AddressHeader::XForwardedFor, "x-forwarded-for", client.to_string())
        };
        let map = if same_line {
            let line = [own.as_slice(), b", ", entry.as_bytes()].concat();
            headers(&[(name, &line)])
        } else {
            headers(&[(name, &own), (name, entry.as_bytes())])
        };
        let proxies = Proxies::new(vec!["10.0.0.1/32".parse().unwrap()], header);
        let peer = "10.0.0.1".parse().unwrap();
        prop_assume!(client != peer);
        prop_assert_eq!(proxies.client(peer, &map), client);
        if header == AddressHeader::Forwarded {
            prop_assert_eq!(proxies.scheme(peer, &map), Scheme::Https);
        }
    }

    #[test]
    fn nothing_a_stranger_writes_is_read(own in line(), peer: IpAddr, header: bool) {
        let header = if header { AddressHeader::Forwarded } else { AddressHeader::XForwardedFor };
        let map = headers(&[("forwarded", &own), ("x-forwarded-for", &own), ("x-forwarded-proto", &own)]);
        let proxies = Proxies::new(Vec::new(), header);
        prop_assert_eq!(proxies.client(peer, &map), peer.to_canonical());
        prop_assert_eq!(proxies.scheme(peer, &map), Scheme::Unspecified);
    }

    /// A network matches its addresses in whichever of the two forms it and the address are
    /// written.
    #[test]
    fn an_ipv4_network_matches_in_both_forms(network: u32, length in 0u8..=32, address: u32) {
        let v4 = ipnet::Ipv4Net::new(network.into(), length).unwrap().trunc();
        let mapped = ipnet::Ipv6Net::new(v4.addr().to_ipv6_mapped(), 96 + length).unwrap();
        let address = std::net::Ipv4Addr::from(address);
        for network in [IpNet::V4(v4), IpNet::V6(mapped)] {
            let proxies = Proxies::new(vec![network], AddressHeader::default());
            for form in [IpAddr::V4(address), IpAddr::V6(address.to_ipv6_mapped())] {
                prop_assert_eq!(proxies.trusts(form), v4.contains(&address), "{} {}", network, form);
            }
        }
    }
}
