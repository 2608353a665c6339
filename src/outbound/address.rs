//! Decides which addresses are on the public internet.
//!
//! The law: an address in doubt is not public. An IPv4 address is public unless it is in a
//! special-purpose range (RFC 6890 and its registry). An IPv6 address is public only if it is
//! global unicast (RFC 4291, section 2.5.4) and in none of the special ranges there. An IPv6
//! address that represents an IPv4 address (mapped, or with NAT64's well-known prefix, RFC 6052) is
//! public if that IPv4 address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

const SPECIAL_V4: [Ipv4Net; 17] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    // Carrier-grade NAT (RFC 6598); some clouds serve metadata there.
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    // Link-local addresses; most clouds serve metadata at one of them.
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    // Relays of 6to4 (RFC 7526).
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    v4(255, 255, 255, 255, 32),
    // The service of Azure for its own machines.
    v4(168, 63, 129, 16, 32),
];

const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 3);

const SPECIAL_V6: [Ipv6Net; 4] = [
    // Protocol assignments (RFC 2928), including Teredo and benchmarking.
    v6(0x2001, 0, 23),
    v6(0x2001, 0xdb8, 32),
    // 6to4: these addresses contain an IPv4 address of any kind.
    v6(0x2002, 0, 16),
    v6(0x3fff, 0, 20),
];

const NAT64: Ipv6Net = v6(0x64, 0xff9b, 96);

/// Returns whether an address is on the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public(IpAddr::V4(inner)),
            None => {
                GLOBAL_UNICAST.contains(&address)
                    && !SPECIAL_V6.iter().any(|net| net.contains(&address))
            }
        },
    }
}

/// Returns the IPv4 address that an IPv6 address represents; `None` if it represents none.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    address.to_ipv4_mapped()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn what_is_known_to_be_what() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2a00::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(public(address), "{address}");
        }
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:0808:0808::1",
            "2002:7f00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_address_in_another_is_as_public_as_by_itself(address in any::<u32>()) {
            let inner = Ipv4Addr::from(address);
            let public = is_public(IpAddr::V4(inner));
            // An address that the standard library classifies as special is never public.
            let special = inner.is_private() || inner.is_loopback() || inner.is_link_local() || inner.is_broadcast()
                || inner.is_documentation() || inner.is_multicast() || inner.is_unspecified();
            prop_assert!(!(public && special));
            prop_assert_eq!(is_public(IpAddr::V6(inner.to_ipv6_mapped())), public);
            let [a, b, c, d] = inner.octets().map(u16::from);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d);
            prop_assert_eq!(is_public(IpAddr::V6(nat64)), public);
            let six_to_four = Ipv6Addr::new(0x2002, a << 8 | b, c << 8 | d, 0, 0, 0, 0, 1);
            prop_assert!(!is_public(IpAddr::V6(six_to_four)));
        }

        #[test]
        fn of_ipv6_only_global_unicast_is_public(address in any::<u128>()) {
            let address = Ipv6Addr::from(address);
            if is_public(IpAddr::V6(address)) {
                prop_assert_eq!(address.segments()[0] >> 13, 1);
                prop_assert!(!address.is_unique_local() && !address.is_unicast_link_local() && !address.is_multicast());
            }
        }
    }
}
