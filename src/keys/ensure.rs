//! Loading the ring; the first start makes the first key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::store::{self, KeyRow};
use super::{KeyState, MasterKey, MasterKeyFault, Ring, RingKey};
use crate::audit::{self, Action, Actor, Event};
use crate::base::{Timestamp, random};
use crate::db::{self, Conn, Db, Error};
use crate::token::{Algorithm, KeyFault, SecretKey};

/// Why there is no ring.
#[derive(Debug)]
pub enum RingFault {
    /// The database.
    Database(Error),
    /// The stored keys were sealed with another master key.
    OtherMasterKey {
        /// The fingerprint of the one they were sealed with.
        sealed_by: String,
        /// The fingerprint of the one given.
        given: String,
    },
    /// A stored key is not what was once sealed.
    Damaged {
        /// Its name.
        kid: String,
    },
    /// A key cannot be made.
    Key(KeyFault),
    /// A key cannot be sealed.
    Seal(MasterKeyFault),
}

impl fmt::Display for RingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) => why.fmt(f),
            Self::OtherMasterKey { sealed_by, given } => write!(
                f,
                "this is not the master key of this database: its signing keys were sealed with the one of fingerprint \
                 {sealed_by}, the one given has {given}. Give the right one as master_key_file (or master_key), or set \
                 database.url to the database that belongs to this one"
            ),
            Self::Damaged { kid } => write!(
                f,
                "the signing key {kid} in the database is damaged; restore the database from a backup"
            ),
            Self::Key(why) => why.fmt(f),
            Self::Seal(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for RingFault {}

impl From<Error> for RingFault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Loads the ring, making and storing an active key of `algorithm` when there is none.
///
/// # Errors
/// The [`RingFault`].
pub fn load_ring(
    db: &Db,
    master: &MasterKey,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<Ring, RingFault> {
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
            .ok_or_else(|| Error::Internal("the new signing key is not there".to_owned()).into())
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
) -> Result<Option<Ring>, RingFault> {
    db.read_blocking(|conn| open(store::usable(conn)?, master, algorithm))
}

fn context(kid: &str, algorithm: Algorithm) -> String {
    format!("signing key {kid} ({algorithm})")
}

fn open(
    rows: Vec<KeyRow>,
    master: &MasterKey,
    algorithm: Algorithm,
) -> Result<Option<Ring>, RingFault> {
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let damaged = || RingFault::Damaged {
            kid: row.kid.clone(),
        };
        let bytes = master
            .open(&row.sealed_key, &context(&row.kid, row.algorithm))
            .map_err(|_| {
                if row.sealed_by == master.fingerprint() {
                    damaged()
                } else {
                    RingFault::OtherMasterKey {
                        sealed_by: row.sealed_by.clone(),
                        given: master.fingerprint().to_owned(),
                    }
                }
            })?;
        let key = SecretKey::parse(row.algorithm, &bytes)
            .and_then(|secret| RingKey::new(row.kid.clone(), row.state, secret))
            .map_err(|_| damaged())?;
        keys.push(key);
    }
    Ok(Ring::new(keys, algorithm))
}

fn make(
    conn: &mut Conn,
    master: &MasterKey,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<(), RingFault> {
    let kid = URL_SAFE_NO_PAD.encode(random::bytes::<9>());
    let secret = SecretKey::generate(algorithm).map_err(RingFault::Key)?;
    let sealed_key = master
        .seal(&secret, &context(&kid, algorithm))
        .map_err(RingFault::Seal)?;
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
    let event =
        Event::new(Action::KeyCreated, Actor::System, now).target(format!("key:{}", row.kid));
    Ok(audit::record(conn, &event)?)
}
