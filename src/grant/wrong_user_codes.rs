//! Limits how many wrong user codes a network may send, over all nodes (RFC 8628, section 5.1).
//!
//! A network has `PLACES` places. An attempt takes a free one before its code is looked up, and
//! gives it back if the code was right; otherwise the place stays taken for `PERIOD`. Taking a
//! place is one conditional statement in the database, so attempts at once, at whatever nodes, take
//! different places. Attempts without an address, over a socket of the machine, are not limited.

use std::net::IpAddr;
use std::time::Duration;

use super::store;
use crate::base::Timestamp;
use crate::db::{Db, Error, Result};
use crate::login::{Throttled, network};

/// The most wrong codes of a network in a `PERIOD`.
const PLACES: i64 = 10;

/// How long a wrong code counts.
const PERIOD: Duration = Duration::from_mins(5);

/// The place that an attempt has taken. `None` if attempts are not limited.
#[derive(Debug)]
#[must_use]
pub struct Guess(Option<(String, i64, Timestamp)>);

/// A wrong code of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The place that it has taken.
    pub place: i64,
    /// When it came.
    pub at: Timestamp,
}

impl Wrong {
    /// Returns how long it still counts. `None` if it does no longer, also after a clock was set by
    /// more than `PERIOD`: a wrong clock locks nobody out for longer.
    fn counts_for(&self, now: Timestamp) -> Option<Duration> {
        let end = self.at.plus(PERIOD);
        let left = end.as_micros().saturating_sub(now.as_micros());
        let left = Duration::from_micros(u64::try_from(left).ok()?);
        (left > Duration::ZERO && left <= PERIOD * 2).then_some(left)
    }
}

/// Returns a place that is free, or how long it takes until one is.
fn free_place(taken: &[Wrong], now: Timestamp) -> std::result::Result<i64, Throttled> {
    let left = |place: i64| {
        let wrong = taken.iter().find(|wrong| wrong.place == place);
        wrong.and_then(|wrong| wrong.counts_for(now))
    };
    let mut soonest = PERIOD * 2;
    for place in 0..PLACES {
        match left(place) {
            None => return Ok(place),
            Some(left) => soonest = soonest.min(left),
        }
    }
    Err(Throttled {
        retry_after: soonest,
    })
}

/// Counts an attempt as wrong, before its code is looked up.
///
/// # Errors
/// Returns an error if the database call fails. The inner error says how long the caller must wait:
/// then the code is not looked up.
pub async fn count(
    db: &Db,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<std::result::Result<Guess, Throttled>> {
    let Some(address) = address else {
        return Ok(Ok(Guess(None)));
    };
    let network = network(address).to_string();
    // Most attempts of a network that must wait are refused here, and make nobody wait for the
    // writer.
    let asked = network.clone();
    let taken = db
        .read(move |conn| store::wrong_codes(conn, &asked))
        .await?;
    if let Err(throttled) = free_place(&taken, now) {
        return Ok(Err(throttled));
    }
    db.write(move |conn| {
        // A turn is lost only to an attempt that took a place, so few are.
        for _ in 0..=PLACES {
            let taken = store::wrong_codes(conn, &network)?;
            let place = match free_place(&taken, now) {
                Ok(place) => place,
                Err(throttled) => return Ok(Err(throttled)),
            };
            let seen = taken.iter().find(|wrong| wrong.place == place);
            let seen = seen.map(|wrong| wrong.at);
            if store::take_place(conn, &network, place, seen, now)? {
                return Ok(Ok(Guess(Some((network, place, now)))));
            }
        }
        let fault = "other attempts of this network kept taking the places";
        Err(Error::Unavailable(fault.to_owned()))
    })
    .await
}

impl Guess {
    /// Gives the place back, because the code was right.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn was_right(self, db: &Db) -> Result<()> {
        if let Some((network, place, at)) = self.0 {
            db.write(move |conn| store::give_place_back(conn, &network, place, at))
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out_for_long() {
        let all = |at| -> Vec<_> { (0..PLACES).map(|place| Wrong { place, at }).collect() };
        let throttled = free_place(&all(at(0)), at(60)).unwrap_err();
        assert_eq!(throttled.retry_after, Duration::from_mins(4));
        assert_eq!(free_place(&all(at(0)), at(300)), Ok(0));
        assert!(free_place(&all(at(60)), at(0)).is_err());
        assert_eq!(free_place(&all(at(400)), at(0)), Ok(0));
    }

    proptest! {
        #[test]
        fn never_more_than_ten_wrong_ones_in_five_minutes(waits in prop::collection::vec(0u64..120, 0..80)) {
            let (mut taken, mut wrong, mut now) = (Vec::<Wrong>::new(), Vec::new(), 0);
            for wait in waits {
                now += wait;
                let recent = wrong.iter().filter(|at| now - **at < 300).count();
                match free_place(&taken, at(now)) {
                    Ok(place) => {
                        prop_assert!(recent < 10);
                        taken.retain(|one| one.place != place);
                        taken.push(Wrong { place, at: at(now) });
                        wrong.push(now);
                    }
                    Err(throttled) => {
                        prop_assert_eq!(recent, 10);
                        // After the wait there is a place, and not before.
                        let wait = throttled.retry_after.as_secs();
                        prop_assert!(free_place(&taken, at(now + wait)).is_ok());
                        prop_assert!(free_place(&taken, at(now + wait - 1)).is_err());
                    }
                }
            }
        }
    }
}
