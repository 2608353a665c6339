//! Finds the entries that an organization's revocation list shows, and those that concern one token.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Revocations, Row, head};
use crate::base::{OrganizationId, Sequence};
use crate::db::schema::feed;
use crate::db::{Conn, Result};
use crate::feed::{Entry, EntryKind, Listed, Target};
use crate::token::Claims;

/// Returns an organization's revocations of the kinds in `listed` after `after`, at most `limit`, in
/// order. Revocations of signing keys are in the list of every organization.
///
/// # Errors
/// Returns an error if the database fails.
pub fn page(
    conn: &mut Conn,
    (organization, listed): (OrganizationId, Listed),
    after: Sequence,
    limit: i64,
) -> Result<Vec<Entry>> {
    // Two scans of one index. What is committed between them lies beyond the head and is left for
    // the next page.
    let head = head(conn)?;
    let mut of = |organization: OrganizationId| -> Result<Vec<Row>> {
        Ok(feed::table
            .filter(feed::organization_id.eq(organization))
            .filter(feed::seq.gt(after))
            .filter(feed::seq.le(head))
            .filter(feed::kind.eq_any(EntryKind::listed(listed)))
            .order(feed::seq)
            .limit(limit)
            .select(Row::as_select())
            .load(conn)?)
    };
    let mut rows = of(organization)?;
    rows.extend(of(OrganizationId::SERVICE)?);
    rows.sort_by_key(|row| row.seq);
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    rows.into_iter().map(Entry::try_from).collect()
}

/// Returns the first entry that revokes a token, as [`Revocations::of`] has it. `None` if none does.
///
/// # Errors
/// Returns an error if the database fails.
pub fn revoking_entry(conn: &mut Conn, claims: &Claims) -> Result<Option<Entry>> {
    let found = Revocations::read(conn, claims.organization, [claims])?;
    Ok(found.of(claims).map(|found| found.entry))
}

/// Returns whether an entry revokes exactly this token, by the same rules as
/// [`Index::names`](crate::feed::Index::names).
///
/// # Errors
/// Returns an error if the database fails.
pub fn names(conn: &mut Conn, claims: &Claims) -> Result<bool> {
    // Such a target is named by an id of 128 bits.
    let target = Target::of(claims);
    let entry = feed::table
        .filter(feed::organization_id.eq(claims.organization))
        .filter(feed::kind.eq(EntryKind::Revoked(target.kind())))
        .filter(feed::jti.eq(target.name().jti));
    Ok(diesel::select(exists(entry)).get_result(conn)?)
}
