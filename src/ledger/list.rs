//! Lists the tokens that are valid, and examines one token.

use std::sync::Arc;

use super::{Ancestry, Filter, Line, Record, Why, find, live, why_not};
use crate::app::App;
use crate::base::{KeyId, OperatorId, OrganizationId, TokenId};
use crate::db;
use crate::token::Kind;

/// Returns the tokens that have not expired and that no entry of the feed revokes, newest first. It
/// reads further pages until there are enough.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn unrevoked(app: &App, mut filter: Filter) -> db::Result<Vec<Line>> {
    let wanted = usize::try_from(filter.limit).unwrap_or_default();
    let now = app.clock.now();
    let mut lines = Vec::new();
    loop {
        let asked = filter.clone();
        let read = move |conn: &mut _| {
            let found = live(conn, &asked, now)?;
            let ancestry = Ancestry::of(conn, asked.organization, &found)?;
            Ok::<_, db::Error>((found, ancestry))
        };
        let (found, ancestry) = app.db.read(read).await?;
        let index = app.nodes.feed.index();
        let last = found.last().map(|line| line.claims.jti);
        let whole = found.len() < wanted;
        lines.extend(
            found
                .into_iter()
                .filter(|line| !index.revokes(&line.claims))
                .filter(|line| !ancestry.revokes(line, |claims| index.revokes(claims))),
        );
        if whole || lines.len() >= wanted {
            lines.truncate(wanted);
            return Ok(lines);
        }
        filter.before = last;
    }
}

/// The largest number of tokens that [`count_of_operator`] counts.
pub const MOST_COUNTED: i64 = 1_000;

/// Returns how many tokens of an operator an entry for the operator would revoke, at most one more
/// than [`MOST_COUNTED`]. Console sessions are not counted.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_operator(
    app: &App,
    organization: OrganizationId,
    operator: OperatorId,
) -> db::Result<i64> {
    let mut count = 0;
    for kind in Kind::OF_AN_OPERATOR {
        if kind == Kind::Console || count > MOST_COUNTED {
            continue;
        }
        let filter = Filter {
            organization,
            operator: Some(operator),
            client: None,
            kind: Some(kind),
            before: None,
            limit: MOST_COUNTED + 1 - count,
        };
        let found = unrevoked(app, filter).await?.len();
        count += i64::try_from(found).unwrap_or(i64::MAX);
    }
    Ok(count)
}

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
