//! A month of counters for the demo organization: busy by day, quiet at night and at weekends, with
//! an hour in which the service seems not to have run.

use std::time::Duration;

use crate::base::{OrganizationId, Timestamp};
use crate::db::{self, Db};
use crate::usage::{self, Count, Counts, Grain};

/// How busy each hour of a day is, in UTC.
const BUSY: [i64; 24] = [
    2, 1, 1, 1, 1, 2, 5, 11, 18, 23, 24, 21, 16, 20, 24, 25, 21, 15, 10, 7, 5, 4, 3, 2,
];

/// How many minutes have counters.
const MINUTES: u64 = 30 * 24 * 60;

/// How many minutes ago the service seems to have stopped, and to have started again.
const STOPPED: (u64, u64) = (9 * 60 + 40, 8 * 60 + 25);

/// Writes the rows.
pub(super) fn fill(db: &Db, organization: OrganizationId, now: Timestamp) -> db::Result<()> {
    let minute = |ago: u64| Grain::Minute.start(now).minus(Duration::from_mins(ago));
    let runs = |ago: &u64| *ago > STOPPED.0 || *ago < STOPPED.1;
    let mut counted = Vec::new();
    for ago in (0..MINUTES).rev().filter(runs) {
        let at = minute(ago);
        counted.push(((OrganizationId::SERVICE, at), Counts::default()));
        counted.push(((organization, at), of_minute(at)));
    }
    let kept = |line: &usage::Line| line.at > now.minus(line.grain.kept());
    let lines: Vec<_> = usage::spread(&counted).into_iter().filter(kept).collect();
    db.write_blocking(|conn| {
        usage::add(conn, &lines)?;
        for ago in (0..24 * 60).rev().step_by(5).filter(runs) {
            let at = minute(ago);
            usage::set_live(conn, &[(organization, live(at))], at)?;
        }
        Ok(())
    })
}

/// Returns how busy a minute is: some hundreds at most. The number looks random, and is the same each
/// time.
fn busy(at: Timestamp) -> i64 {
    let minute = at.as_seconds().div_euclid(60);
    let (hour, day) = (minute.div_euclid(60), minute.div_euclid(24 * 60));
    let of_hour = usize::try_from(hour.rem_euclid(24)).unwrap_or_default();
    let busy = BUSY.get(of_hour).copied().unwrap_or_default();
    // 1970-01-01 was a Thursday.
    let is_rest = matches!(day.rem_euclid(7), 2 | 3);
    let chance = 7 + minute.wrapping_mul(7_919).rem_euclid(7) + hour.wrapping_mul(31).rem_euclid(5);
    busy * chance / if is_rest { 3 } else { 1 }
}

fn of_minute(at: Timestamp) -> Counts {
    let minute = at.as_seconds().div_euclid(60);
    let busy = busy(at);
    let every = |minutes: i64| i64::from(minute.rem_euclid(minutes) == 0);
    Counts::default()
        .with(Count::Valid, busy)
        .with(Count::Expired, busy / 18)
        .with(Count::Revoked, busy / 60 + every(97) * 9)
        .with(Count::Invalid, busy / 45)
        .with(Count::IssuedCompany, every(24 * 60))
        .with(Count::IssuedOperator, busy / 12)
        .with(Count::IssuedOauth, busy / 20)
        .with(Count::KeyUsed, busy / 6)
        .with(Count::KeyRefused, every(41))
        .with(Count::SignedIn, busy / 50)
        .with(Count::SignInRefused, every(53))
        .with(Count::RevokedEntries, every(210))
}

fn live(at: Timestamp) -> i64 {
    // Tokens live on after the hour in which they were issued.
    let hours = (0..4_u64).map(|hours| busy(at.minus(Duration::from_hours(hours))));
    30 + hours.sum::<i64>() / 4
}
