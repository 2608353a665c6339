//! Issuing an operator token at the command line, where there is no company token. The token's parent
//! is a line of kind `console` that this writes: revoking that line revokes the token as well.

use std::time::Duration;

use super::issue::{end, insert_noted, issued, line};
use super::{IssueError, OperatorStatus, OperatorToken, manage, store};
use crate::audit::{self, Origin};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::config::OverCap;
use crate::db::{Conn, Db, Error};
use crate::ledger::Label;
use crate::signing_keys::Ring;
use crate::token::{Claims, KeyError, TokenUse};
use crate::usage;

/// An operator token to issue.
#[derive(Debug)]
pub struct FromCli<'a> {
    /// The organization.
    pub organization: OrganizationId,
    /// The operator.
    pub operator: OperatorId,
    /// How long the token is valid.
    pub life: Duration,
    /// The longest life that the policy of the organization allows.
    pub longest: Duration,
    /// The head of the feed before any record was read. A revocation or a suspension since then
    /// revokes the token as well.
    pub rev: Sequence,
    /// What is written beside the issue.
    pub note: Option<Label>,
    /// The keys; the active one signs.
    pub ring: &'a Ring,
    /// The issuer of operator tokens.
    pub issuer: &'a str,
    /// Whether operator tokens are written to the ledger.
    pub in_ledger: bool,
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum FromCliError {
    /// The organization has no such operator.
    #[error("there is no operator with this id in this organization")]
    Unknown,
    /// The operator is not active.
    #[error("the operator is {0}: no tokens are issued for it")]
    NotActive(OperatorStatus),
    /// The life is 0, or longer than the policy of the organization allows.
    #[error("the life must be at least a second and at most {} minutes ({} seconds)", longest.as_secs() / 60, longest.as_secs())]
    Life {
        /// The longest life.
        longest: Duration,
    },
    /// Signing failed.
    #[error("{0}")]
    Key(KeyError),
    /// A database call failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for FromCliError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Issues a token. It is counted in the same transaction, since no node counts it.
///
/// # Errors
/// Returns the [`FromCliError`].
pub fn issue_from_cli(
    db: &Db,
    wanted: &FromCli<'_>,
    now: Timestamp,
) -> Result<OperatorToken, FromCliError> {
    let (issued_at, organization) = (now.whole_second(), wanted.organization);
    db.write_blocking(|conn| {
        let expires_at = expiry(conn, wanted, now)?;
        let claims = |token_use| Claims {
            jti: TokenId::generate(now),
            organization,
            rev: wanted.rev,
            issued_at,
            token_use,
        };
        let session = claims(TokenUse::Console {
            operator: None,
            expires_at,
        });
        let token = claims(TokenUse::Operator {
            operator: wanted.operator,
            parent: session.jti,
            expires_at,
        });
        let key = wanted.ring.active();
        let text = key.sign(&token, wanted.issuer).map_err(FromCliError::Key)?;
        insert_noted(conn, line(session, None, None), wanted.note.as_ref())?;
        if wanted.in_ledger {
            let line = line(token, Some(key.kid), None);
            insert_noted(conn, line, wanted.note.as_ref())?;
        }
        audit::record(
            conn,
            &issued(&token, expires_at, &Origin::command_line(), now),
        )?;
        usage::record_issued(conn, organization, token.kind(), now)?;
        let got = [(organization, wanted.operator, issued_at)];
        store::write_last_tokens(conn, &got)?;
        Ok(OperatorToken { text, expires_at })
    })
}

/// Returns when the token expires.
fn expiry(
    conn: &mut Conn,
    wanted: &FromCli<'_>,
    now: Timestamp,
) -> Result<Timestamp, FromCliError> {
    let operator = manage::get(conn, wanted.organization, wanted.operator);
    match operator.map(|operator| operator.status) {
        Ok(OperatorStatus::Active) => {}
        Ok(other) => return Err(FromCliError::NotActive(other)),
        Err(super::ManageError::Database(why)) => return Err(why.into()),
        Err(_) => return Err(FromCliError::Unknown),
    }
    let longest = wanted.longest;
    let asked = Some(now.whole_second().plus(wanted.life));
    end(asked, longest, OverCap::Reject, now).map_err(|why| match why {
        IssueError::Database(why) => FromCliError::Database(why),
        _ => FromCliError::Life { longest },
    })
}
