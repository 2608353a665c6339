//! The transitions of a device code. Each is one conditional statement.

use std::time::Duration;

use diesel::prelude::*;

use super::Allowed;
use super::device::seconds;
use crate::base::{Digest, OrganizationId, Timestamp};
use crate::db::schema::device_codes;
use crate::db::{Conn, Result};
use crate::grant::DeviceState;

/// Writes down a poll of a code that nobody has answered, and what `interval` is from then on.
/// `seen` is the last poll that the decision saw. Returns `false` if another poll or an answer was
/// quicker; then nothing changes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn note_device_poll(
    conn: &mut Conn,
    (organization, digest): (OrganizationId, Digest),
    seen: Option<Timestamp>,
    interval: Duration,
    now: Timestamp,
) -> Result<bool> {
    let pending = device_codes::table
        .find((organization, digest))
        .filter(device_codes::state.eq(DeviceState::Pending));
    let polled = (
        device_codes::last_poll_at.eq(now),
        device_codes::poll_seconds.eq(seconds(interval)),
    );
    let changed = if let Some(seen) = seen {
        let same = pending.filter(device_codes::last_poll_at.eq(seen));
        diesel::update(same).set(polled).execute(conn)?
    } else {
        let first = pending.filter(device_codes::last_poll_at.is_null());
        diesel::update(first).set(polled).execute(conn)?
    };
    Ok(changed == 1)
}

/// Writes down that an operator allows a device. Returns `false` if the code was answered before, or
/// has expired; then nothing changes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn allow_device(
    conn: &mut Conn,
    (organization, digest): (OrganizationId, Digest),
    allowed: &Allowed,
    now: Timestamp,
) -> Result<bool> {
    let pending = device_codes::table
        .find((organization, digest))
        .filter(device_codes::state.eq(DeviceState::Pending))
        .filter(device_codes::expires_at.gt(now));
    let changed = diesel::update(pending)
        .set((
            device_codes::state.eq(DeviceState::Allowed),
            device_codes::granted_scopes.eq(allowed.scopes.to_string()),
            device_codes::operator_id.eq(allowed.operator),
            device_codes::auth_time.eq(allowed.auth_time),
            device_codes::amr.eq(&allowed.amr),
            device_codes::sid.eq(allowed.sid),
            device_codes::allowed_rev.eq(allowed.rev),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Writes down that an operator refuses a device. Returns `false` if the code was answered before,
/// or has expired; then nothing changes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn refuse_device(
    conn: &mut Conn,
    key: (OrganizationId, Digest),
    now: Timestamp,
) -> Result<bool> {
    step(conn, key, (DeviceState::Pending, DeviceState::Refused), now)
}

/// Uses up a code that an operator allowed. Returns `false` if another call was quicker, or the code
/// has expired; then nothing changes.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn redeem_device_code(
    conn: &mut Conn,
    key: (OrganizationId, Digest),
    now: Timestamp,
) -> Result<bool> {
    step(
        conn,
        key,
        (DeviceState::Allowed, DeviceState::Redeemed),
        now,
    )
}

/// Changes the state of a code that has not expired. Returns `false` if it was not in the state
/// `from`; then nothing changes.
fn step(
    conn: &mut Conn,
    (organization, digest): (OrganizationId, Digest),
    (from, to): (DeviceState, DeviceState),
    now: Timestamp,
) -> Result<bool> {
    let row = device_codes::table
        .find((organization, digest))
        .filter(device_codes::state.eq(from))
        .filter(device_codes::expires_at.gt(now));
    let changed = diesel::update(row)
        .set(device_codes::state.eq(to))
        .execute(conn)?;
    Ok(changed == 1)
}
