//! How long an entry of the feed is needed.

use std::time::Duration;

use crate::base::Timestamp;
use crate::token::{Claims, Life};

/// How long an entry is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The longest life of a token that the entry affects. The service uses this one
    /// ([`crate::uptime`]).
    pub life: Life,
    /// An instant and a span, for followers of the revocation list, which have only a wall clock.
    /// The entry is needed until the span has passed since that instant, or since the latest
    /// instant at which any clock wrote an entry. `None` if it is needed for ever.
    pub ends: Option<(Timestamp, Duration)>,
}

impl Needed {
    /// The entry is needed for ever.
    pub const ALWAYS: Self = Self {
        life: Life::Endless,
        ends: None,
    };

    /// The entry is needed as long as the token can be valid.
    #[must_use]
    pub fn until_the_end_of(claims: &Claims) -> Self {
        Self {
            life: claims.life(),
            ends: claims.expires_at().map(|end| (end, Duration::ZERO)),
        }
    }

    /// The entry is needed until every node has applied it: it affects no token.
    #[must_use]
    pub const fn in_passing(now: Timestamp) -> Self {
        Self {
            life: Life::NONE,
            ends: Some((now, Duration::ZERO)),
        }
    }
}
