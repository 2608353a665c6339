//! Headers that few requests have, and that every request must be searched for. One pass over the
//! names costs less than a look-up for each.

use actix_web::http::header::HeaderMap;

use crate::authn::{CredentialHeader, Headers};

/// Which of these headers a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rare {
    /// `Upgrade` (RFC 9110, section 7.8).
    pub(super) upgrade: bool,
    /// `Signature-Input`, without which a request is not signed (RFC 9421, section 4.1).
    pub(super) signature_input: bool,
    /// A header of the guides that carries a credential beside `Authorization`.
    pub(super) other_credential: bool,
}

impl Rare {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        for name in headers.keys() {
            match name.as_str() {
                "upgrade" => found.upgrade = true,
                "signature-input" => found.signature_input = true,
                "x-authorization-key" | "x-api-key" => found.other_credential = true,
                _ => {}
            }
        }
        found
    }

    /// Returns the headers, which these are of, for authentication.
    pub(super) const fn credentials_in(self, headers: &HeaderMap) -> Credentials<'_> {
        Credentials {
            headers,
            has_others: self.other_credential,
        }
    }
}

/// The headers of a request of which it is known whether a credential can be in an unusual one.
pub(super) struct Credentials<'a> {
    headers: &'a HeaderMap,
    has_others: bool,
}

impl Headers for Credentials<'_> {
    fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]> {
        let may_be_there = match header {
            CredentialHeader::Authorization | CredentialHeader::Dpop => true,
            CredentialHeader::AuthorizationKey | CredentialHeader::ApiKey => self.has_others,
        };
        let values = may_be_there.then(|| self.headers.values(header));
        values.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const ALL: [CredentialHeader; 4] = [
        CredentialHeader::Authorization,
        CredentialHeader::AuthorizationKey,
        CredentialHeader::ApiKey,
        CredentialHeader::Dpop,
    ];

    #[test]
    fn what_is_there_is_found() {
        let mut headers = HeaderMap::new();
        assert_eq!(Rare::of(&headers), Rare::default());
        for name in [
            "host",
            "authorization",
            "dpop",
            "x-authorization-key",
            "x-api-key",
            "upgrade",
            "signature-input",
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(name),
            );
            let rare = Rare::of(&headers);
            assert_eq!(rare.upgrade, headers.contains_key("upgrade"));
            assert_eq!(
                rare.signature_input,
                headers.contains_key("signature-input")
            );
            for header in ALL {
                let seen = rare.credentials_in(&headers);
                let (seen, there): (Vec<_>, Vec<_>) = (
                    seen.values(header).collect(),
                    headers.values(header).collect(),
                );
                assert_eq!(seen, there);
            }
        }
    }
}
