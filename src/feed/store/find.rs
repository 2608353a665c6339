//! Finds the entries that concern one organization, token or signing key.

use diesel::prelude::*;

use super::{ORGANIZATION, Row, head};
use crate::base::{KeyId, OrganizationId, Sequence, TokenId};
use crate::db::schema::feed;
use crate::db::{Conn, Result};
use crate::feed::target::Name;
use crate::feed::{Entry, EntryKind, Listed, Target, TargetKind};
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

/// Returns the entries of one kind that name exactly `name`, after `after`.
fn concerning(
    conn: &mut Conn,
    organization: OrganizationId,
    kind: EntryKind,
    name: Name,
    after: Sequence,
) -> Result<Vec<Entry>> {
    let mut query = feed::table
        .filter(feed::organization_id.eq(organization))
        .filter(feed::kind.eq(kind))
        .filter(feed::seq.gt(after))
        .select(Row::as_select())
        .into_boxed();
    query = match name.jti {
        Some(jti) => query.filter(feed::jti.eq(jti)),
        // There, the id is that of the session that is spared.
        None if kind == EntryKind::Revoked(TargetKind::Sessions) => query,
        None => query.filter(feed::jti.is_null()),
    };
    query = match name.operator {
        Some(operator) => query.filter(feed::operator_id.eq(operator)),
        None => query.filter(feed::operator_id.is_null()),
    };
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Returns the first entry that revokes a token, by the same rules as
/// [`Index::judge`](crate::feed::Index::judge). `None` if none does.
///
/// # Errors
/// Returns an error if the database fails.
pub fn revoking_entry(conn: &mut Conn, claims: &Claims) -> Result<Option<Entry>> {
    let (own, service) = (claims.organization, OrganizationId::SERVICE);
    let mut entries = Vec::new();
    for target in claims.targets() {
        let kind = EntryKind::Revoked(target.kind());
        let after = target.revoked_after(claims.rev);
        // An entry for sessions that spares this one does not hide an older entry that revokes it: a
        // change that spares a session is refused where the session was revoked before.
        entries.extend(concerning(conn, own, kind, target.name(), after)?);
    }
    for kind in [ORGANIZATION, EntryKind::Lost] {
        entries.extend(concerning(
            conn,
            service,
            kind,
            Name::default(),
            claims.rev,
        )?);
    }
    entries.retain(|entry| entry.revokes(claims));
    Ok(entries.into_iter().min_by_key(|entry| entry.seq))
}

/// Returns whether an entry revokes exactly this token, by the same rules as
/// [`Index::names`](crate::feed::Index::names).
///
/// # Errors
/// Returns an error if the database fails.
pub fn names(conn: &mut Conn, claims: &Claims) -> Result<bool> {
    let target = Target::of(claims);
    let kind = EntryKind::Revoked(target.kind());
    let after = target.revoked_after(claims.rev);
    let entries = concerning(conn, claims.organization, kind, target.name(), after)?;
    Ok(!entries.is_empty())
}

/// Returns the entry that sets the earliest end of a company token. `None` if none does.
///
/// # Errors
/// Returns an error if the database fails.
pub fn end_of(
    conn: &mut Conn,
    organization: OrganizationId,
    jti: TokenId,
) -> Result<Option<Entry>> {
    let kind = EntryKind::CompanyTokenEnds;
    let name = Name {
        jti: Some(jti),
        ..Name::default()
    };
    let entries = concerning(conn, organization, kind, name, Sequence(0))?;
    Ok(entries
        .into_iter()
        .min_by_key(|entry| (entry.fact.ends_at(), entry.seq)))
}

/// Returns the entry that revoked a signing key. `None` if none did.
///
/// # Errors
/// Returns an error if the database fails.
pub fn key_revoked(conn: &mut Conn, kid: KeyId) -> Result<Option<Entry>> {
    let row: Option<Row> = feed::table
        .filter(feed::organization_id.eq(OrganizationId::SERVICE))
        .filter(feed::kind.eq(EntryKind::Revoked(TargetKind::Key)))
        .filter(feed::kid.eq(kid))
        .order(feed::seq)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Entry::try_from).transpose()
}
