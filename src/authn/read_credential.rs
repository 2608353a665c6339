//! Finds the credential of a request in its headers (RFC 6750, section 2.1, and the guides' own
//! headers).

use std::fmt;

use super::{CredentialHeader, Headers, Refused};

/// The scheme of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// The token is sent alone (RFC 6750), in `Authorization` or in one of the guides' headers.
    Bearer,
    /// The token is sent with a proof (RFC 9449, section 7.1).
    Dpop,
}

/// A credential as it was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The token. It is not empty.
    pub text: &'a str,
    /// The scheme.
    pub scheme: Scheme,
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presented({:?}, ***)", self.scheme)
    }
}

/// Returns the only credential of a request. `None` if there is none. The same value in two headers
/// is one credential (guide 000 sends two headers).
///
/// # Errors
/// [`Refused::Ambiguous`], [`Refused::WrongScheme`] or [`Refused::Invalid`].
pub fn presented(headers: &impl Headers) -> Result<Option<Presented<'_>>, Refused> {
    let mut found: Option<Presented<'_>> = None;
    for value in headers.values(CredentialHeader::Authorization) {
        let credential = text(value)
            .and_then(after_scheme)
            .ok_or(Refused::WrongScheme)?;
        one(&mut found, credential)?;
    }
    for header in [CredentialHeader::AuthorizationKey, CredentialHeader::ApiKey] {
        for value in headers.values(header) {
            let text = text(value).ok_or(Refused::Invalid)?.trim();
            let scheme = Scheme::Bearer;
            one(&mut found, Presented { text, scheme })?;
        }
    }
    match found {
        Some(Presented { text: "", .. }) => Err(Refused::Invalid),
        found => Ok(found),
    }
}

/// Returns a header's value as text. `None` if it is not ASCII. Servers accept no control
/// characters in a value except tabs.
fn text(value: &[u8]) -> Option<&str> {
    // `is_ascii` checks many bytes at once. After it, decoding cannot fail.
    value
        .is_ascii()
        .then(|| std::str::from_utf8(value).ok())
        .flatten()
}

fn after_scheme(value: &str) -> Option<Presented<'_>> {
    // The usual form needs no search.
    if let Some(text) = value.strip_prefix("Bearer ")
        && let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().next_back())
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        let scheme = Scheme::Bearer;
        return Some(Presented { text, scheme });
    }
    searched(value)
}

/// Finds the scheme and the token in any form.
fn searched(value: &str) -> Option<Presented<'_>> {
    let (name, token) = value.trim().split_once(' ')?;
    let scheme = if name.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if name.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return None;
    };
    let text = token.trim();
    Some(Presented { text, scheme })
}

fn one<'a>(found: &mut Option<Presented<'a>>, credential: Presented<'a>) -> Result<(), Refused> {
    match found {
        Some(other) if *other != credential => Err(Refused::Ambiguous),
        _ => {
            *found = Some(credential);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AUTHORIZATION: CredentialHeader = CredentialHeader::Authorization;
    const KEY: CredentialHeader = CredentialHeader::AuthorizationKey;
    const API_KEY: CredentialHeader = CredentialHeader::ApiKey;

    struct Sent<'a>(&'a [(CredentialHeader, &'a [u8])]);

    impl Headers for Sent<'_> {
        fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]> {
            let of_name = self.0.iter().filter(move |(name, _)| *name == header);
            of_name.map(|(_, value)| *value)
        }
    }

    fn taken(headers: &[(CredentialHeader, &str)]) -> Result<Option<String>, Refused> {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        let sent = Sent(&headers);
        let found = presented(&sent)?;
        Ok(found.map(|found| found.text.to_owned()))
    }

    proptest! {
        #[test]
        fn the_usual_form_is_read_as_any_other(value in "(Bearer|bearer|DPoP)? ?[ -~\t]{0,12}") {
            prop_assert_eq!(after_scheme(&value), searched(&value));
        }
    }

    #[test]
    fn one_credential_wherever_it_stands() {
        let good = Ok(Some("abc".to_owned()));
        for headers in [
            &[(AUTHORIZATION, "Bearer abc")][..],
            &[(AUTHORIZATION, "bEARER  abc ")],
            &[(KEY, "abc")],
            &[(API_KEY, "abc")],
            &[(AUTHORIZATION, "Bearer abc"), (API_KEY, "abc")],
        ] {
            assert_eq!(taken(headers), good, "{headers:?}");
        }
        for headers in [
            [(AUTHORIZATION, "Bearer abc"), (API_KEY, "abd")],
            [(AUTHORIZATION, "Bearer abc"), (AUTHORIZATION, "Bearer abd")],
            [(AUTHORIZATION, "Bearer abc"), (API_KEY, "")],
        ] {
            assert_eq!(taken(&headers), Err(Refused::Ambiguous), "{headers:?}");
        }
        for bad in [
            "Basic abc",
            "Bearer",
            "Bearer ",
            "abc",
            "",
            "Bearer ế",
            "DPoP",
        ] {
            let refused = taken(&[(AUTHORIZATION, bad)]);
            assert_eq!(refused, Err(Refused::WrongScheme), "{bad:?}");
        }
        assert_eq!(taken(&[]), Ok(None));
        assert_eq!(taken(&[(API_KEY, "")]), Err(Refused::Invalid));
        assert_eq!(taken(&[(API_KEY, "ế")]), Err(Refused::Invalid));
    }

    #[test]
    fn the_scheme_of_a_bound_token() {
        let scheme = |value: &str| {
            let sent = [(AUTHORIZATION, value.as_bytes())];
            let sent = Sent(&sent);
            let found = presented(&sent).unwrap().unwrap();
            assert_eq!(found.text, "abc");
            found.scheme
        };
        assert_eq!(scheme("Bearer abc"), Scheme::Bearer);
        for dpop in ["DPoP abc", "dpop abc", "DPOP  abc"] {
            assert_eq!(scheme(dpop), Scheme::Dpop);
        }
        let both = [(AUTHORIZATION, "DPoP abc"), (API_KEY, "abc")];
        assert_eq!(taken(&both), Err(Refused::Ambiguous));
    }

    #[test]
    fn a_credential_is_not_in_what_is_logged() {
        let sent = [(AUTHORIZATION, b"Bearer abc".as_slice())];
        let sent = Sent(&sent);
        let found = presented(&sent).unwrap().unwrap();
        assert_eq!(format!("{found:?}"), "Presented(Bearer, ***)");
    }

    proptest! {
        /// For any headers: a credential that is found was sent, and is not empty.
        #[test]
        fn what_is_found_was_sent(values in prop::collection::vec((0usize..3, any::<Vec<u8>>()), 0..4)) {
            let names = [AUTHORIZATION, KEY, API_KEY];
            let headers: Vec<_> = values
                .iter()
                .map(|(which, value)| (names[*which], value.as_slice()))
                .collect();
            if let Ok(Some(found)) = presented(&Sent(&headers)) {
                let found = found.text.as_bytes();
                prop_assert!(!found.is_empty());
                let holds = |value: &[u8]| value.windows(found.len()).any(|part| part == found);
                prop_assert!(values.iter().all(|(_, value)| holds(value)));
            }
        }
    }
}
