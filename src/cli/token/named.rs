//! Finds the token that an argument names by its text or by its id.

use std::io::Read;

use super::check;
use super::reading::{Reading, Reason};
use crate::base::{Timestamp, TokenId};
use crate::cli::output::Failure;
use crate::config::Config;
use crate::db::Db;
use crate::ledger::{self, Record};
use crate::token::{Claims, Issuers};

/// The maximum number of bytes read from standard input: enough to detect a text that is too long.
const MOST_READ: u64 = 1 << 20;

/// Returns the argument, or standard input if the argument is `-`.
///
/// # Errors
/// Returns an error if standard input cannot be read.
pub(super) fn given(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(MOST_READ)
        .read_to_end(&mut bytes)
        .map_err(|why| Failure::new(format_args!("cannot read standard input: {why}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the token without what copying leaves around it: white space, the quotes of a JSON
/// string, `Bearer`.
pub(in crate::cli) fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or(text, |(_, token)| token.trim());
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

/// A token of this service.
pub(super) struct Named {
    pub(super) claims: Claims,
    /// Its line in the ledger. `None` if there is none.
    pub(super) record: Option<Record>,
}

/// The result of a search.
pub(super) enum Found {
    Token(Box<Named>),
    /// The text is not a token of this service, for these reasons.
    Foreign(Vec<Reason>),
}

impl Found {
    /// Finds the token that `text` names. An id is searched for in the ledger; a token must be
    /// signed with a key in the database.
    ///
    /// # Errors
    /// Returns an error if the ledger has no such id, or the database or the keys cannot be read.
    pub(super) fn of(
        text: &str,
        db: &Db,
        config: &Config,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        if let Ok(jti) = text.parse::<TokenId>() {
            let record = db.read_blocking(|conn| ledger::find_anywhere(conn, jti))?;
            let record = record.ok_or_else(|| {
                Failure::new(
                    "the ledger has no token of this id: it was never issued, or issued while the ledger was off, or its line was \
                     purged after its end; the token itself can be looked at all the same",
                )
            })?;
            return Ok(Self::Token(Box::new(Named {
                claims: record.line.claims,
                record: Some(record),
            })));
        }
        let mut reading = Reading::of(text, &Issuers::of_config(config), now);
        let ring = check::ring(db, config).map_err(Failure::new)?;
        check::signature(text, &ring, &mut reading);
        match reading.claims.filter(|_| reading.authentic == Some(true)) {
            Some(claims) => {
                let find = |conn: &mut _| ledger::find(conn, claims.organization, claims.jti);
                let record = db.read_blocking(find)?;
                Ok(Self::Token(Box::new(Named { claims, record })))
            }
            None => Ok(Self::Foreign(reading.reasons)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_copying_leaves_around_a_token_is_left_out() {
        for text in [
            "a.b.c",
            " a.b.c\n",
            "\"a.b.c\"\n",
            "Bearer a.b.c",
            "bearer  \"a.b.c\"",
        ] {
            assert_eq!(bare(text), "a.b.c");
        }
        assert_eq!(bare("\""), "\"");
        assert_eq!(bare("a b"), "a b");
    }
}
