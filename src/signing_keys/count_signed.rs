//! How many tokens end if a key is revoked.

use super::store;
use crate::base::{KeyId, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::Index;

/// The largest number of tokens that are counted.
pub const MOST_COUNTED: i64 = 1_000;

/// The largest number of lines of the ledger that are looked at for each kind of token.
const LOOKED_AT: i64 = 20_000;

/// How many valid tokens a key has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedTokens {
    /// The number that was counted, at most [`MOST_COUNTED`].
    pub count: i64,
    /// Whether there are no more. Operator tokens that are in no ledger are never counted.
    pub is_exact: bool,
}

/// Counts the tokens of the ledger that a key has signed, that have not expired at `now` and that
/// `index` does not revoke.
///
/// # Errors
/// Returns the errors of the database.
pub fn signed_tokens(
    conn: &mut Conn,
    kid: KeyId,
    still_signs: bool,
    index: &Index,
    now: Timestamp,
) -> Result<SignedTokens> {
    let (mut count, mut after, mut looked) = (0, None, 0);
    let more = SignedTokens {
        count: MOST_COUNTED,
        is_exact: false,
    };
    let mut is_exact = true;
    loop {
        let found = store::tokens_of(conn, kid, after, now, MOST_COUNTED)?;
        for claims in &found {
            count += i64::from(!index.revokes(claims));
            if count > MOST_COUNTED {
                return Ok(more);
            }
        }
        looked += MOST_COUNTED;
        let Some(last) = found.last() else { break };
        if looked >= LOOKED_AT {
            is_exact = false;
            break;
        }
        after = Some((last.organization, last.jti));
    }
    // Twice as many as are counted: some may be revoked.
    let bounds = (MOST_COUNTED * 2, LOOKED_AT);
    let (found, some_left) = store::operator_tokens_of(conn, kid, still_signs, bounds, now)?;
    is_exact &= !some_left && i64::try_from(found.len()).is_ok_and(|found| found < bounds.0);
    let valid = found.iter().filter(|claims| !index.revokes(claims));
    count += i64::try_from(valid.count()).unwrap_or(MOST_COUNTED);
    if count > MOST_COUNTED {
        return Ok(more);
    }
    Ok(SignedTokens { count, is_exact })
}
