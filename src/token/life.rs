//! How long a token can be valid, in whole days, rounded up. What must outlive the token is kept by
//! this measure.

use std::time::Duration;

use super::{Claims, Kind};

const DAY: Duration = Duration::from_hours(24);

/// The longest time for which something is valid, in whole days, rounded up. It is not an instant:
/// what must outlive it is measured in uptime ([`crate::uptime`]), which does not depend on a wall
/// clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Life {
    /// At most so many days; 0 for what affects no token.
    Days(u16),
    /// No end.
    Endless,
}

impl Life {
    /// The life of what affects no token.
    pub const NONE: Self = Self::Days(0);

    /// Returns a life of at least `span`, which is endless above 179 years.
    #[must_use]
    pub fn of(span: Duration) -> Self {
        let days = span.as_nanos().div_ceil(DAY.as_nanos());
        u16::try_from(days)
            .ok()
            .filter(|days| *days < u16::MAX)
            .map_or(Self::Endless, Self::Days)
    }

    /// Returns the days. `None` if it has no end.
    #[must_use]
    pub const fn days(self) -> Option<u16> {
        match self {
            Self::Days(days) => Some(days),
            Self::Endless => None,
        }
    }

    /// Returns the life as a span. `None` if it has no end.
    #[must_use]
    pub fn span(self) -> Option<Duration> {
        self.days().map(|days| DAY * u32::from(days))
    }

    /// Returns the longest life of these kinds.
    fn longest(kinds: &[Kind]) -> Self {
        let lives = kinds.iter().map(|kind| kind.longest_life());
        lives.max().unwrap_or(Self::NONE)
    }

    /// Returns the longest life of a token that stands for an operator. An entry that revokes an
    /// operator's tokens is needed that long.
    #[must_use]
    pub fn longest_of_an_operator() -> Self {
        Self::longest(&Kind::OF_AN_OPERATOR)
    }

    /// Returns the longest life of a token that derives from a company token.
    #[must_use]
    pub fn longest_under_a_company_token() -> Self {
        Self::longest(&Kind::UNDER_A_COMPANY_TOKEN)
    }

    /// Returns the longest life of a token that may be in no ledger. A key that the ledger does not
    /// name may be needed that long.
    #[must_use]
    pub fn longest_unrecorded() -> Self {
        Self::longest(&Kind::PERHAPS_UNRECORDED)
    }
}

impl Claims {
    /// Returns the life that the token was issued for.
    #[must_use]
    pub fn life(&self) -> Life {
        let Some(end) = self.expires_at() else {
            return Life::Endless;
        };
        let micros = end.as_micros().saturating_sub(self.issued_at.as_micros());
        Life::of(Duration::from_micros(
            u64::try_from(micros).unwrap_or_default(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_life_is_never_shorter_than_the_span(seconds in 0u64..8_000_000_000) {
            let span = Duration::from_secs(seconds);
            let life = Life::of(span);
            prop_assert!(life.span().is_none_or(|life| life >= span && life < span + DAY));
            prop_assert!(Life::of(span + Duration::from_nanos(1)) >= life);
        }
    }

    #[test]
    fn no_kind_lives_longer_than_what_revokes_it_is_kept_for() {
        for kind in Kind::ALL {
            if Kind::OF_AN_OPERATOR.contains(&kind) {
                assert!(kind.longest_life() <= Life::longest_of_an_operator());
            }
        }
        assert_eq!(Life::of(DAY), Life::Days(1));
        assert_eq!(Life::of(DAY + Duration::from_secs(1)), Life::Days(2));
        assert!(Life::Days(u16::MAX) < Life::Endless);
    }
}
