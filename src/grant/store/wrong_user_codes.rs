//! The table `device_guesses`.

use diesel::prelude::*;

use crate::base::Timestamp;
use crate::db::schema::device_guesses;
use crate::db::{Conn, Result};
use crate::grant::wrong_user_codes::Wrong;
use crate::on_backend;

/// Returns the wrong user codes of a network.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn wrong_codes(conn: &mut Conn, network: &str) -> Result<Vec<Wrong>> {
    let rows: Vec<(i64, Timestamp)> = device_guesses::table
        .filter(device_guesses::network.eq(network))
        .select((device_guesses::place, device_guesses::at))
        .load(conn)?;
    let wrong = rows.into_iter().map(|(place, at)| Wrong { place, at });
    Ok(wrong.collect())
}

/// Takes a place of a network. `seen` is the wrong code that had it, which no longer counts; `None`
/// if there was none. Returns `false` if another attempt was quicker; then nothing changes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn take_place(
    conn: &mut Conn,
    network: &str,
    place: i64,
    seen: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let changed = if let Some(seen) = seen {
        let same = device_guesses::table
            .find((network, place))
            .filter(device_guesses::at.eq(seen));
        diesel::update(same)
            .set(device_guesses::at.eq(now))
            .execute(conn)?
    } else {
        let row = (
            device_guesses::network.eq(network),
            device_guesses::place.eq(place),
            device_guesses::at.eq(now),
        );
        on_backend!(conn, c => diesel::insert_into(device_guesses::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?
    };
    Ok(changed == 1)
}

/// Gives back a place that was taken at `at`.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn give_place_back(conn: &mut Conn, network: &str, place: i64, at: Timestamp) -> Result<()> {
    let own = device_guesses::table
        .find((network, place))
        .filter(device_guesses::at.eq(at));
    diesel::delete(own).execute(conn)?;
    Ok(())
}
