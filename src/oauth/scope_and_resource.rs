//! `scope` and `resource` of a request, which are read in the same way wherever a request has them.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::access::ScopeSet;
use crate::client::ClientSettings;

/// The most resources a request may name.
const MOST_RESOURCES: usize = 20;

/// Reads `scope`. `None` if it is absent or has nothing but spaces.
///
/// # Errors
/// Returns `invalid_scope` if it is no list of scopes, and `invalid_request` if it is there twice.
pub(super) fn scope(parameters: &Parameters<'_>) -> Result<Option<ScopeSet>, OAuthError> {
    let text = parameters.one("scope")?;
    let scopes = text.map(ScopeSet::parse).transpose()?;
    Ok(scopes.filter(|scopes| !scopes.is_empty()))
}

/// The resources that a client may name (RFC 8707, section 2): those of its organization that are in
/// its audience, and Lanyard's own API. That is the issuer (RFC 9728), and what a token is for that
/// names no resource.
#[derive(Debug, Clone)]
pub struct Resources<'a> {
    issuer: &'a str,
    client: &'a ClientSettings,
    of_organization: Vec<String>,
}

impl<'a> Resources<'a> {
    /// Returns those of a client. `of_organization` are the URIs that its organization defined.
    #[must_use]
    pub const fn of(
        issuer: &'a str,
        client: &'a ClientSettings,
        of_organization: Vec<String>,
    ) -> Self {
        Self {
            issuer,
            client,
            of_organization,
        }
    }

    /// Returns a resource as tokens name it. `None` if the client may not name it. The issuer may be
    /// written with a `/` at its end, as URL libraries write an origin; tokens name it without.
    #[must_use]
    pub fn find<'r>(&'r self, resource: &'r str) -> Option<&'r str> {
        if self
            .client
            .may_name_resource(resource, &self.of_organization)
        {
            return Some(resource);
        }
        let origin = resource.strip_suffix('/').unwrap_or(resource);
        (origin == self.issuer).then_some(self.issuer)
    }

    /// Reads `resource`, which may repeat.
    ///
    /// # Errors
    /// Returns `invalid_target` if the client may not name one of them.
    pub fn read(&self, parameters: &Parameters<'_>) -> Result<Vec<String>, OAuthError> {
        let mut named: Vec<String> = Vec::new();
        for resource in parameters.all("resource") {
            let found = self.find(resource);
            let found = found.filter(|_| named.len() < MOST_RESOURCES);
            let found = found.ok_or_else(invalid_target)?;
            if !named.iter().any(|known| known == found) {
                named.push(found.to_owned());
            }
        }
        Ok(named)
    }
}

pub(super) fn invalid_target() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidTarget,
        "This client may not name this resource; add it to the audience of the client",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Known, Registration};
    use crate::oauth::parameters::pairs;

    const ISSUER: &str = "https://id.example.com";
    const API: &str = "https://api.example.com/";

    fn read(sent: &[(&str, &str)]) -> Result<Vec<String>, ErrorCode> {
        let there = vec![API.to_owned(), "https://other.example.com/".to_owned()];
        let registration = Registration {
            name: Some("CRM".to_owned()),
            audience: vec![API.to_owned()],
            ..Registration::default()
        };
        let known = Known {
            scopes: &ScopeSet::default(),
            resources: &there,
            operator: false,
        };
        let client = registration.validate(&known).unwrap();
        let sent = pairs(sent);
        let resources = Resources::of(ISSUER, &client, there.clone());
        let named = resources.read(&Parameters::new(&sent));
        named.map_err(|error| error.code)
    }

    #[test]
    fn those_of_the_client_and_this_service() {
        assert_eq!(read(&[("resource", "")]), Ok(Vec::new()));
        let slash = format!("{ISSUER}/");
        let named = read(&[
            ("resource", ISSUER),
            ("resource", API),
            ("resource", &slash),
        ]);
        assert_eq!(named, Ok(vec![ISSUER.to_owned(), API.to_owned()]));
        for other in [
            "https://other.example.com/",
            "https://api.example.com",
            "https://id.example.com//",
            "https://id.example.com/x",
            "https://ID.example.com",
            "/",
        ] {
            let refused = read(&[("resource", other)]);
            assert_eq!(refused, Err(ErrorCode::InvalidTarget), "{other}");
        }
    }

    #[test]
    fn a_repeated_one_counts_once() {
        assert_eq!(read(&[("resource", API); 25]), Ok(vec![API.to_owned()]));
    }

    #[test]
    fn spaces_are_no_scope() {
        let read = |text: &str| {
            let sent = pairs(&[("scope", text)]);
            scope(&Parameters::new(&sent)).unwrap()
        };
        assert_eq!(read("  "), None);
        assert_eq!(read(" b a "), Some(ScopeSet::parse("a b").unwrap()));
    }
}
