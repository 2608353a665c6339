//! How long an entry is needed: as long as anything that it revokes can be valid.

use std::time::Duration;

use super::{Target, TargetKind};
use crate::base::Timestamp;
use crate::feed::Needed;
use crate::token::{Claims, Kind, Life};

impl TargetKind {
    /// The kinds of token that the target revokes besides the token it names. The entry is needed
    /// as long as the longest of their lives.
    pub(super) const fn revokes(self) -> &'static [Kind] {
        match self {
            Self::Token | Self::Session | Self::ApiKey => &[],
            Self::Client | Self::Grant => &Kind::OF_A_CLIENT,
            Self::Sessions => &[Kind::Session, Kind::Console],
            Self::CompanyToken => &Kind::UNDER_A_COMPANY_TOKEN,
            Self::Operator => &Kind::OF_AN_OPERATOR,
            Self::Organization | Self::Key => &Kind::ALL,
        }
    }
}

impl Target {
    /// Returns how long the entry is needed if it is written at `now`: as long as the longest life
    /// of anything it revokes. `token` is the token that the target names, if the caller has it;
    /// without it the longest life of its kind is used.
    #[must_use]
    pub fn needed(self, token: Option<&Claims>, now: Timestamp) -> Needed {
        let lives = self.kind().revokes().iter().map(|kind| kind.longest_life());
        let below = lives.max().unwrap_or(Life::NONE);
        let own_end = token.and_then(Claims::expires_at);
        // The instants are for followers, which have only a wall clock, and it may be wrong. Those of
        // version 0.1 judge operator tokens only.
        let followed = Kind::Operator.longest_life().span();
        let (own, ends) = match self {
            Self::Token(_) => {
                let longest = Kind::Operator
                    .longest_life()
                    .max(Kind::Access.longest_life());
                let latest = longest.span().map(|span| (now, span * 2));
                let own = own_end.map(|end| (end, Duration::ZERO));
                (token.map_or(longest, Claims::life), own.or(latest))
            }
            Self::Session(_) => {
                let life = Kind::Session.longest_life();
                (life, life.span().map(|span| (now, span * 2)))
            }
            Self::CompanyToken(_) => {
                // A token derived from it a moment before may outlive it by that token's whole
                // life.
                let life = token.map_or(Kind::Company.longest_life(), Claims::life);
                (life, own_end.map(|end| end.max(now)).zip(below.span()))
            }
            // Twice the life: a clock that runs behind on another node may still sign for a while.
            Self::Operator(_) | Self::ApiKey(_) => {
                (Life::NONE, followed.map(|span| (now, span * 2)))
            }
            Self::Client(_) | Self::Grant(_) | Self::Sessions { .. } => {
                (Life::NONE, below.span().map(|span| (now, span * 2)))
            }
            Self::Organization | Self::Key(_) => (Life::NONE, None),
        };
        Needed {
            life: own.max(below),
            ends,
        }
    }
}
