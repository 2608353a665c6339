//! The host of a request, in the one form that rules are compared with.

use std::borrow::Cow;

/// The longest host, with its port (bytes).
const LONGEST: usize = 261;

/// Returns a host in lower case, without its port and a final dot. `None` if the text is no host: it
/// is empty, has user information, or has characters that neither names nor addresses have.
#[must_use]
pub fn normal_host(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > LONGEST {
        return None;
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(_) => {
            let end = text.find(']')? + 1;
            text.split_at(end)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(address) = host.strip_prefix('[') {
        let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || b":.]".contains(&byte);
        return address.bytes().all(hexadecimal).then(|| lower(host));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let fits = |label: &str| {
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(of_name)
    };
    host.split('.').all(fits).then(|| lower(host))
}

fn lower(host: &str) -> Cow<'_, str> {
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_host_in_its_spellings() {
        for text in [
            "api.example.com",
            "API.Example.COM",
            "api.example.com:443",
            "api.example.com:8443",
            "api.example.com.",
            "api.example.com.:80",
            "api.example.com:",
        ] {
            assert_eq!(
                normal_host(text).as_deref(),
                Some("api.example.com"),
                "{text}"
            );
        }
        assert_eq!(
            normal_host("[2001:DB8::1]:443").as_deref(),
            Some("[2001:db8::1]")
        );
        assert_eq!(normal_host("127.0.0.1:80").as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn what_is_no_host() {
        for text in [
            "",
            ":80",
            ".",
            "a..b",
            "a.example..",
            "user@api.example.com",
            "api.example.com:80:80",
            "api.example.com:x",
            "api.example.com/x",
            "api.example.com, evil.example",
            "ápi.example.com",
            "[::1",
            "[::1]x",
            "[x]",
            "a b",
        ] {
            assert_eq!(normal_host(text), None, "{text}");
        }
        let long = "a".repeat(262);
        assert_eq!(normal_host(&long), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered_once_and_for_all(text in "\\PC{0,20}|[a-zA-Z0-9.:\\[\\]-]{0,20}") {
            if let Some(host) = normal_host(&text) {
                let again = normal_host(&host);
                prop_assert_eq!(again.as_deref(), Some(&*host));
                prop_assert!(!host.bytes().any(|byte| byte.is_ascii_uppercase()));
            }
        }
    }
}
