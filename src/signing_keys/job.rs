//! The job for signing keys: it carries out the steps of the schedule.

use std::time::Duration;

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{Keeper, Key, Role, Step, plan};
use crate::audit::Actor;
use crate::base::{KeyId, Timestamp};
use crate::db::{self, Conn, Db};
use crate::feed::Index;
use crate::token::Life;

/// The name of the job.
pub const NAME: &str = "rotate_signing_keys";

/// How often it runs.
pub const EVERY: Duration = Duration::from_mins(1);

/// Lines of the ledger in one read.
const PAGE: i64 = 1_000;

/// Carries out the steps of the schedule at `now`. Returns their number. If two nodes run it at the
/// same time, one of them carries them out.
///
/// # Errors
/// Returns an error if the database fails, and [`db::Error::Internal`] if a key cannot be made or
/// sealed.
pub fn follow_schedule(
    db: &Db,
    keeper: &Keeper,
    index: &Index,
    now: Timestamp,
) -> db::Result<usize> {
    let steps = db.read_blocking(|conn| {
        let keys: Vec<_> = store::usable(conn)?.iter().map(KeyRow::key).collect();
        wanted(conn, keeper, &keys, index, now)
    })?;
    if steps.is_empty() {
        return Ok(0);
    }
    let made = steps.iter().filter_map(|step| match step {
        Step::Make(role) => Some(NewKey::make(*role)),
        _ => None,
    });
    let made: Vec<_> = made.collect::<Result<_, KeysError>>()?;
    Ok(db.write_blocking(|conn| take(conn, keeper, made, index, now))?)
}

fn take(
    conn: &mut Conn,
    keeper: &Keeper,
    mut made: Vec<NewKey>,
    index: &Index,
    now: Timestamp,
) -> Result<usize, KeysError> {
    let mut change = Change::begin(conn, keeper.masters(), Actor::System, now)?;
    let keys = change.keys();
    // Another node may have carried out the steps meanwhile.
    let steps = wanted(change.conn, keeper, &keys, index, now)?;
    let mut taken = 0;
    for step in steps {
        match step {
            Step::Make(role) => match take_out(&mut made, role) {
                Some(fresh) => {
                    change.insert(fresh)?;
                }
                // No such key was made before the transaction. The next run makes one.
                None => continue,
            },
            Step::Activate(kid) => change.activate(kid)?,
            Step::Supersede(kid) => change.supersede(kid)?,
            Step::Retire(kid) => change.retire(kid)?,
        }
        tracing::info!(?step, "signing keys: a step of the schedule");
        taken += 1;
    }
    if taken > 0 {
        change.announce()?;
    }
    Ok(taken)
}

fn take_out(made: &mut Vec<NewKey>, role: Role) -> Option<NewKey> {
    let at = made.iter().position(|fresh| fresh.role() == role)?;
    Some(made.swap_remove(at))
}

fn wanted(
    conn: &mut Conn,
    keeper: &Keeper,
    keys: &[Key],
    index: &Index,
    now: Timestamp,
) -> db::Result<Vec<Step>> {
    let ticks = index.ticks();
    let floor = ticks.floor(Life::longest_unrecorded());
    // The earliest of the clocks that wrote a recent tick.
    let horizon = ticks.horizon(Duration::ZERO).unwrap_or(Timestamp::MIN);
    let mut needed = Vec::new();
    for key in keys {
        if key.has_outlived_what_may_be_unrecorded(floor)
            && has_live_tokens(conn, key.kid, index, horizon)?
        {
            needed.push(key.kid);
        }
    }
    let demands = store::demands(conn)?;
    Ok(plan(keys, keeper.rules(), &demands, &needed, floor, now))
}

/// Whether a token of the ledger that the key signed has neither expired nor been revoked.
fn has_live_tokens(
    conn: &mut Conn,
    kid: KeyId,
    index: &Index,
    horizon: Timestamp,
) -> db::Result<bool> {
    let mut after = None;
    loop {
        let tokens = store::tokens_of(conn, kid, after, horizon, PAGE)?;
        if tokens.iter().any(|token| !index.revokes(token)) {
            return Ok(true);
        }
        let Some(last) = tokens.last() else {
            return Ok(false);
        };
        after = Some((last.organization, last.jti));
    }
}
