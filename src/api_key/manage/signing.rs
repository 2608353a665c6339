//! The signing secrets of a key that is made or rotated.

use super::Result;
use super::rotate::end_at_rotation;
use crate::api_key::{ApiKey, SigningSecret, store};
use crate::base::Timestamp;
use crate::db::{Conn, Error, serialize_writes};
use crate::seal::MasterKeys;

/// The row of `sequences` that resealing locks first too. `seal::SEALED` names it.
const SEQUENCE: &str = "api_key_secrets";

/// Gives a key that signs a secret, in the caller's transaction. Returns it; `None` if the key does
/// not sign.
pub(super) fn begin(
    conn: &mut Conn,
    masters: Option<&MasterKeys>,
    key: &ApiKey,
) -> Result<Option<SigningSecret>> {
    if !key.signing {
        return Ok(None);
    }
    let missing = || Error::Internal("a signing secret without a master key".to_owned());
    let masters = masters.ok_or_else(missing)?;
    serialize_writes(conn, SEQUENCE)?;
    let secret = SigningSecret::draw(key.environment);
    let sealed = secret.seal(masters.for_new(conn)?, key.id)?;
    store::insert_secret(conn, key, secret.digest(), &sealed)?;
    Ok(Some(secret))
}

/// Does the same as [`begin`] for a key that has one, and ends it as its text ends. Those that had
/// ended before are deleted, so a key has at most three.
pub(super) fn rotate(
    conn: &mut Conn,
    masters: Option<&MasterKeys>,
    key: &ApiKey,
    overlap: i64,
    now: Timestamp,
) -> Result<Option<SigningSecret>> {
    for secret in store::secrets(conn, key.organization, key.id)? {
        match end_at_rotation(secret.ends_at, overlap, now) {
            Some(ends_at) => store::end_secret(conn, key.organization, secret.digest, ends_at)?,
            None => store::delete_secret(conn, key.organization, secret.digest)?,
        }
    }
    begin(conn, masters, key)
}
