//! The rows of the table `ledger`: how a line is stored, and how it is found. `insert.rs` writes
//! lines, `live.rs` lists those that are valid, `newest.rs` reads the newest of a client or a token,
//! `count.rs` counts those of all organizations, `purge.rs` deletes them.

mod count;
mod insert;
mod live;
mod newest;
mod purge;

pub use count::count_live;
pub use insert::insert;
pub use live::live;
pub(super) use live::{Part, Which, live_of, part};
pub(super) use newest::{Bounds, Newest, children, of_client};
pub(super) use purge::{End, ended, purge};

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::ancestry::Ancestor;
use super::{Handover, Line, Record};
use crate::base::{
    ClientId, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::{console_sessions, ledger, organizations, signing_keys};
use crate::db::{Conn, Error, Result};
use crate::token::{Claims, Kind, SessionVia, TokenUse};

#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger)]
pub(super) struct Row {
    organization_id: OrganizationId,
    jti: TokenId,
    kind: Kind,
    operator_id: Option<OperatorId>,
    parent: Option<TokenId>,
    kid: Option<KeyId>,
    rev: Sequence,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    address: Option<String>,
    successor: Option<TokenId>,
    rotated_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    due_reported_at: Option<Timestamp>,
    client_id: Option<ClientId>,
    grant_id: Option<GrantId>,
    label: Option<String>,
    note: Option<String>,
}

impl Row {
    /// Returns what the token is for. `None` if a column that its kind needs is empty.
    fn token_use(&self) -> Option<TokenUse> {
        let client = self.client_id.as_ref().map(ClientId::tag);
        Some(match self.kind {
            Kind::Company => TokenUse::Company {
                expires_at: self.expires_at,
            },
            Kind::Operator => TokenUse::Operator {
                operator: self.operator_id?,
                parent: self.parent?,
                expires_at: self.expires_at?,
            },
            Kind::Session => TokenUse::Session {
                operator: self.operator_id?,
                expires_at: self.expires_at?,
                via: SessionVia::Password,
            },
            Kind::Access => TokenUse::Access {
                client: client?,
                grant: self.grant_id,
                operator: self.operator_id,
                expires_at: self.expires_at?,
            },
            Kind::Refresh => TokenUse::Refresh {
                client: client?,
                grant: self.grant_id?,
                operator: self.operator_id?,
                expires_at: self.expires_at?,
            },
            Kind::Console => TokenUse::Console {
                operator: self.operator_id,
                expires_at: self.expires_at?,
            },
        })
    }
}

impl TryFrom<Row> for Record {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let token_use = row.token_use().ok_or_else(|| {
            Error::Internal(format!("the ledger's line of {} is not whole", row.jti))
        })?;
        let claims = Claims {
            jti: row.jti,
            organization: row.organization_id,
            rev: row.rev,
            issued_at: row.issued_at,
            token_use,
        };
        let line = Line {
            claims,
            client: row.client_id,
            parent: row.parent,
            label: row.label,
            last_used_at: row.last_used_at,
            ends_at: row.ends_at,
            handover: row
                .successor
                .zip(row.rotated_at)
                .map(|(successor, at)| Handover { successor, at }),
        };
        Ok(Self {
            line,
            kid: row.kid,
            address: row.address,
            due_reported_at: row.due_reported_at,
            note: row.note,
        })
    }
}

/// Returns some access tokens, by id, that others were exchanged from.
pub(super) fn access_tokens(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[TokenId],
) -> Result<Vec<Ancestor>> {
    let rows: Vec<Row> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::jti.eq_any(ids))
        .filter(ledger::kind.eq(Kind::Access))
        .select(Row::as_select())
        .load(conn)?;
    let revoked: Vec<KeyId> = signing_keys::table
        .filter(signing_keys::revoked_at.is_not_null())
        .select(signing_keys::kid)
        .load(conn)?;
    let ancestor = |row: Row| {
        let Record { line, kid, .. } = Record::try_from(row)?;
        let key_is_revoked = kid.is_some_and(|kid| revoked.contains(&kid));
        Ok(Ancestor {
            line,
            kid,
            key_is_revoked,
        })
    };
    rows.into_iter().map(ancestor).collect()
}

/// Returns the record of an organization's token; `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find(conn: &mut Conn, organization: OrganizationId, jti: TokenId) -> Result<Option<Record>> {
    let row: Option<Row> = ledger::table
        .find((organization, jti))
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    row.map(Record::try_from).transpose()
}

/// Like [`find`], for any organization. The query looks in each organization, because the primary
/// key begins with the organization.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_anywhere(conn: &mut Conn, jti: TokenId) -> Result<Option<Record>> {
    let everyone = organizations::table.select(organizations::id);
    let row: Option<Row> = ledger::table
        .filter(ledger::organization_id.eq_any(everyone))
        .filter(ledger::jti.eq(jti))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Record::try_from).transpose()
}

/// Returns when these tokens were first used. Those that were not used, and those that the ledger does
/// not have, are missing. For a token that was used before the database had this column it is the last
/// use before that.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn first_uses(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[TokenId],
) -> Result<HashMap<TokenId, Timestamp>> {
    let rows: Vec<(TokenId, Option<Timestamp>, Option<Timestamp>)> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::jti.eq_any(ids))
        .select((ledger::jti, ledger::first_used_at, ledger::last_used_at))
        .load(conn)?;
    let used = |(jti, first, last): (_, Option<_>, _)| Some((jti, first.or(last)?));
    Ok(rows.into_iter().filter_map(used).collect())
}

/// From which address a token was requested, and which key signed it, as far as that is known.
type Origin = (Option<String>, Option<KeyId>);

/// Returns the origins of tokens.
pub(super) fn origins(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[TokenId],
) -> Result<HashMap<TokenId, Origin>> {
    let rows: Vec<(TokenId, Origin)> = ledger::table
        .filter(ledger::organization_id.eq(organization))
        .filter(ledger::jti.eq_any(ids))
        .select((ledger::jti, (ledger::address, ledger::kid)))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Returns those of these console sessions that have a row. One without a row has ended without an entry
/// of the feed: its person has signed out, another one has ended it, or it was not used for too long.
pub(super) fn open_sessions(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[TokenId],
) -> Result<HashSet<TokenId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<TokenId> = console_sessions::table
        .filter(console_sessions::organization_id.eq(organization))
        .filter(console_sessions::jti.eq_any(ids))
        .select(console_sessions::jti)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
