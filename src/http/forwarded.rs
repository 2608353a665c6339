//! Parses the headers in which proxies describe a client: `Forwarded` (RFC 7239) and
//! `X-Forwarded-For`.
//!
//! A proxy appends its entry at the right end, and everything to the left of it may come from the
//! client. Both lists are therefore parsed from the right: no text on the left changes the meaning
//! of the last entry.

use std::net::{IpAddr, SocketAddr};

/// The most parameters of an element. RFC 7239 defines four.
const MOST_PARAMETERS: usize = 16;

/// One element of `Forwarded`: a proxy's description of the connection it received.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// The value of `for`. `None` if it is missing.
    pub(super) from: Option<String>,
    /// The value of `proto`. `None` if it is missing.
    pub(super) proto: Option<String>,
}

/// Returns the elements of a `Forwarded` line, the last first. A comma inside a quoted string is
/// not a separator.
pub(super) fn elements(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let (before, last) = cut_last(rest?);
        rest = before;
        Some(last)
    })
}

/// Splits off the last element. The rest is `None` if there is only one element.
///
/// An opening quote is never escaped, and inside a quoted string every quote is (RFC 9110, 5.6.4).
/// So the quoted strings of a well-formed element are found from the right as well as from the
/// left.
fn cut_last(line: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut quoted = false;
    let mut left = line;
    while let Some((byte, before)) = left.split_last() {
        match byte {
            b'"' if !quoted => quoted = true,
            b'"' => {
                let backslashes = before.iter().rev().take_while(|b| **b == b'\\').count();
                quoted = backslashes % 2 == 1;
            }
            b',' if !quoted => {
                return (Some(before), line.get(left.len()..).unwrap_or_default());
            }
            _ => {}
        }
        left = before;
    }
    (None, line)
}

/// Parses an element (RFC 7239, 4). `None` if it is malformed, is empty or names a parameter twice.
///
/// White space around a parameter and a bare value with `:`, `[` or `]` are accepted, because
/// proxies write them.
pub(super) fn element(text: &[u8]) -> Option<Element> {
    let mut rest = std::str::from_utf8(text).ok().filter(|t| t.is_ascii())?;
    let mut names: Vec<String> = Vec::new();
    let mut element = Element::default();
    loop {
        rest = rest.trim_start_matches(is_white);
        if let Some((name, after)) = rest.split_once('=').filter(|_| !rest.starts_with(';')) {
            let name = token(name)?.to_ascii_lowercase();
            if names.len() == MOST_PARAMETERS || names.contains(&name) {
                return None;
            }
            let (value, after) = value(after)?;
            match name.as_str() {
                "for" => element.from = Some(value),
                "proto" => element.proto = Some(value),
                _ => {}
            }
            names.push(name);
            rest = after.trim_start_matches(is_white);
        }
        match rest.strip_prefix(';') {
            Some(after) => rest = after,
            None => break,
        }
    }
    (rest.is_empty() && !names.is_empty()).then_some(element)
}

/// Parses a value. Returns it and the text after it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !(is_token(c) || ":[]".contains(c)))
            .unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (!value.is_empty()).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            c => value.push(c),
        }
    }
}

