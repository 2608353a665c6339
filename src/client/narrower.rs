//! Whether a change takes something away from a client. The response to such a change has a receipt.

use super::{
    ClientSettings, ConsentRule, EVERY_RESOURCE, IntrospectRule, RedirectMatch, RedirectUri,
    RefreshRetry, RefreshTokens,
};

impl RefreshTokens {
    /// Whether a used refresh token yields its successor for a shorter time than with `before`. The
    /// lifetime is that of tokens to come, so it takes nothing away. How long the setting
    /// `oauth.refresh_grace` is, is not known here: a change between it and a grace of the client's
    /// own counts as shorter.
    fn retries_less_than(&self, before: &Self) -> bool {
        let shorter = match (self.grace_seconds, before.grace_seconds) {
            (Some(now), Some(then)) => now < then,
            (now, then) => now != then,
        };
        shorter || self.retry == RefreshRetry::Grace && before.retry == RefreshRetry::UntilUsed
    }
}

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
            || self.refresh.retries_less_than(&before.refresh)
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
    fn a_used_refresh_token_that_yields_its_successor_for_a_shorter_time_narrows() {
        let with = |retry: &str, grace: Option<i64>| {
            settings(|wanted| {
                wanted.refresh_retry = Some(retry.to_owned());
                wanted.refresh_grace_seconds = grace;
            })
        };
        for (before, after, narrows) in [
            (("grace", Some(60)), ("grace", Some(59)), true),
            (("grace", Some(60)), ("grace", Some(61)), false),
            (("grace", None), ("grace", Some(60)), true),
            (("grace", Some(60)), ("grace", None), true),
            (("until-used", None), ("grace", None), true),
            (("grace", None), ("until-used", None), false),
        ] {
            let after = with(after.0, after.1);
            let narrower = after.is_narrower_than(&with(before.0, before.1));
            assert_eq!(narrower, narrows, "{before:?} {after:?}");
        }
    }

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
