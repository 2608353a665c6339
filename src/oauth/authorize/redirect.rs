//! The URL that a browser is sent to, with the answer in its query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::oauth::OAuthError;

/// All but the unreserved characters (RFC 3986, section 2.3). A space is `%20`, which every decoder
/// reads alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// A code.
    Code(&'a str),
    /// An error.
    Error(&'a OAuthError),
}

/// Returns the URL. `issuer` is in every answer, so that no client takes it for one of another
/// server (RFC 9207). What the redirect URI has as a query is kept as it is.
#[must_use]
pub fn url(redirect_uri: &str, answer: Answer<'_>, state: Option<&str>, issuer: &str) -> String {
    let mut parameters = match answer {
        Answer::Code(code) => vec![("code", code)],
        Answer::Error(error) => vec![
            ("error", error.code.as_str()),
            ("error_description", error.description()),
        ],
    };
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    with_query(redirect_uri, &parameters)
}

/// Returns a URI with parameters added to its query.
#[must_use]
pub fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = uri.to_owned();
    for (name, value) in parameters {
        match url.split_once('?') {
            None => url.push('?'),
            Some((_, query)) if query.is_empty() || query.ends_with('&') => {}
            Some(_) => url.push('&'),
        }
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, ENCODED));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ErrorCode;
    use proptest::prelude::*;
    use url::Url;

    const ISSUER: &str = "https://id.example.com";

    #[test]
    fn a_query_is_kept_and_added_to() {
        let code = Answer::Code("abc");
        for (registered, expected) in [
            (
                "https://app.example.com/cb",
                "https://app.example.com/cb?code=abc&state=x&iss=https%3A%2F%2Fid.example.com",
            ),
            (
                "https://app.example.com/cb2?tenant=7",
                "https://app.example.com/cb2?tenant=7&code=abc&state=x&iss=https%3A%2F%2Fid.example.com",
            ),
            (
                "https://app.example.com/cb?",
                "https://app.example.com/cb?code=abc&state=x&iss=https%3A%2F%2Fid.example.com",
            ),
            (
                "https://app.example.com/cb?a&",
                "https://app.example.com/cb?a&code=abc&state=x&iss=https%3A%2F%2Fid.example.com",
            ),
            (
                "com.example.app:/cb",
                "com.example.app:/cb?code=abc&state=x&iss=https%3A%2F%2Fid.example.com",
            ),
        ] {
            assert_eq!(url(registered, code, Some("x"), ISSUER), expected);
        }
    }

    #[test]
    fn an_error_has_no_code_and_a_missing_state_is_not_there() {
        let error = OAuthError::new(ErrorCode::AccessDenied, "The operator said no");
        assert_eq!(
            url(
                "https://app.example.com/cb",
                Answer::Error(&error),
                None,
                ISSUER
            ),
            "https://app.example.com/cb?error=access_denied&error_description=The%20operator%20said%20no&iss=https%3A%2F%2Fid.example.com"
        );
    }

    proptest! {
        #[test]
        fn a_client_reads_the_state_it_sent_and_nothing_else(state in "\\PC{1,40}|[\\x00-\\x7f]{1,40}", query in "(\\?[a-c=&%20]{0,10})?") {
            let base = format!("https://app.example.com/cb{query}");
            let text = url(&base, Answer::Code("abc"), Some(&state), ISSUER);
            prop_assert!(text.starts_with(&base) && text.is_ascii());
            let read = Url::parse(&text).unwrap();
            let last: Vec<_> = read.query_pairs().collect();
            let last: Vec<(&str, &str)> = last.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
            prop_assert!(last.ends_with(&[("code", "abc"), ("state", state.as_str()), ("iss", ISSUER)]));
            prop_assert_eq!((read.host_str(), read.path()), (Some("app.example.com"), "/cb"));
        }
    }
}