fn token(text: &str) -> Option<&str> {
    (!text.is_empty() && text.chars().all(is_token)).then_some(text)
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

const fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Parses an address with or without a port, IPv6 with or without brackets (RFC 7239, 6). `None` if
/// the text is anything else, such as `unknown`.
pub(super) fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim_matches(is_white);
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
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(Option<IpAddr>, Option<String>)> {
        element(text.as_bytes()).map(|e| (e.from.as_deref().and_then(node), e.proto))
    }

    #[test]
    fn an_element_is_read_in_every_spelling() {
        let seven: IpAddr = "198.51.100.7".parse().unwrap();
        let nine: IpAddr = "2001:db8::9".parse().unwrap();
        let https = || Some("https".to_owned());
        for (text, expected) in [
            ("for=198.51.100.7", (Some(seven), None)),
            ("for=198.51.100.7;proto=https", (Some(seven), https())),
            (
                " For=\"198.51.100.7:80\" ; PROTO=https ",
                (Some(seven), https()),
            ),
            ("for=198.51.100.7:80;", (Some(seven), None)),
            (r#"for="[2001:db8::9]:4711""#, (Some(nine), None)),
            (r#"for="[2001:db8::9]";by=_x"#, (Some(nine), None)),
            ("for=2001:db8::9", (Some(nine), None)),
            ("for=\"::ffff:198.51.100.7\"", (Some(seven), None)),
            (
                r#"by="a;for=9.9.9.9";for=198.51.100.7"#,
                (Some(seven), None),
            ),
            (
                r#"by="a\";for=9.9.9.9;x=\"";for=198.51.100.7"#,
                (Some(seven), None),
            ),
            ("proto=https", (None, https())),
            ("for=unknown;proto=https", (None, https())),
            ("for=_hidden", (None, None)),
            (r#"for="\1\9\8.51.100.7""#, (Some(seven), None)),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_malformed_says_nothing() {
        for text in [
            "",
            " ",
            ";",
            "for",
            "for=",
            "=x",
            "for=1.1.1.1;for=2.2.2.2",
            "FOR=1.1.1.1;for=1.1.1.1",
            "proto=http;proto=https",
            "by=a;by=a",
            r#"for="1.1.1.1"#,
            r#"for="1.1.1.1"2"#,
            r#"for="1.1.1.1\"#,
            "for = 1.1.1.1",
            "for=1.1.1.1 proto=https",
            "for=1.1.1.1;x y",
            "for=1.1.1.1;é=1",
            "a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1;j=1;k=1;l=1;m=1;n=1;o=1;p=1;q=1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(element(b"for=\xff"), None);
    }

    /// An element as a proxy writes it, with its address and its scheme.
    fn written() -> impl Strategy<Value = (String, IpAddr, Option<String>)> {
        let quoted = "[ -!#-\\[\\]-~]{0,8}".prop_map(|text| format!("\"{text}\""));
        let escaped = prop::collection::vec("[ -~]", 0..6).prop_map(|all| {
            let body = all.iter().fold(String::new(), |text, c| text + "\\" + c);
            format!("\"{body}\"")
        });
        let by = prop_oneof!["[a-z0-9_.]{1,8}".boxed(), quoted.boxed(), escaped.boxed()];
        let proto = prop::option::of(prop_oneof![Just("http"), Just("https")]);
        (any::<IpAddr>(), by, proto, any::<bool>()).prop_map(|(from, by, proto, first)| {
            let from = from.to_canonical();
            let node = match from {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("\"[{address}]\""),
            };
            let (a, b) = (format!("for={node}"), format!("by={by}"));
            let (a, b) = if first { (a, b) } else { (b, a) };
            let proto = proto.map(str::to_owned);
            let says = proto
                .as_ref()
                .map_or(String::new(), |p| format!(";proto={p}"));
            (format!("{a};{b}{says}"), from, proto)
        })
    }

    proptest! {
        #[test]
        fn no_text_at_the_left_changes_the_last_element(
            left in prop::collection::vec(any::<u8>(), 0..60),
            (text, from, proto) in written(),
        ) {
            let line = [&left, b", ".as_slice(), text.as_bytes()].concat();
            let last = elements(&line).next().and_then(element).unwrap();
            prop_assert_eq!(last.from.as_deref().and_then(node), Some(from));
            prop_assert_eq!(last.proto, proto);
        }

        #[test]
        fn a_chain_is_read_whole_from_the_right(chain in prop::collection::vec(written(), 1..5)) {
            let line = chain.iter().map(|(text, ..)| text.as_str()).collect::<Vec<_>>().join(" ,");
            let read: Vec<_> = elements(line.as_bytes())
                .map(|text| element(text).unwrap())
                .map(|e| (e.from.as_deref().and_then(node), e.proto))
                .collect();
            let expected: Vec<_> = chain.into_iter().rev().map(|(_, from, proto)| (Some(from), proto)).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic_and_none_is_lost(line in prop::collection::vec(any::<u8>(), 0..80)) {
            let parts: Vec<_> = elements(&line).collect();
            let joined = parts.into_iter().rev().collect::<Vec<_>>().join(&b',');
            prop_assert_eq!(&joined, &line);
            let _ = element(&line);
        }

        #[test]
        fn an_address_is_read_back(address: IpAddr, port: u16) {
            prop_assert_eq!(node(&address.to_string()), Some(address.to_canonical()));
            prop_assert_eq!(node(&SocketAddr::new(address, port).to_string()), Some(address.to_canonical()));
        }
    }
}
