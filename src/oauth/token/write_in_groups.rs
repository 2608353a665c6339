//! What requests for tokens write, in groups: one statement for each kind of row, whatever the number
//! of requests.

use crate::audit::{self, Event};
use crate::db::{Access, Conn, Group, Result};
use crate::grant::store::{
    self, Extend, FirstUseOf, Grant, OpaqueToken, Settle, StoredRefreshToken,
};
use crate::ledger::{self, Issued};

/// What a request for tokens writes.
pub struct Written {
    /// What is used up for it.
    pub(super) condition: Condition,
    /// What is written if that succeeds.
    pub(super) rows: Rows,
}

/// What must succeed before rows are written. Each is a conditional statement.
pub(super) enum Condition {
    /// Nothing.
    None,
    /// A code is used up.
    Code(Settle),
    /// A grant is live.
    Grant(Extend),
    /// A grant is live, and a refresh token of it is used for the first time.
    RefreshToken(Extend, FirstUseOf),
}

impl Condition {
    const fn code(&self) -> Option<&Settle> {
        match self {
            Self::Code(code) => Some(code),
            _ => None,
        }
    }

    const fn grant(&self) -> Option<&Extend> {
        match self {
            Self::Grant(grant) | Self::RefreshToken(grant, _) => Some(grant),
            _ => None,
        }
    }

    const fn refresh_token(&self) -> Option<&FirstUseOf> {
        match self {
            Self::RefreshToken(_, used) => Some(used),
            _ => None,
        }
    }
}

/// The rows of new tokens, and of a new grant.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) grant: Option<Grant>,
    pub(super) refresh: Option<StoredRefreshToken>,
    pub(super) opaque: Option<OpaqueToken>,
    pub(super) lines: Vec<Issued>,
    pub(super) event: Option<Event>,
}

impl Rows {
    /// Writes the rows in the caller's transaction.
    pub(super) fn insert(conn: &mut Conn, all: &[&Self]) -> Result<()> {
        store::insert_grants(conn, all.iter().filter_map(|rows| rows.grant.as_ref()))?;
        store::insert_refresh_tokens(conn, all.iter().filter_map(|rows| rows.refresh.as_ref()))?;
        store::insert_opaque_tokens(conn, all.iter().filter_map(|rows| rows.opaque.as_ref()))?;
        ledger::insert(conn, all.iter().flat_map(|rows| &rows.lines))?;
        let events = all.iter().filter_map(|rows| rows.event.clone());
        audit::record_all(conn, &events.collect::<Vec<_>>())
    }
}

/// Writes what several requests for tokens write. The outcome of each says whether its condition
/// succeeded. If not, nothing is issued: another call was quicker, or what it needs is revoked or has
/// expired.
pub struct TokenWrites;

impl Group for TokenWrites {
    type Item = Written;
    type Outcome = bool;
    const ACCESS: Access = Access::Transaction;

    fn run(&self, conn: &mut Conn, items: &[Written]) -> Result<Vec<bool>> {
        let codes = items.iter().filter_map(|item| item.condition.code());
        let mut settled =
            store::settle_codes(conn, &codes.cloned().collect::<Vec<_>>())?.into_iter();
        // The grants come before their refresh tokens: a revoke locks the same rows, so it runs before
        // or after this.
        let grants = items.iter().filter_map(|item| item.condition.grant());
        let mut live =
            store::extend_grants(conn, &grants.cloned().collect::<Vec<_>>())?.into_iter();
        let mut succeeded: Vec<bool> = items
            .iter()
            .map(|item| match item.condition {
                Condition::None => true,
                Condition::Code(_) => settled.next().unwrap_or_default(),
                Condition::Grant(_) | Condition::RefreshToken(..) => {
                    live.next().unwrap_or_default()
                }
            })
            .collect();
        let of_live = items.iter().zip(&succeeded).filter(|(_, live)| **live);
        let uses = of_live.filter_map(|(item, _)| item.condition.refresh_token());
        let mut firsts =
            store::use_refresh_tokens(conn, &uses.cloned().collect::<Vec<_>>())?.into_iter();
        for (item, succeeded) in items.iter().zip(&mut succeeded) {
            if *succeeded && item.condition.refresh_token().is_some() {
                *succeeded = firsts.next().unwrap_or_default();
            }
        }
        let those = items.iter().zip(&succeeded);
        let rows: Vec<_> = those
            .filter_map(|(item, succeeded)| succeeded.then_some(&item.rows))
            .collect();
        Rows::insert(conn, &rows)?;
        Ok(succeeded)
    }
}
