//! When tokens were last used: recorded in memory when a token is validated, and written to the
//! ledger in batches by a job.
//!
//! For a token in constant use, recording costs one look-up in this thread's own table; the shared
//! table is updated at most a hundred times a second. An entry stays until it is written to the
//! ledger.

mod store;

pub(super) use store::write;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::Line;
use crate::base::{OrganizationId, Timestamp, TokenId};
use crate::token::{Claims, Kind};

/// The number of parts of the shared table for one kind of token, so that threads seldom wait for
/// the same lock.
const PARTS: usize = 64;

/// The largest number of tokens in a part between two writes: 65,536 in total. Other tokens are
/// recorded at their next use. Company tokens have a table of their own, so that many operator
/// tokens cannot displace them.
const MOST: usize = 1_024;

/// Uses less than this apart are recorded as one (microseconds).
const GRAIN: i64 = 10_000;

/// A use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The organization.
    pub organization: OrganizationId,
    /// The token.
    pub jti: TokenId,
    /// The time of the use.
    pub at: Timestamp,
}

impl Line {
    /// Returns the row with a use that is not written yet.
    #[must_use]
    pub fn with_use(self, unwritten: Option<Timestamp>) -> Self {
        Self {
            last_used_at: self.last_used_at.max(unwritten),
            ..self
        }
    }
}

/// The number of tokens in a thread's own table: 256 take 10 kB.
const NEAR: usize = 256;

/// An entry of a thread's own table: the service's number, the token, the time (microseconds).
type Near = (u64, TokenId, i64);

thread_local! {
    static NOTED: RefCell<Box<[Near]>> = RefCell::new(vec![(0, TokenId([0; 16]), 0); NEAR].into());
}

/// The latest uses that are not written to the ledger yet.
#[derive(Debug)]
pub struct Uses {
    /// The number of this service within the process.
    id: u64,
    recorded: Notes,
    operator: Option<Notes>,
}

#[derive(Debug)]
struct Notes(Box<[Mutex<Part>]>);

type Part = HashMap<TokenId, (OrganizationId, Timestamp), foldhash::fast::RandomState>;

