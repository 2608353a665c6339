//! Finds the rows of tokens that have expired, and deletes them.

use std::time::Duration;

use diesel::prelude::*;

use crate::base::{OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::ledger;
use crate::db::{Conn, Result};
use crate::token::Life;
use crate::uptime::Ticks;

/// A row that may be purged.
#[derive(Debug, Clone, Copy, Queryable)]
pub(in crate::ledger) struct Ended {
    organization: OrganizationId,
    jti: TokenId,
    rev: Sequence,
    issued_at: Timestamp,
    /// When the token expired.
    end: Timestamp,
    /// Whether this is the expiry it was issued with.
    own: bool,
}

impl Ended {
    /// Returns whether the token has certainly expired, by uptime. An expiry from rotation depends
    /// on clocks only.
    fn is_certain(&self, ticks: &Ticks) -> bool {
        let micros = self
            .end
            .as_micros()
            .saturating_sub(self.issued_at.as_micros());
        let life = Life::of(Duration::from_micros(
            u64::try_from(micros).unwrap_or_default(),
        ));
        !self.own || self.rev < ticks.floor(life)
    }

    fn place(&self) -> (Timestamp, OrganizationId, TokenId) {
        (self.end, self.organization, self.jti)
    }
}

/// Which expiry to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum End {
    /// The one that a token was issued with.
    Own,
    /// The one set by rotation.
    Rotation,
}

/// Returns rows of tokens that expired before `horizon`, after the position `after`, at most
/// `limit`, in order.
pub(in crate::ledger) fn ended(
    conn: &mut Conn,
    end: End,
    horizon: Timestamp,
    after: Option<Ended>,
    limit: i64,
) -> Result<Vec<Ended>> {
    macro_rules! page {
        ($end:ident, $own:literal) => {{
            let mut query = ledger::table
                .filter(ledger::$end.lt(horizon))
                .select((
                    ledger::organization_id,
                    ledger::jti,
                    ledger::rev,
                    ledger::issued_at,
                    ledger::$end.assume_not_null(),
                    diesel::dsl::sql::<diesel::sql_types::Bool>($own),
                ))
                .into_boxed();
            if let Some((end, organization, jti)) = after.map(|after| after.place()) {
                let same = ledger::$end.eq(end);
                // The first filter lets the index find the start; the second skips what comes
                // before the position.
                query = query.filter(ledger::$end.ge(end)).filter(
                    ledger::$end
                        .gt(end)
                        .or(same.and(ledger::organization_id.gt(organization)))
                        .or(same.and(
                            ledger::organization_id
                                .eq(organization)
                                .and(ledger::jti.gt(jti)),
                        )),
                );
            }
            query
                .order((ledger::$end, ledger::organization_id, ledger::jti))
                .limit(limit)
                .load(conn)?
        }};
    }
    Ok(match end {
        End::Own => page!(expires_at, "TRUE"),
        End::Rotation => page!(ends_at, "FALSE"),
    })
}

/// Deletes those rows whose tokens have certainly expired, by uptime. Returns their number.
pub(in crate::ledger) fn purge(conn: &mut Conn, ended: &[Ended], ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    for line in ended.iter().filter(|line| line.is_certain(ticks)) {
        gone += diesel::delete(ledger::table.find((line.organization, line.jti))).execute(conn)?;
    }
    Ok(gone)
}
