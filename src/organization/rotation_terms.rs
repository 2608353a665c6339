//! The terms of rotating company tokens.

use std::time::Duration;

use crate::base::Timestamp;

/// The terms of rotation of an organization: its own settings, or the service's default where it
/// has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long after its issue a token is due.
    pub period: Duration,
    /// How long a rotated token stays valid beside its successor. If the terms are enforced, this
    /// is also how long a token that is due stays valid.
    pub grace: Duration,
    /// Since when these terms are enforced; `None` if they are not, and then a token that is due
    /// stays valid.
    pub enforced_since: Option<Timestamp>,
}

impl Terms {
    /// Returns when a token issued at `issued_at` is due.
    #[must_use]
    pub fn due(&self, issued_at: Timestamp) -> Timestamp {
        issued_at.plus(self.period)
    }

    /// Returns when a token ends that is not rotated: one grace after it is due, but at least one
    /// grace after the terms came into force, so that a change of terms breaks no client at once.
    /// `None` if the terms are not enforced.
    #[must_use]
    pub fn end_unless_rotated(&self, issued_at: Timestamp) -> Option<Timestamp> {
        let since = self.enforced_since?;
        Some(self.due(issued_at).max(since).plus(self.grace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms() -> impl Strategy<Value = Terms> {
        (1u64..100, 0u64..100, prop::option::of(1_000i64..1_200)).prop_map(
            |(period, grace, since)| Terms {
                period: Duration::from_secs(period),
                grace: Duration::from_secs(grace),
                enforced_since: since.map(Timestamp::from_seconds),
            },
        )
    }

    proptest! {
        #[test]
        fn enforcing_gives_everyone_a_grace(terms in terms(), age in 0i64..500) {
            let issued_at = Timestamp::from_seconds(1_000 + age);
            let Some(since) = terms.enforced_since else {
                prop_assert_eq!(terms.end_unless_rotated(issued_at), None);
                return Ok(());
            };
            let end = terms.end_unless_rotated(issued_at).unwrap();
            let grace_from = |start: Timestamp| start.plus(terms.grace);
            prop_assert!(end >= grace_from(since) && end >= grace_from(terms.due(issued_at)));
            prop_assert!(end == grace_from(since) || end == grace_from(terms.due(issued_at)));
        }
    }
}
