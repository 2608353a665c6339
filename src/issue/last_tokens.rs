//! When operators got their last tokens: kept in memory when a token is issued, and written to the
//! records of the operators by a job.
//!
//! Issuing must not wait for a second row, so nothing is written with the token. And a record is written
//! at most once an hour, however many tokens its operator gets: what the column is for is to find those
//! who get none for days. A node that is killed loses at most what it noted since the job last ran; the
//! operator's next token makes up for it.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::token::{Claims, Kind};

/// How far apart two writes of one record are at least.
const EVERY: Duration = Duration::from_hours(1);

/// The number of parts of the table, so that threads seldom wait for the same lock.
const PARTS: usize = 16;

/// The largest number of operators in a part: 65,536 in total, some 4 MB. Those without a place are noted
/// at their next token after [`LastTokens::tidy`].
const MOST: usize = 4_096;

/// A token that an operator got: the organization, the operator, and when the token was issued.
pub type LastToken = (OrganizationId, OperatorId, Timestamp);

#[derive(Debug, Clone, Copy)]
struct Note {
    at: Timestamp,
    /// What was written. `None` if nothing was since the note was made.
    written: Option<Timestamp>,
}

impl Note {
    fn is_due(&self) -> bool {
        self.written
            .is_none_or(|written| self.at >= written.plus(EVERY))
    }
}

type Part = HashMap<(OrganizationId, OperatorId), Note>;

/// The last tokens of operators, as far as this node has issued them.
#[derive(Debug)]
pub struct LastTokens(Box<[Mutex<Part>]>);

impl Default for LastTokens {
    fn default() -> Self {
        Self((0..PARTS).map(|_| Mutex::default()).collect())
    }
}

impl LastTokens {
    fn part(&self, operator: OperatorId) -> Option<&Mutex<Part>> {
        let number = usize::try_from(operator.0.unsigned_abs()).unwrap_or_default();
        self.0.get(number % PARTS)
    }

    /// Notes a token that was issued. Only operator tokens and access tokens that stand for an operator
    /// count.
    pub fn note(&self, claims: &Claims) {
        if !matches!(claims.kind(), Kind::Operator | Kind::Access) {
            return;
        }
        let Some(operator) = claims.operator() else {
            return;
        };
        let Some(mut part) = self.part(operator).map(Mutex::lock) else {
            return;
        };
        let (key, at) = ((claims.organization, operator), claims.issued_at);
        if let Some(note) = part.get_mut(&key) {
            note.at = note.at.max(at);
            return;
        }
        if part.len() < MOST {
            part.insert(key, Note { at, written: None });
        }
    }

    /// Returns when this node last issued a token to an operator. `None` if it does not know of one.
    #[must_use]
    pub fn of(&self, organization: OrganizationId, operator: OperatorId) -> Option<Timestamp> {
        let part = self.part(operator)?.lock();
        part.get(&(organization, operator)).map(|note| note.at)
    }

    /// Returns what is to be written, in the order of the keys.
    #[must_use]
    pub fn pending(&self) -> Vec<LastToken> {
        let mut pending = Vec::new();
        for part in &self.0 {
            let part = part.lock();
            let due = part.iter().filter(|(_, note)| note.is_due());
            pending.extend(
                due.map(|((organization, operator), note)| (*organization, *operator, note.at)),
            );
        }
        pending.sort_unstable();
        pending
    }

    /// Forgets what was written an hour ago; and everything that was written, where there are so many
    /// operators that others could find no place.
    pub fn tidy(&self, now: Timestamp) {
        for part in &self.0 {
            let mut part = part.lock();
            let is_crowded = part.len() > MOST / 2;
            part.retain(|_, note| {
                let is_fresh = note.written.is_some_and(|at| now < at.plus(EVERY));
                note.is_due() || (is_fresh && !is_crowded)
            });
        }
    }

    /// Takes note of what was written.
    pub fn written(&self, tokens: &[LastToken]) {
        for (organization, operator, at) in tokens {
            if let Some(mut part) = self.part(*operator).map(Mutex::lock)
                && let Some(note) = part.get_mut(&(*organization, *operator))
            {
                note.written = note.written.max(Some(*at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::base::{Sequence, TokenId};
    use crate::token::TokenUse;

    fn claims(operator: i64, seconds: i64) -> Claims {
        let at = Timestamp::from_seconds(seconds);
        Claims {
            jti: TokenId([0; 16]),
            organization: OrganizationId(1),
            rev: Sequence(0),
            issued_at: at,
            token_use: TokenUse::Operator {
                operator: OperatorId(operator),
                parent: TokenId([9; 16]),
                expires_at: at,
            },
        }
    }

    #[test]
    fn a_record_is_written_once_an_hour_and_memory_is_bounded() {
        let tokens = LastTokens::default();
        for second in 0..3_600 {
            tokens.note(&claims(7, second));
            let pending = tokens.pending();
            assert_eq!(pending.len(), usize::from(second == 0));
            tokens.written(&pending);
        }
        tokens.note(&claims(7, 3_600));
        assert_eq!(tokens.pending().len(), 1);
        let most = i64::try_from(PARTS * MOST).unwrap();
        (0..most + 100).for_each(|operator| tokens.note(&claims(operator, 4_000)));
        assert_eq!(tokens.pending().len(), PARTS * MOST);
        tokens.written(&tokens.pending());
        let now = Timestamp::from_seconds(4_001);
        tokens.tidy(now);
        tokens.note(&claims(most + 1, 4_001));
        assert_eq!(tokens.pending().len(), 1, "there is room again");
        tokens.written(&tokens.pending());
        tokens.tidy(now.plus(EVERY));
        assert_eq!(tokens.of(OrganizationId(1), OperatorId(most + 1)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_at_most_an_hour_older_than_the_last_token(
            steps in prop::collection::vec((0_i64..3, 0_i64..9_000, any::<bool>()), 1..60),
        ) {
            let tokens = LastTokens::default();
            let (mut now, mut last, mut stored) = (0, BTreeMap::new(), BTreeMap::new());
            for (operator, passed, write) in steps {
                now += passed;
                tokens.note(&claims(operator, now));
                last.insert(operator, now);
                if write {
                    let pending = tokens.pending();
                    stored.extend(pending.iter().map(|(_, operator, at)| (operator.0, at.as_seconds())));
                    tokens.written(&pending);
                    tokens.tidy(Timestamp::from_seconds(now));
                    for (operator, at) in &last {
                        prop_assert!(at - stored[operator] < 3_600);
                    }
                }
                let known = tokens.of(OrganizationId(1), OperatorId(operator));
                let known = known.map_or(stored.get(&operator).copied().unwrap_or_default(), Timestamp::as_seconds);
                prop_assert!(now - known < 3_600);
            }
        }
    }
}
