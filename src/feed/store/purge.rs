//! Deletes the entries that are no longer needed.

use diesel::alias;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::{ORGANIZATION, head, life};
use crate::base::Sequence;
use crate::db::schema::feed;
use crate::db::{Conn, Result};
use crate::feed::purge::settled;
use crate::uptime::Ticks;

/// Deletes entries that are no longer needed ([`crate::feed::is_spent`]), at most `limit` of each life.
/// Returns their number.
pub(in crate::feed) fn purge(conn: &mut Conn, ticks: &Ticks, limit: i64) -> Result<usize> {
    let settled = settled(ticks).min(head(conn)?);
    if settled <= Sequence(0) {
        return Ok(0);
    }
    let lives: Vec<Option<i64>> = feed::table
        .filter(feed::life_days.is_not_null())
        .select(feed::life_days)
        .distinct()
        .load(conn)?;
    let mut spent: Vec<Sequence> = Vec::new();
    for days in lives {
        let below = ticks.spent(life(days)).min(settled);
        spent.extend::<Vec<Sequence>>(
            feed::table
                .filter(feed::life_days.eq(days))
                .filter(feed::seq.lt(below))
                .order(feed::seq)
                .limit(limit)
                .select(feed::seq)
                .load(conn)?,
        );
    }
    let later = alias!(feed as later);
    let same_organization = later
        .filter(later.field(feed::organization_id).eq(feed::organization_id))
        .filter(later.field(feed::kind).eq(ORGANIZATION))
        .filter(later.field(feed::life_days).is_null())
        .filter(later.field(feed::seq).gt(feed::seq));
    spent.extend::<Vec<Sequence>>(
        feed::table
            .filter(feed::life_days.is_null())
            .filter(feed::kind.eq(ORGANIZATION))
            .filter(feed::seq.lt(settled))
            .filter(exists(same_organization))
            .limit(limit)
            .select(feed::seq)
            .load(conn)?,
    );
    Ok(diesel::delete(feed::table.filter(feed::seq.eq_any(&spent))).execute(conn)?)
}
