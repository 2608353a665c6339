//! The law of token exchange: what a token may be exchanged for. Scopes, audience and life can only
//! shrink.

use std::time::Duration;

use crate::access::{InvalidScope, ScopeRequest, ScopeSet, narrow_scopes};
use crate::base::Timestamp;
use crate::token::Audience;

/// The token that is presented.
#[derive(Debug, Clone, Copy)]
pub(super) struct SubjectToken<'a> {
    pub(super) scopes: &'a ScopeSet,
    pub(super) audience: &'a Audience,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// What the client asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The scopes, the client's list, and on whose behalf.
    pub(super) scopes: ScopeRequest<'a>,
    /// The values of `resource` and `audience`. Without any the whole audience is kept.
    pub(super) targets: &'a [&'a str],
    /// How long access tokens of the client are valid.
    pub(super) lifetime: Duration,
    /// When it asks.
    pub(super) now: Timestamp,
}

/// What it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) scopes: ScopeSet,
    pub(super) audience: Audience,
    pub(super) expires_at: Timestamp,
}

/// Why it gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// A scope is not the subject's or not the client's, or no scope is left.
    Scope(InvalidScope),
    /// A target is not in the subject's audience.
    Target,
    /// The subject has expired.
    Expired,
}

/// Returns what a token may be exchanged for.
///
/// # Errors
/// Returns the [`Refused`].
pub(super) fn may_exchange(
    subject: &SubjectToken<'_>,
    wanted: &Wanted<'_>,
) -> Result<Derived, Refused> {
    let beyond = wanted
        .scopes
        .scopes
        .map(|asked| asked.missing_from(wanted.scopes.client));
    if let Some(foreign) = beyond.as_ref().and_then(|beyond| beyond.iter().next()) {
        return Err(Refused::Scope(InvalidScope(foreign.to_string())));
    }
    let scopes = narrow_scopes(subject.scopes, &wanted.scopes).map_err(Refused::Scope)?;
    if wanted
        .targets
        .iter()
        .any(|target| !subject.audience.contains(target))
    {
        return Err(Refused::Target);
    }
    let kept =
        |value: &&String| wanted.targets.is_empty() || wanted.targets.contains(&value.as_str());
    let kept: Vec<String> = subject
        .audience
        .values()
        .iter()
        .filter(kept)
        .cloned()
        .collect();
    let audience = match kept.as_slice() {
        [only] => Audience::One(only.clone()),
        _ => Audience::Many(kept),
    };
    // The clock of this node may be behind that of the one that issued the subject. So the life is
    // compared as well, by which the feed decides how long a revocation is kept.
    let issued_at = wanted.now.whole_second();
    let whole = subject
        .expires_at
        .as_micros()
        .saturating_sub(subject.issued_at.as_micros());
    let whole = Duration::from_micros(u64::try_from(whole).unwrap_or_default());
    let expires_at = subject
        .expires_at
        .min(issued_at.plus(wanted.lifetime.min(whole)));
    if expires_at <= issued_at {
        return Err(Refused::Expired);
    }
    Ok(Derived {
        scopes,
        audience,
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::BehindToken;
    use proptest::prelude::*;

    const NAMES: [&str; 5] = ["read", "write", "admin", "openid", "analytics"];
    const TARGETS: [&str; 4] = ["https://id.example.com", "urn:a", "urn:b", "urn:c"];

    fn scopes() -> impl Strategy<Value = ScopeSet> {
        prop::sample::subsequence(NAMES.to_vec(), 0..=NAMES.len())
            .prop_map(|names| ScopeSet::parse(&names.join(" ")).unwrap())
    }

    fn targets(least: usize) -> impl Strategy<Value = Vec<&'static str>> {
        prop::sample::subsequence(TARGETS.to_vec(), least..=TARGETS.len())
    }

    proptest! {
        #[test]
        fn what_is_exchanged_only_shrinks(
            (held, listed, asked) in (scopes(), scopes(), prop::option::of(scopes())),
            (audience, targets) in (targets(1), targets(0)),
            (issued, life, lifetime, late) in (0i64..1_000, 1u64..100, 1u64..100, -50i64..150),
        ) {
            let audience: Vec<String> = audience.into_iter().map(str::to_owned).collect();
            let audience = Audience::of(&audience, "");
            let issued_at = Timestamp::from_seconds(1_000 + issued);
            let subject = SubjectToken {
                scopes: &held,
                audience: &audience,
                issued_at,
                expires_at: issued_at.plus(Duration::from_secs(life)),
            };
            let now = Timestamp::from_micros(issued_at.as_micros() + late * 1_000_000 + 7);
            let asks = ScopeRequest { scopes: asked.as_ref(), client: &listed, behind: BehindToken::Client };
            let wanted = Wanted {
                scopes: asks,
                targets: &targets,
                lifetime: Duration::from_secs(lifetime),
                now,
            };
            match may_exchange(&subject, &wanted) {
                Ok(derived) => {
                    prop_assert!(derived.scopes.iter().all(|scope| held.names(scope.as_str())));
                    prop_assert!(derived.scopes.iter().all(|scope| listed.names(scope.as_str())));
                    if let Some(asked) = &asked {
                        prop_assert_eq!(&derived.scopes, asked);
                    }
                    let values = derived.audience.values();
                    prop_assert!(!values.is_empty());
                    prop_assert!(values.iter().all(|value| audience.contains(value)));
                    prop_assert!(targets.is_empty() || values.len() == targets.len());
                    prop_assert!(derived.expires_at <= subject.expires_at);
                    prop_assert!(derived.expires_at > now.whole_second());
                    prop_assert!(derived.expires_at <= now.whole_second().plus(wanted.lifetime));
                    prop_assert!(
                        derived.expires_at <= now.whole_second().plus(Duration::from_secs(life))
                    );
                }
                Err(Refused::Scope(_)) => {
                    let wanted = asked.as_ref().unwrap_or(&held);
                    let may = |scope: &str| held.names(scope) && listed.names(scope);
                    prop_assert!(wanted.iter().any(|scope| !may(scope.as_str())));
                }
                Err(Refused::Target) => {
                    prop_assert!(targets.iter().any(|target| !audience.contains(target)));
                }
                Err(Refused::Expired) => prop_assert!(subject.expires_at <= now.whole_second()),
            }
        }
    }
}
