//! Finds the credential of a request in its headers (RFC 6750, section 2.1, and the guides' own
//! headers).

use super::{CredentialHeader, Headers, Refused};

/// Returns the only credential of a request. `None` if there is none. The same value in two headers
/// is one credential (guide 000 sends two headers).
///
/// # Errors
/// [`Refused::Ambiguous`], [`Refused::WrongScheme`] or [`Refused::Invalid`].
pub fn presented(headers: &impl Headers) -> Result<Option<&str>, Refused> {
    let mut found: Option<&str> = None;
    for value in headers.values(CredentialHeader::Authorization) {
        let token = text(value)
            .and_then(bearer_token)
            .ok_or(Refused::WrongScheme)?;
        one(&mut found, token)?;
    }
    for header in [CredentialHeader::AuthorizationKey, CredentialHeader::ApiKey] {
        for value in headers.values(header) {
            let token = text(value).ok_or(Refused::Invalid)?.trim();
            one(&mut found, token)?;
        }
    }
    match found {
        Some("") => Err(Refused::Invalid),
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

fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn one<'a>(found: &mut Option<&'a str>, token: &'a str) -> Result<(), Refused> {
    match found {
        Some(other) if *other != token => Err(Refused::Ambiguous),
        _ => {
            *found = Some(token);
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
        presented(&Sent(&headers)).map(|found| found.map(str::to_owned))
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
        for bad in ["Basic abc", "Bearer", "Bearer ", "abc", "", "Bearer ế"] {
            let refused = taken(&[(AUTHORIZATION, bad)]);
            assert_eq!(refused, Err(Refused::WrongScheme), "{bad:?}");
        }
        assert_eq!(taken(&[]), Ok(None));
        assert_eq!(taken(&[(API_KEY, "")]), Err(Refused::Invalid));
        assert_eq!(taken(&[(API_KEY, "ế")]), Err(Refused::Invalid));
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
                prop_assert!(!found.is_empty());
                let holds = |value: &[u8]| value.windows(found.len()).any(|part| part == found.as_bytes());
                prop_assert!(values.iter().all(|(_, value)| holds(value)));
            }
        }
    }
}
