//! Why a token is refused: by which rule, since when, and who caused it. This is read from the
//! database, for callers that may see it. Other callers only receive that the token is invalid.

use super::facts::{Token, facts};
use super::verdict::{Refused, verdict};
use super::{Reason, Record};
use crate::audit::{self, Action};
use crate::base::{KeyId, Seek, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::Entry;
use crate::token::Claims;

/// Why a token is refused.
#[derive(Debug, Clone)]
pub struct Why {
    /// The rule that refuses it.
    pub reason: Reason,
    /// Since when; `None` if that is not recorded.
    pub since: Option<Timestamp>,
    /// The entry of the feed that the rule applies; `None` if no entry is involved.
    pub entry: Option<Entry>,
    /// The audit event that was recorded with the entry; `None` if there is none any more.
    pub audit_event: Option<audit::Line>,
}

/// Returns why a token with a valid signature is refused at `now`; `None` if it is valid. For a
/// token that is both revoked and expired, the reason is the revocation.
///
/// # Errors
/// Returns the errors of the database.
pub fn why(conn: &mut Conn, claims: &Claims, now: Timestamp) -> Result<Option<Why>> {
    let token = Token {
        claims,
        line: None,
        kid: None,
    };
    why_token(conn, token, |_| true, now)
}

/// Like [`why`], for a token in the ledger. `knows_key` returns whether a key still verifies
/// signatures.
///
/// # Errors
/// Returns the errors of the database.
pub fn why_not(
    conn: &mut Conn,
    record: &Record,
    knows_key: impl Fn(KeyId) -> bool,
    now: Timestamp,
) -> Result<Option<Why>> {
    let token = Token {
        claims: &record.line.claims,
        line: Some(&record.line),
        kid: record.kid,
    };
    why_token(conn, token, knows_key, now)
}

fn why_token(
    conn: &mut Conn,
    token: Token<'_>,
    knows_key: impl Fn(KeyId) -> bool,
    now: Timestamp,
) -> Result<Option<Why>> {
    let claims = token.claims;
    let facts = facts(conn, claims.organization, &[token], knows_key)?;
    let refused = facts.first().and_then(|facts| verdict(facts, now));
    refused
        .map(|refused| caused(conn, claims, refused))
        .transpose()
}

/// Adds who caused that a token is refused.
fn caused(conn: &mut Conn, claims: &Claims, refused: Refused) -> Result<Why> {
    let audit_event = match (refused.reason, refused.entry) {
        (Reason::SessionEnded, _) => session_ended(conn, claims)?,
        (_, Some(entry)) => audit::of_entry(conn, entry.organization, entry.seq)?,
        (_, None) => None,
    };
    let ended = (refused.reason == Reason::SessionEnded).then_some(audit_event.as_ref());
    Ok(Why {
        reason: refused.reason,
        since: refused.since.or(ended.flatten().map(|event| event.at)),
        entry: refused.entry,
        audit_event,
    })
}

/// Returns who ended a console session without a row. `None` if it was not used for too long.
fn session_ended(conn: &mut Conn, claims: &Claims) -> Result<Option<audit::Line>> {
    let page = audit::Page {
        organization: Some(claims.organization),
        filter: audit::Filter {
            actions: vec![Action::SessionEnded],
            target: Some(format!("session:{}", claims.jti)),
            // No older event is about it, so the index by time bounds the search.
            from: Some(claims.issued_at),
            ..audit::Filter::default()
        },
        seek: Seek::First,
        limit: 1,
    };
    Ok(audit::page(conn, &page)?.page.rows.pop())
}
