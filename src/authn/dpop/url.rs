//! Compares the URL that a proof names with that of the request.

use url::Url;

/// The longest `htu` that is read (bytes).
const LONGEST: usize = 2_048;

/// Whether `htu` is the URL of the request, without query and fragment (RFC 9449, section 4.3). Both
/// are normalized by their syntax and scheme (RFC 3986, sections 6.2.2 and 6.2.3): the case of scheme
/// and host, a default port, dot segments, encoded characters that need not be, the case of
/// hexadecimal digits. The case of the path makes a difference.
#[must_use]
pub fn same_url(htu: &str, request: &str) -> bool {
    if htu == request {
        return true;
    }
    // What browsers repair is no URL (RFC 3986): spaces, control characters, backslashes.
    let plain = htu
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if htu.len() > LONGEST || !plain {
        return false;
    }
    let (Some(one), Some(other)) = (normal(htu), normal(request)) else {
        return false;
    };
    one == other
}

/// Returns scheme, host, port and path. `None` if the text is no URL with these, or has user
/// information.
fn normal(text: &str) -> Option<(String, String, u16, String)> {
    // The parser also takes `http:host` and `http:///host`.
    let (_, rest) = text.split_once("://")?;
    if rest.starts_with('/') {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty()
        || url.password().is_some()
        || rest.split(['/', '?', '#']).next()?.contains('@')
    {
        return None;
    }
    Some((
        url.scheme().to_owned(),
        url.host_str()?.to_owned(),
        url.port_or_known_default()?,
        decoded(url.path()),
    ))
}

/// Decodes the unreserved characters of a path, and writes the other encoded ones in upper case.
fn decoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after
            .get(..2)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, digits) {
            (Some(byte), Some(_)) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            (_, Some(digits)) => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REQUEST: &str = "https://id.example.com/oauth/token";

    #[test]
    fn other_spellings_of_one_url() {
        for same in [
            REQUEST,
            "HTTPS://ID.example.COM/oauth/token",
            "https://id.example.com:443/oauth/token",
            "https://id.example.com/oauth/token?a=b",
            "https://id.example.com/oauth/token#part",
            "https://id.example.com/oauth/%74oken",
            "https://id.example.com/oauth/x/../token",
        ] {
            assert!(same_url(same, REQUEST), "{same}");
        }
        assert!(same_url(
            "http://localhost:8080/a%2fb",
            "http://localhost:8080/a%2Fb"
        ));
    }

    #[test]
    fn other_urls() {
        for other in [
            "",
            "/oauth/token",
            "id.example.com/oauth/token",
            "http://id.example.com/oauth/token",
            "https://id.example.com:8443/oauth/token",
            "https://evil.example/oauth/token",
            "https://id.example.com.evil.example/oauth/token",
            "https://user@id.example.com/oauth/token",
            "https://@id.example.com/oauth/token",
            "https://id.example.com/oauth/Token",
            "https://id.example.com/oauth/token/",
            "https://id.example.com/oauth%2Ftoken",
            "https://id.example.com/oauth/%2574oken",
            "https:\\\\id.example.com\\oauth\\token",
            "https:///id.example.com/oauth/token",
            "https:id.example.com/oauth/token",
            " https://id.example.com/oauth/token",
            "https://id.example.com/oauth/\ttoken",
        ] {
            assert!(!same_url(other, REQUEST), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_compared(text in "\\PC{0,40}|https://id\\.example\\.com/\\PC{0,20}", path in "/[a-z%./~]{0,20}") {
            let _ = same_url(&text, REQUEST);
            let url = format!("https://id.example.com{path}");
            prop_assert!(same_url(&url, &url));
        }

        #[test]
        fn encoding_an_unreserved_character_changes_nothing(path in "[a-zA-Z0-9_~-]{1,12}", place in any::<prop::sample::Index>()) {
            let place = place.index(path.len());
            let byte = path.as_bytes()[place];
            let encoded = format!("{}%{byte:02x}{}", &path[..place], &path[place + 1..]);
            let url = |path: &str| format!("https://id.example.com/{path}");
            prop_assert!(same_url(&url(&encoded), &url(&path)));
        }
    }
}