impl Uses {
    /// Returns an empty table for company tokens, and for operator tokens if the ledger has rows of
    /// them.
    #[must_use]
    pub fn new(with_operator_tokens: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            recorded: Notes::default(),
            operator: with_operator_tokens.then(Notes::default),
        }
    }

    /// Records that a token was valid at `now`.
    pub fn note(&self, claims: &Claims, now: Timestamp) {
        let notes = match claims.kind() {
            Kind::Company | Kind::Session | Kind::Access | Kind::Refresh | Kind::Console => {
                &self.recorded
            }
            Kind::Operator => match &self.operator {
                Some(notes) => notes,
                None => return,
            },
        };
        if !self.noted_here(claims.jti, now.as_micros()) {
            notes.note(claims, now);
        }
    }

    /// Returns whether this thread recorded the token a moment ago. If not, records it in the
    /// thread's own table.
    fn noted_here(&self, jti: TokenId, now: i64) -> bool {
        let [.., last] = jti.0;
        NOTED.with_borrow_mut(|noted| {
            let Some(near) = noted.get_mut(usize::from(last) % NEAR) else {
                return false;
            };
            let (id, token, at) = *near;
            let fresh = id == self.id && token == jti && (at..at + GRAIN).contains(&now);
            if !fresh {
                *near = (self.id, jti, now);
            }
            fresh
        })
    }

    /// Returns the last use on this node that is not written yet; `None` if there is none.
    #[must_use]
    pub fn unwritten(&self, jti: TokenId) -> Option<Timestamp> {
        let at = |notes: &Notes| Some(notes.part(jti)?.lock().get(&jti)?.1);
        self.all().filter_map(at).max()
    }

    /// Returns the uses to be written, in the order of the ledger's primary key.
    #[must_use]
    pub fn pending(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for part in self.all().flat_map(|notes| &notes.0) {
            let part = part.lock();
            uses.extend(part.iter().map(|(jti, (organization, at))| Use {
                organization: *organization,
                jti: *jti,
                at: *at,
            }));
        }
        uses.sort_unstable();
        uses
    }

    /// Removes what was written, unless the token was used again in the meantime.
    pub fn written(&self, uses: &[Use]) {
        for one in uses {
            for mut part in self
                .all()
                .filter_map(|notes| Some(notes.part(one.jti)?.lock()))
            {
                if part.get(&one.jti).is_some_and(|(_, at)| *at <= one.at) {
                    part.remove(&one.jti);
                }
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Notes> {
        std::iter::once(&self.recorded).chain(&self.operator)
    }
}

impl Default for Notes {
    fn default() -> Self {
        Self((0..PARTS).map(|_| Mutex::default()).collect())
    }
}

impl Notes {
    fn part(&self, jti: TokenId) -> Option<&Mutex<Part>> {
        let [.., last] = jti.0;
        self.0.get(usize::from(last) % PARTS)
    }

    fn note(&self, claims: &Claims, now: Timestamp) {
        let Some(mut part) = self.part(claims.jti).map(Mutex::lock) else {
            return;
        };
        if let Some((_, at)) = part.get_mut(&claims.jti) {
            *at = now.max(*at);
        } else if part.len() < MOST {
            part.insert(claims.jti, (claims.organization, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{OperatorId, Sequence};
    use crate::token::TokenUse;
    use proptest::prelude::*;

    fn claims(number: u32, kind: Kind) -> Claims {
        let mut jti = [0; 16];
        jti[12..].copy_from_slice(&number.to_be_bytes());
        jti[0] = u8::from(kind == Kind::Company);
        let at = Timestamp::from_seconds(1);
        Claims {
            jti: TokenId(jti),
            organization: OrganizationId(7),
            rev: Sequence(0),
            issued_at: at,
            token_use: match kind {
                Kind::Operator => TokenUse::Operator {
                    operator: OperatorId(1),
                    parent: TokenId([9; 16]),
                    expires_at: at,
                },
                _ => TokenUse::Company { expires_at: None },
            },
        }
    }

    #[test]
    fn memory_is_bounded_and_a_crowd_of_operator_tokens_hides_no_company_token() {
        let uses = Uses::new(true);
        let now = Timestamp::from_seconds(5);
        for number in 0..u32::try_from(PARTS * MOST).unwrap() + 10 {
            uses.note(&claims(number, Kind::Operator), now);
        }
        assert_eq!(uses.pending().len(), PARTS * MOST);
        uses.note(&claims(1, Kind::Company), now);
        let pending = uses.pending();
        assert_eq!(pending.len(), PARTS * MOST + 1);
        uses.written(&pending);
        assert!(uses.pending().is_empty());
        uses.note(&claims(1, Kind::Operator), Timestamp::from_seconds(6));
        assert_eq!(uses.pending().len(), 1, "there is room again");

        let uses = Uses::new(false);
        uses.note(&claims(1, Kind::Operator), now);
        assert!(uses.pending().is_empty(), "no line, no note");
    }

    proptest! {
        #[test]
        fn no_use_is_lost_however_writing_falls_between(
            steps in prop::collection::vec((0u32..3, 0i64..50_000, any::<bool>()), 1..60),
        ) {
            let uses = Uses::new(true);
            let mut written = std::collections::HashMap::new();
            let mut seen = std::collections::HashMap::new();
            let mut now = 1_000_000;
            for (number, passed, write) in steps {
                now += passed;
                let pending = if write { uses.pending() } else { Vec::new() };
                let claims = claims(number, Kind::Company);
                uses.note(&claims, Timestamp::from_micros(now));
                seen.insert(claims.jti, now);
                written.extend(pending.iter().map(|one| (one.jti, one.at.as_micros())));
                uses.written(&pending);
            }
            for (jti, last) in seen {
                let unwritten = uses.unwritten(jti).map_or(0, Timestamp::as_micros);
                let known = unwritten.max(written.get(&jti).copied().unwrap_or_default());
                prop_assert!(known <= last && last < known + GRAIN);
            }
        }
    }
}
