//! Examines tokens: why one is refused, what else the ledger has about it, and what a list says about
//! each.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::{Token, facts};
use super::verdict::verdict;
use super::{Line, Record, Why, find, store, why_not};
use crate::app::App;
use crate::base::{KeyId, OrganizationId, TokenId};
use crate::db;

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
/// on the number of tokens.
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
        let mut origins = store::origins(conn, organization, &ids)?;
        let kid = |jti: &TokenId| origins.get(jti).and_then(|(_, kid)| *kid);
        let tokens = lines.iter().map(|line| Token {
            claims: &line.claims,
            line: Some(line),
            kid: kid(&line.claims.jti),
        });
        let tokens: Vec<_> = tokens.collect();
        let knows = |kid: KeyId| ring.keys().any(|key| key.kid == kid);
        let facts = facts(conn, organization, &tokens, knows)?;
        let beside = lines.iter().zip(facts).map(|(line, facts)| {
            let (address, _) = origins.remove(&line.claims.jti).unwrap_or_default();
            let refused = verdict(&facts, now);
            let status = refused.map(|refused| refused.reason.status());
            (line.claims.jti, Beside { address, status })
        });
        Ok::<_, db::Error>(beside.collect())
    };
    app.db.read(read).await
}
