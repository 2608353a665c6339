//! The addresses from which a key may be used.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The most entries that a list may have.
const MOST: usize = 100;

/// A list of addresses and networks, each in one form only and once, in the order given. An empty
/// one allows every address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedAddresses(Vec<IpNet>);

/// Why a list is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowedError {
    /// It is too long.
    #[error("must have at most {MOST} entries")]
    TooMany,
    /// An entry is no address and no network.
    #[error(
        "{0:?} is no address or network: write IPv4 as four decimals without leading zeros, IPv6 \
         without a zone, a network as address/prefix with no bit set after the prefix"
    )]
    Entry(String),
}

impl AllowedAddresses {
    /// Reads a list.
    ///
    /// # Errors
    /// Returns the first entry that is wrong.
    pub fn parse<T: AsRef<str>>(entries: &[T]) -> Result<Self, AllowedError> {
        if entries.len() > MOST {
            return Err(AllowedError::TooMany);
        }
        let mut list: Vec<IpNet> = Vec::with_capacity(entries.len());
        for entry in entries.iter().map(AsRef::as_ref) {
            let wrong = || AllowedError::Entry(entry.chars().take(64).collect());
            let network = network(entry).ok_or_else(wrong)?;
            if !list.contains(&network) {
                list.push(network);
            }
        }
        Ok(Self(list))
    }

    /// Whether every address is allowed.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is allowed. An IPv4 address that is written as IPv6 is the IPv4 address.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.is_any() || self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether every address of `other` is an address of this list.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let within = |network: &IpNet| self.0.iter().any(|own| own.contains(network));
        self.is_any() || (!other.is_any() && other.0.iter().all(within))
    }

    /// Returns the entries as text: a single address without its prefix.
    pub fn texts(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|network| {
            if network.prefix_len() == network.max_prefix_len() {
                network.addr().to_string()
            } else {
                network.to_string()
            }
        })
    }
}

/// The entries with a space between two, as the database has them.
impl fmt::Display for AllowedAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.texts().collect();
        f.write_str(&texts.join(" "))
    }
}

/// Returns the network that an entry writes. `None` if it writes none.
fn network(entry: &str) -> Option<IpNet> {
    let (address, prefix) = match entry.split_once('/') {
        Some((address, prefix)) => (address, Some(decimal(prefix)?)),
        None => (entry, None),
    };
    let network = if let Ok(v4) = address.parse::<Ipv4Addr>() {
        IpNet::V4(Ipv4Net::new(v4, prefix.unwrap_or(32)).ok()?)
    } else {
        // A zone (`%eth0`) does not parse.
        let v6: Ipv6Addr = address.parse().ok()?;
        let network = Ipv6Net::new(v6, prefix.unwrap_or(128)).ok()?;
        mapped(network).unwrap_or(IpNet::V6(network))
    };
    (network.addr() == network.network()).then_some(network)
}

/// Reads a number without sign and leading zeros.
fn decimal(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    (plain && !leading).then(|| text.parse().ok()).flatten()
}

/// Returns the IPv4 network that an IPv6 one is written as (`::ffff:10.0.0.0/104` is `10.0.0.0/8`).
/// `None` if it is another one.
fn mapped(network: Ipv6Net) -> Option<IpNet> {
    let v4 = network.addr().to_ipv4_mapped()?;
    let prefix = network.prefix_len().checked_sub(96)?;
    Ipv4Net::new(v4, prefix).ok().map(IpNet::V4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(entry: &str) -> Option<String> {
        let list = AllowedAddresses::parse(&[entry]).ok()?;
        Some(list.to_string())
    }

    #[test]
    fn an_entry_has_one_form() {
        for (entry, kept) in [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(text(entry).as_deref(), Some(kept), "{entry}");
        }
        for wrong in [
            "",
            " ",
            "10.0.0.5/8",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "10.0.0.0/8/8",
            "example.com",
            "10.0.0.1:80",
            "10.0.0.1-10.0.0.9",
            "010.0.0.1",
            "0x0a.0.0.1",
            "10.1",
            "167772161",
            " 10.0.0.1",
            "10.0.0.1 ",
            "fe80::1%eth0",
            "[::1]",
            "2001:db8::1/32",
            "::ffff:10.0.0.0/90",
            "10.0.0.0/255.0.0.0",
            "*",
        ] {
            assert_eq!(text(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_entry_is_kept_once_and_a_list_is_bounded() {
        let list = AllowedAddresses::parse(&["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1/32"]);
        assert_eq!(list.unwrap().to_string(), "10.0.0.1");
        let many: Vec<_> = (0..=MOST).map(|n| format!("10.0.0.{n}")).collect();
        assert_eq!(AllowedAddresses::parse(&many), Err(AllowedError::TooMany));
        assert!(AllowedAddresses::parse(many.get(1..).unwrap()).is_ok());
    }

    #[test]
    fn an_address_is_compared_as_what_it_is() {
        let list = AllowedAddresses::parse(&["10.0.0.0/8", "2001:db8::/32"]).unwrap();
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("::1", false),
        ] {
            assert_eq!(list.allows(address.parse().unwrap()), allowed, "{address}");
        }
        assert!(AllowedAddresses::default().allows("::1".parse().unwrap()));
    }

    fn networks() -> impl Strategy<Value = AllowedAddresses> {
        let network = (any::<u32>(), 0u8..=32).prop_map(|(bits, prefix)| {
            Ipv4Net::new_assert(Ipv4Addr::from_bits(bits), prefix)
                .trunc()
                .to_string()
        });
        prop::collection::vec(network, 0..4)
            .prop_map(|entries| AllowedAddresses::parse(&entries).unwrap())
    }

    proptest! {
        #[test]
        fn any_text_is_answered(entry in "\\PC{0,40}") {
            let _ = text(&entry);
        }

        #[test]
        fn a_list_is_read_back_from_its_text(list in networks()) {
            let text = list.to_string();
            let entries: Vec<_> = text.split(' ').filter(|entry| !entry.is_empty()).collect();
            prop_assert_eq!(AllowedAddresses::parse(&entries).unwrap(), list);
        }

        #[test]
        fn what_a_list_covers_it_allows(one in networks(), other in networks(), bits: u32) {
            let address = IpAddr::V4(Ipv4Addr::from_bits(bits));
            prop_assert!(!(one.covers(&other) && other.allows(address)) || one.allows(address));
            prop_assert!(one.covers(&one));
        }
    }
}
