//! The second factor of an operator: codes of an authenticator app, and recovery codes.

mod store;

use super::store::end_console_sessions;
use super::{ManageError, OperatorStatus, console_guard, manage};
use crate::access::recovery_code::RecoveryCode;
use crate::access::totp::TotpSecret;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{Digest, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{Conn, Error, Records, Result, serialize_within, serialize_writes};
use crate::seal::{MasterKeys, Sealed};

/// A new second factor. Its secret and its codes are shown once.
#[derive(Debug)]
pub struct NewFactor {
    /// The secret of the authenticator app.
    pub secret: TotpSecret,
    /// The name of the organization, which the app shows.
    pub issuer: String,
    /// The name of the operator, which the app shows.
    pub account: String,
    /// The recovery codes, each good once.
    pub recovery_codes: Vec<RecoveryCode>,
}

/// What an operator brings that sets its own second factor.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// A code of the secret.
    pub code: &'a str,
    /// The console session in which it does so. This one goes on.
    pub session: TokenId,
}

/// The name that a secret is sealed with. `seal::SEALED` has the same in SQL.
fn sealed_as(organization: OrganizationId, operator: OperatorId) -> String {
    format!("totp {organization} {operator}")
}

/// Gives an operator a new second factor, in the caller's transaction. The former one is replaced,
/// with its recovery codes, and the operator's console sessions end.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn set(
    conn: &mut Conn,
    masters: &MasterKeys,
    organization: OrganizationId,
    id: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<NewFactor, ManageError> {
    let secret = TotpSecret::generate();
    set_to(conn, masters, (organization, id), secret, None, origin, now)
}

/// Gives an operator the second factor that its app has already, in the caller's transaction. The
/// code is used up by this, and the operator's other console sessions end. `None` if the code is
/// wrong.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn enable(
    conn: &mut Conn,
    masters: &MasterKeys,
    (organization, id): (OrganizationId, OperatorId),
    secret: TotpSecret,
    own: Own<'_>,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Option<NewFactor>, ManageError> {
    let Some(step) = secret.accept(own.code, now, None) else {
        return Ok(None);
    };
    let (of, used) = ((organization, id), Some((step, own.session)));
    set_to(conn, masters, of, secret, used, origin, now).map(Some)
}

/// Returns the names that an app shows: of the organization, and of the operator.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn names(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
) -> std::result::Result<(String, String), ManageError> {
    let profile = manage::get(conn, organization, id)?.profile;
    Ok((
        store::organization_name(conn, organization)?,
        profile.username.or(profile.email).unwrap_or(profile.name),
    ))
}

/// `used`: the step of a code that was used already, and the console session that goes on.
fn set_to(
    conn: &mut Conn,
    masters: &MasterKeys,
    (organization, id): (OrganizationId, OperatorId),
    secret: TotpSecret,
    used: Option<(i64, TokenId)>,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<NewFactor, ManageError> {
    serialize_within(conn, Records::Operators, organization)?;
    // Resealing locks this row first too.
    serialize_writes(conn, "operators")?;
    let operator = manage::get(conn, organization, id)?;
    if operator.status == OperatorStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    if console_guard::is_refused(conn, &operator, origin)? {
        return Err(ManageError::Guarded);
    }
    let sealed = masters
        .for_new(conn)?
        .seal(secret.as_bytes(), &sealed_as(organization, id))
        .map_err(|why| Error::Internal(why.to_string()))?;
    let codes = RecoveryCode::generate();
    let digests: Vec<_> = codes.iter().map(|code| digest(code.text())).collect();
    store::remove(conn, organization, id)?;
    store::insert(conn, organization, id, &sealed, now)?;
    if let Some((step, _)) = used {
        store::use_up_step(conn, organization, id, &sealed, step)?;
    }
    store::insert_codes(
        conn,
        organization,
        id,
        &digests.into_iter().flatten().collect::<Vec<_>>(),
    )?;
    store::touch(conn, organization, id, operator.next_version(now))?;
    let spared = used.map(|(_, session)| session);
    end_console_sessions(conn, organization, &[id], spared)?;
    record(conn, organization, id, "set", origin, now)?;
    let profile = operator.profile;
    Ok(NewFactor {
        secret,
        issuer: store::organization_name(conn, organization)?,
        account: profile.username.or(profile.email).unwrap_or(profile.name),
        recovery_codes: codes.into(),
    })
}

/// Removes the second factor of an operator, with its recovery codes, in the caller's transaction.
/// The operator's console sessions end. If it has no second factor, nothing changes.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn remove(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    remove_from(conn, (organization, id), None, origin, now)
}

/// Like [`remove`], for an operator that does it itself in a console session. This one goes on.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn disable(
    conn: &mut Conn,
    of: (OrganizationId, OperatorId),
    session: TokenId,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    remove_from(conn, of, Some(session), origin, now)
}

fn remove_from(
    conn: &mut Conn,
    (organization, id): (OrganizationId, OperatorId),
    spared: Option<TokenId>,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<(), ManageError> {
    serialize_within(conn, Records::Operators, organization)?;
    let operator = manage::get(conn, organization, id)?;
    if console_guard::is_refused(conn, &operator, origin)? {
        return Err(ManageError::Guarded);
    }
    if store::remove(conn, organization, id)? {
        store::touch(conn, organization, id, operator.next_version(now))?;
        end_console_sessions(conn, organization, &[id], spared)?;
        record(conn, organization, id, "removed", origin, now)?;
    }
    Ok(())
}

fn record(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
    what: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let event = Event::of(origin, Action::TotpSet, now, organization)
        .target(format!("operator:{id}"))
        .detail(what);
    audit::record(conn, &event)
}

fn digest(code: &str) -> Option<Digest> {
    RecoveryCode::digest(code).map(Digest)
}

/// Returns whether a code is right, and uses it up: a code of the authenticator app, or a recovery
/// code. Of several callers with one code, on whichever nodes, one gets `true`. The caller limits
/// the attempts.
///
/// # Errors
/// Returns the errors of the database, and an error if the secret cannot be unsealed.
pub fn verify(
    conn: &mut Conn,
    masters: &MasterKeys,
    organization: OrganizationId,
    operator: OperatorId,
    code: &str,
    now: Timestamp,
) -> Result<bool> {
    if let Some(digest) = digest(code) {
        return store::use_up_code(conn, organization, operator, digest);
    }
    let Some((sealed, last_step)) = store::find(conn, organization, operator)? else {
        return Ok(false);
    };
    let secret = open(masters, &sealed, organization, operator)?;
    match secret.accept(code, now, last_step) {
        Some(step) => store::use_up_step(conn, organization, operator, &sealed, step),
        None => Ok(false),
    }
}

/// Lets no code of an operator be accepted until the caller's transaction ends. A transaction that has
/// accepted one ends before this returns.
///
/// # Errors
/// Returns the errors of the database.
pub fn hold(conn: &mut Conn, organization: OrganizationId, operator: OperatorId) -> Result<()> {
    store::lock(conn, organization, operator)
}

fn open(
    masters: &MasterKeys,
    sealed: &Sealed,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<TotpSecret> {
    let secret = masters.open(sealed, &sealed_as(organization, operator));
    let secret = secret.map_err(|why| Error::Internal(why.to_string()))?;
    Ok(TotpSecret::from_bytes(secret))
}
