//! Adding, listing and removing admins of the platform.

use super::{PlatformAdmin, second_factor, store};
use crate::access::recovery_code::RecoveryCode;
use crate::access::totp::TotpSecret;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{PlatformAdminId, Timestamp};
use crate::db::{Conn, Error, allocate};
use crate::login::LoginKey;
use crate::operator::PasswordHash;
use crate::seal::MasterKeys;
use zeroize::Zeroizing;

/// The name of the service, which authenticator apps show beside the login of an admin.
const ISSUER: &str = "Lanyard";

/// The largest number of admins.
const MOST: usize = 100;

/// An admin that is to be added.
#[derive(Debug)]
pub struct NewAdmin {
    /// The name that it signs in with.
    pub login: String,
    /// The hash of its password.
    pub password: PasswordHash,
}

/// A new admin, and what is shown once.
#[derive(Debug)]
pub struct Added {
    /// The admin.
    pub admin: PlatformAdmin,
    /// The secret of its authenticator app.
    pub secret: TotpSecret,
    /// The recovery codes, each good once.
    pub recovery_codes: Vec<RecoveryCode>,
}

impl Added {
    /// Returns the URI that authenticator apps read from a QR code.
    #[must_use]
    pub fn uri(&self) -> Zeroizing<String> {
        self.secret.uri(ISSUER, &self.admin.login)
    }
}

/// Why the admins were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The login is not allowed.
    #[error(
        "the login must have 1 to 200 characters, all of them visible, and no white space and no /"
    )]
    Login,
    /// Another admin has this login. Case and the composition of letters are ignored.
    #[error("a platform admin with this login exists already")]
    Taken,
    /// There is the largest allowed number of admins.
    #[error("there are {MOST} platform admins already, which is the most; remove one first")]
    TooMany,
    /// There is no such admin.
    #[error("there is no platform admin with this id")]
    Unknown,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        match error {
            Error::Duplicate { .. } => Self::Taken,
            other => Self::Database(other),
        }
    }
}

/// Adds an admin, with a second factor and recovery codes, in the caller's transaction.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    conn: &mut Conn,
    masters: &MasterKeys,
    new: &NewAdmin,
    origin: &Origin,
    now: Timestamp,
) -> Result<Added, ManageError> {
    let key = LoginKey::of_new(&new.login).ok_or(ManageError::Login)?;
    // Serializes with others who add an admin, and with resealing.
    let id = PlatformAdminId(allocate(conn, "platform_admins", 1)?);
    if store::all(conn)?.len() >= MOST {
        return Err(ManageError::TooMany);
    }
    let secret = TotpSecret::generate();
    let sealed = second_factor::seal(masters, conn, id, &secret)?;
    let admin = PlatformAdmin {
        id,
        login: new.login.clone(),
        created_at: now,
    };
    store::insert(conn, &admin, &key.fold, &new.password.0, &sealed)?;
    let recovery_codes = RecoveryCode::generate();
    for code in &recovery_codes {
        if let Some(digest) = second_factor::digest(code.text()) {
            store::insert_code(conn, id, digest)?;
        }
    }
    let event = Event::of_service(origin, Action::PlatformAdminCreated, now)
        .target(format!("platform-admin:{id}"));
    audit::record(conn, &event)?;
    Ok(Added {
        admin,
        secret,
        recovery_codes: recovery_codes.into(),
    })
}

/// Returns the admins, ordered by id.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(conn: &mut Conn) -> crate::db::Result<Vec<PlatformAdmin>> {
    store::all(conn)
}

/// Removes an admin and ends its sessions, in the caller's transaction. Returns the admin as it was,
/// and the number of its sessions.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn remove(
    conn: &mut Conn,
    id: PlatformAdminId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(PlatformAdmin, usize), ManageError> {
    let Some(admin) = store::get(conn, id)? else {
        return Err(ManageError::Unknown);
    };
    // The account and its codes first: a sign-in that is under way has used one of them up, and ends
    // before its session is looked for.
    if !store::remove(conn, id)? {
        return Err(ManageError::Unknown);
    }
    let ended = store::remove_sessions(conn, id)?;
    store::remove_addresses(conn, id)?;
    let event = Event::of_service(origin, Action::PlatformAdminDeleted, now)
        .target(format!("platform-admin:{id}"));
    audit::record(conn, &event)?;
    Ok((admin, ended))
}
