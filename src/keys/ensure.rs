//! Loading the ring; the first start makes the first key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::store::{self, KeyRow};
use super::{KeyState, MasterKey, Ring, RingKey};
use crate::audit::{self, Action, Actor, Event};
use crate::base::{Timestamp, random};
use crate::db::{self, Conn, Db, Error};
use crate::token::{Algorithm, SecretKey};

/// Loads the ring, making and storing an active key of `algorithm` when there is none.
///
/// # Errors
/// Those of the database; [`Error::Internal`] when a key cannot be opened with this master key.
pub fn load_ring(
    db: &Db,
    master: &MasterKey,
    algorithm: Algorithm,
    now: Timestamp,
) -> db::Result<Ring> {
    if let Some(ring) = db.read_blocking(|conn| open(store::usable(conn)?, master, algorithm))? {
        return Ok(ring);
    }
    db.write_blocking(|conn| {
        // Creating anything takes this row's lock first, so that of two nodes starting at once one makes the key.
        db::allocate(conn, "organizations", 0)?;
        if let Some(ring) = open(store::usable(conn)?, master, algorithm)? {
            return Ok(ring);
        }
        make(conn, master, algorithm, now)?;
        open(store::usable(conn)?, master, algorithm)?
            .ok_or_else(|| Error::Internal("the new signing key is not there".to_owned()))
    })
}

/// Loads the ring as it is, for looking only; none when no key of `algorithm` is active.
///
/// # Errors
/// As [`load_ring`].
pub fn load_ring_offline(
    db: &Db,
    master: &MasterKey,
    algorithm: Algorithm,
) -> db::Result<Option<Ring>> {
    db.read_blocking(|conn| open(store::usable(conn)?, master, algorithm))
}

fn context(kid: &str, algorithm: Algorithm) -> String {
    format!("signing key {kid} ({algorithm})")
}

fn open(rows: Vec<KeyRow>, master: &MasterKey, algorithm: Algorithm) -> db::Result<Option<Ring>> {
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let context = context(&row.kid, row.algorithm);
        let bytes = master.open(&row.sealed_key, &context).map_err(|why| {
            Error::Internal(format!(
                "{why}: it was sealed by {}, this one is {}; set master_key_file to the right one",
                row.sealed_by,
                master.fingerprint()
            ))
        })?;
        let fault = |_| Error::Internal(format!("{context} is damaged"));
        let secret = SecretKey::parse(row.algorithm, &bytes).map_err(fault)?;
        keys.push(RingKey::new(row.kid.clone(), row.state, secret).map_err(fault)?);
    }
    Ok(Ring::new(keys, algorithm))
}

fn make(
    conn: &mut Conn,
    master: &MasterKey,
    algorithm: Algorithm,
    now: Timestamp,
) -> db::Result<()> {
    let internal = |why: &dyn std::fmt::Display| Error::Internal(why.to_string());
    let kid = URL_SAFE_NO_PAD.encode(random::bytes::<9>());
    let secret = SecretKey::generate(algorithm).map_err(|why| internal(&why))?;
    let sealed_key = master
        .seal(&secret, &context(&kid, algorithm))
        .map_err(|why| internal(&why))?;
    let row = KeyRow {
        kid,
        algorithm,
        state: KeyState::Active,
        sealed_key,
        sealed_by: master.fingerprint().to_owned(),
        created_at: now,
        activated_at: Some(now),
        retired_at: None,
    };
    store::insert(conn, &row)?;
    audit::record(
        conn,
        &Event::new(Action::KeyCreated, Actor::System, now).target(format!("key:{}", row.kid)),
    )
}
