//! Lists the tokens that are valid, and examines one token.

use std::sync::Arc;

use super::store::live_among;
use super::{Ancestry, Filter, Line, Record, Why, find, why_not};
use crate::app::App;
use crate::base::{ClientId, KeyId, OperatorId, OrganizationId, Seek, TokenId};
use crate::db;
use crate::token::Kind;

/// Returns the tokens that have not expired and that no entry of the feed revokes, newest first. It
/// reads further pages until there are enough.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn unrevoked(app: &App, filter: Filter) -> db::Result<Vec<Line>> {
    unrevoked_among(app, filter, None).await
}

/// Like [`unrevoked`]. With `among`, the tokens are of these operators, and of every kind but
/// `console`.
async fn unrevoked_among(
    app: &App,
    mut filter: Filter,
    among: Option<Arc<[OperatorId]>>,
) -> db::Result<Vec<Line>> {
    let wanted = usize::try_from(filter.limit).unwrap_or_default();
    let now = app.clock.now();
    let mut lines = Vec::new();
    loop {
        let (asked, among) = (filter.clone(), among.clone());
        let read = move |conn: &mut _| {
            let found = live_among(conn, &asked, among.as_deref(), None, now)?;
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
        filter.seek = Seek::after(last);
    }
}

/// The largest number of tokens that are counted.
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
    let of = Filter {
        operator: Some(operator),
        ..all_of(organization)
    };
    count(app, &of, &Kind::OF_AN_OPERATOR).await
}

/// Like [`count_of_operator`], for several operators together.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_operators(
    app: &App,
    organization: OrganizationId,
    operators: Vec<OperatorId>,
) -> db::Result<i64> {
    let of = Filter {
        limit: MOST_COUNTED + 1,
        ..all_of(organization)
    };
    let found = unrevoked_among(app, of, Some(operators.into())).await?;
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

/// Returns how many tokens of an OAuth client an entry for the client would revoke, at most one more
/// than [`MOST_COUNTED`].
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_client(
    app: &App,
    organization: OrganizationId,
    client: ClientId,
) -> db::Result<i64> {
    let of = Filter {
        client: Some(client),
        ..all_of(organization)
    };
    count(app, &of, &Kind::OF_A_CLIENT).await
}

/// Returns how many tokens of an organization an entry for the organization would revoke, at most one
/// more than [`MOST_COUNTED`]. Console sessions are not counted.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_organization(app: &App, organization: OrganizationId) -> db::Result<i64> {
    count(app, &all_of(organization), &Kind::ALL).await
}

const fn all_of(organization: OrganizationId) -> Filter {
    Filter {
        organization,
        operator: None,
        client: None,
        kind: None,
        seek: Seek::First,
        limit: 0,
    }
}

/// Counts the tokens of these kinds. Console sessions are left out.
async fn count(app: &App, of: &Filter, kinds: &[Kind]) -> db::Result<i64> {
    let mut counted = 0;
    for kind in kinds {
        if *kind == Kind::Console || counted > MOST_COUNTED {
            continue;
        }
        let filter = Filter {
            kind: Some(*kind),
            limit: MOST_COUNTED + 1 - counted,
            ..of.clone()
        };
        let found = unrevoked(app, filter).await?.len();
        counted += i64::try_from(found).unwrap_or(i64::MAX);
    }
    Ok(counted)
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
