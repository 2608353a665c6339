//! The second factor of an admin: codes of an authenticator app, and recovery codes.

use super::store;
use crate::access::recovery_code::RecoveryCode;
use crate::access::totp::TotpSecret;
use crate::base::{Digest, PlatformAdminId, Timestamp};
use crate::db::{Conn, Error, Result};
use crate::seal::{MasterKeys, Sealed};

/// The name that a secret is sealed with. `seal::SEALED` has the same in SQL.
fn sealed_as(id: PlatformAdminId) -> String {
    format!("platform admin {id}")
}

/// Seals the secret of an admin.
pub(super) fn seal(
    masters: &MasterKeys,
    conn: &mut Conn,
    id: PlatformAdminId,
    secret: &TotpSecret,
) -> Result<Sealed> {
    let sealed = masters
        .for_new(conn)?
        .seal(secret.as_bytes(), &sealed_as(id));
    sealed.map_err(|why| Error::Internal(why.to_string()))
}

pub(super) fn digest(code: &str) -> Option<Digest> {
    RecoveryCode::digest(code).map(Digest)
}

/// Returns whether a code is right, and uses it up: a code of the authenticator app, or a recovery
/// code. Of several callers with one code, on whichever nodes, one gets `true`. The caller limits
/// the attempts.
pub(super) fn verify(
    conn: &mut Conn,
    masters: &MasterKeys,
    id: PlatformAdminId,
    code: &str,
    now: Timestamp,
) -> Result<bool> {
    if let Some(digest) = digest(code) {
        return store::use_up_code(conn, id, digest);
    }
    let Some((sealed, last_step)) = store::factor(conn, id)? else {
        return Ok(false);
    };
    let secret = masters.open(&sealed, &sealed_as(id));
    let secret = secret.map_err(|why| Error::Internal(why.to_string()))?;
    match TotpSecret::from_bytes(secret).accept(code, now, last_step) {
        Some(step) => store::use_up_step(conn, id, &sealed, step),
        None => Ok(false),
    }
}
