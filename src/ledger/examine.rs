//! Examines tokens: why one is refused, and what else the ledger has about it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Ancestry, Line, Record, Why, find, store, why_not};
use crate::app::App;
use crate::base::{KeyId, OrganizationId, Timestamp, TokenId};
use crate::db;
use crate::token::{CLOCK_SKEW, Kind};

/// Returns everything that the ledger has about a token of an organization, and why it is refused:
/// `None` in that place if it is valid. `None` as a whole if there is no such token.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn examine(
    app: &App,
    organization: OrganizationId,
    jti: TokenId,
) -> db::Result<Option<(Record, Option<Why>)>> {
    let (now, ring) = (app.clock.now(), Arc::clone(&app.tokens.validator.ring()));
    app.db
        .read(move |conn| {
            let Some(record) = find(conn, organization, jti)? else {
                return Ok(None);
            };
            let knows = |kid: KeyId| ring.keys().any(|key| key.kid == kid);
            let why = why_not(conn, &record, knows, now)?;
            Ok(Some((record, why)))
        })
        .await
}

/// What a list says about a token beside its line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// The address from which it was requested. `None` if that is not known.
    pub address: Option<String>,
    /// `revoked`, `expired` or `invalid`, as [`Reason::status`](super::Reason::status) has it. `None` if the
    /// token is valid.
    pub status: Option<&'static str>,
}

/// Returns what a list says beside these tokens of an organization. The number of queries does not depend
/// on the number of tokens, because what revokes them is in memory.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn beside(
    app: &App,
    organization: OrganizationId,
    lines: Vec<Line>,
) -> db::Result<HashMap<TokenId, Beside>> {
    let (now, ring) = (app.clock.now(), Arc::clone(&app.tokens.validator.ring()));
    let read = move |conn: &mut _| {
        let ids: Vec<TokenId> = lines.iter().map(|line| line.claims.jti).collect();
        let origins = store::origins(conn, organization, &ids)?;
        let is_session = |line: &&Line| line.claims.kind() == Kind::Console;
        let sessions: Vec<TokenId> = lines
            .iter()
            .filter(is_session)
            .map(|line| line.claims.jti)
            .collect();
        let sessions = store::open_sessions(conn, organization, &sessions)?;
        let ancestry = Ancestry::of(conn, organization, &lines)?;
        Ok::<_, db::Error>((lines, origins, sessions, ancestry))
    };
    let (lines, mut origins, sessions, ancestry) = app.db.read(read).await?;
    let index = app.nodes.feed.index();
    let status = |line: &Line, kid: Option<KeyId>| {
        let claims = &line.claims;
        let key = |kid| ring.keys().find(|key| key.kid == kid);
        let is_revoked = index.revokes(claims)
            || kid.and_then(key).is_some_and(|key| !key.is_trusted())
            || ancestry.revokes(line, |claims| index.revokes(claims));
        let is_over = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        let is_expired = index.has_ended(claims)
            || is_over(claims.expires_at())
            || is_over(line.ends_at)
            || (claims.kind() == Kind::Console && !sessions.contains(&claims.jti));
        let is_invalid =
            claims.issued_at > now.plus(CLOCK_SKEW) || kid.is_some_and(|kid| key(kid).is_none());
        if is_revoked {
            Some("revoked")
        } else if is_expired {
            Some("expired")
        } else {
            is_invalid.then_some("invalid")
        }
    };
    let beside = lines.iter().map(|line| {
        let (address, kid) = origins.remove(&line.claims.jti).unwrap_or_default();
        let status = status(line, kid);
        (line.claims.jti, Beside { address, status })
    });
    Ok(beside.collect())
}
