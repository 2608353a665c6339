//! Whether a change takes something away from a client. The response to such a change has a receipt.

use super::{
    ClientSettings, ConsentRule, EVERY_RESOURCE, IntrospectRule, RedirectMatch, RedirectUri,
};

impl ClientSettings {
    /// Whether a client with these settings may not do something that it may do with `before`, or
    /// has to prove itself in another way.
    #[must_use]
    pub fn is_narrower_than(&self, before: &Self) -> bool {
        let fewer_uris = |now: &[RedirectUri], then: &[RedirectUri]| {
            let mut then = then.iter();
            then.any(|uri| !now.contains(uri))
        };
        let mut grants = before.grants.iter();
        let mut audience = before.audience.iter();
        let names_every_resource = self.audience.iter().any(|uri| uri == EVERY_RESOURCE);
        fewer_uris(&self.redirect_uris, &before.redirect_uris)
            || fewer_uris(
                &self.post_logout_redirect_uris,
                &before.post_logout_redirect_uris,
            )
            || grants.any(|grant| !self.grants.contains(grant))
            || audience.any(|uri| !self.audience.contains(uri) && !names_every_resource)
            || !before.scopes.is_within(&self.scopes)
            || self.authentication != before.authentication
            || self.operator != before.operator
            || self.redirect_match == RedirectMatch::Exact
                && before.redirect_match == RedirectMatch::SameSite
            || self.introspect == IntrospectRule::Own
                && before.introspect == IntrospectRule::Organization
            || self.consent == ConsentRule::Ask && before.consent == ConsentRule::Skip
            || self.require.pkce && !before.require.pkce
            || self.require.par && !before.require.par
            || self.require.dpop && !before.require.dpop
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Known, Registration};
    use super::*;
    use crate::access::ScopeSet;

    fn settings(edit: impl FnOnce(&mut Registration)) -> ClientSettings {
        let mut registration = Registration {
            name: Some("App".to_owned()),
            redirect_uris: vec!["https://app.example.com/cb".to_owned()],
            scopes: vec!["read".to_owned()],
            audience: vec!["https://api.example.com".to_owned()],
            ..Registration::default()
        };
        edit(&mut registration);
        let known = Known {
            scopes: &ScopeSet::parse("read write").unwrap(),
            resources: &["https://api.example.com".to_owned()],
            operator: true,
        };
        registration.validate(&known).unwrap()
    }

    type Edit = fn(&mut Registration);

    #[test]
    fn what_is_taken_away_narrows_and_what_is_added_does_not() {
        let plain = settings(|_| ());
        let edits: [(bool, Edit); 11] = [
            (false, |_| ()),
            (false, |wanted| wanted.name = Some("Other".to_owned())),
            (false, |wanted| wanted.scopes.push("write".to_owned())),
            (false, |wanted| wanted.access_token_seconds = Some(60)),
            (false, |wanted| wanted.audience = vec!["*".to_owned()]),
            (true, |wanted| wanted.scopes.clear()),
            (true, |wanted| wanted.audience.clear()),
            (true, |wanted| wanted.redirect_uris.clear()),
            (true, |wanted| {
                wanted.grants = Some(vec!["refresh_token".to_owned()]);
            }),
            (true, |wanted| wanted.require_pkce = true),
            (true, |wanted| wanted.auth_method = Some("none".to_owned())),
        ];
        for (place, (narrows, edit)) in edits.into_iter().enumerate() {
            let after = settings(edit);
            assert_eq!(after.is_narrower_than(&plain), narrows, "{place}");
        }
    }
}
