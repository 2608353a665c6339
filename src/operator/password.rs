//! Passwords of operators: hashing a new one, and changing one's own.

use secrecy::SecretString;

use super::sign_in::{self, SignIn};
use super::{ManageError, Operator, PasswordHash, manage};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp, TokenId, Turn};
use crate::db::{Conn, Error, Records, serialize_within};
use crate::feed::{self, Entry, Index};
use crate::ledger;
use crate::login::LoginError;
use crate::password::{HashError, Password, PasswordError};
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind, TokenUse};

/// Why a new password was not hashed.
#[derive(Debug)]
pub enum NewPasswordError {
    /// The text cannot be a password.
    Invalid(PasswordError),
    /// The queue for hashing is full.
    Busy,
    /// The password cannot be hashed.
    Hash(String),
}

impl From<HashError> for NewPasswordError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Cost(why) => Self::Hash(why),
        }
    }
}

/// Hashes a new password of an operator, in the queue of all passwords.
///
/// # Errors
/// Returns the [`NewPasswordError`].
pub async fn hash(
    app: &App,
    organization: OrganizationId,
    text: SecretString,
) -> Result<PasswordHash, NewPasswordError> {
    let password = Password::new(text).map_err(NewPasswordError::Invalid)?;
    let turn = Turn::Known(organization);
    let hash = app.logins.hasher.hash(turn, password).await?;
    Ok(PasswordHash::new(hash))
}

/// Why an operator's own password was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// The session was revoked meanwhile, or is no session.
    Revoked,
    /// The present password was refused.
    Login(LoginError),
    /// The new password cannot be taken.
    New(NewPasswordError),
    /// The operator cannot be changed.
    Manage(ManageError),
}

impl From<Error> for ChangeError {
    fn from(error: Error) -> Self {
        Self::Login(LoginError::Database(error))
    }
}

impl From<ManageError> for ChangeError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Database(error) => error.into(),
            other => Self::Manage(other),
        }
    }
}

/// The most sessions whose end the audit log records one by one.
const MOST_RECORDED: u8 = 100;

/// Changes the password of the operator that `session` belongs to: the claims of its session, of
/// `/auth/login`, of the browser or of the console. All other sessions of the operator have ended, on
/// every node, when this returns; this one stays. `end_stored` removes the rows of its other sessions
/// of browsers and of the console, and returns the ids of those that were valid.
///
/// # Errors
/// Returns the [`ChangeError`]. It is [`ChangeError::Revoked`] if the session itself was revoked
/// before the change was written.
pub async fn change_own(
    app: &App,
    session: Claims,
    current: SecretString,
    new: SecretString,
    origin: Origin,
    end_stored: impl FnOnce(&mut Conn) -> crate::db::Result<Vec<TokenId>> + Send + 'static,
) -> Result<Receipt, ChangeError> {
    let (TokenUse::Session { operator, .. }
    | TokenUse::Console {
        operator: Some(operator),
        ..
    }) = session.token_use
    else {
        return Err(ChangeError::Revoked);
    };
    let organization = session.organization;
    let new = Password::new(new).map_err(|why| ChangeError::New(NewPasswordError::Invalid(why)))?;
    let signed_in = sign_in::check_again(app, organization, operator, current, &origin)
        .await
        .map_err(ChangeError::Login)?;
    let turn = Turn::Known(organization);
    let hash = app.logins.hasher.hash(turn, new).await;
    let hash = hash.map_err(|why| ChangeError::New(why.into()))?;
    let now = app.clock.now();
    let SignIn {
        operator: checked, ..
    } = signed_in;
    let feed = app.nodes.feed.clone();
    let written = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        serialize_within(conn, Records::Operators, organization)?;
        let before = manage::get(conn, organization, operator)?;
        if before.password != checked.password {
            // Another password was set since the present one was checked.
            return Err(ChangeError::Login(LoginError::Refused));
        }
        let after = Operator {
            password: Some(PasswordHash::new(hash)),
            ..before.clone()
        };
        let mut others = logged_in(conn, &session, operator, feed.index(), now)?;
        others.extend(end_stored(conn)?);
        others.truncate(MOST_RECORDED.into());
        let (_, entries) = manage::replace(conn, &before, after, Some(session.jti), &origin, now)?;
        record_ends(conn, organization, &others, entries.last(), &origin, now)?;
        // The entry locks the head of the feed, so no revocation commits between this check and the
        // commit.
        if feed::revoking_entry(conn, &session)?.is_some() {
            return Err(ChangeError::Revoked);
        }
        Ok(((), entries))
    })
    .await;
    if matches!(written, Err(ChangeError::Revoked)) {
        // The revocation is in the database. The sync applies it to this node as well.
        let feed = app.nodes.feed.clone();
        app.db.run(move |_| feed.sync()).await?;
    }
    let ((), receipt) = written?;
    Ok(receipt)
}

/// Returns the other sessions of `/auth/login` of the operator of `own` that are valid, the newest
/// first.
fn logged_in(
    conn: &mut Conn,
    own: &Claims,
    operator: OperatorId,
    index: &Index,
    now: Timestamp,
) -> crate::db::Result<Vec<TokenId>> {
    let filter = ledger::Filter {
        operator: Some(operator),
        kind: Some(Kind::Session),
        ..ledger::Filter::of(own.organization, MOST_RECORDED.into())
    };
    let lines = ledger::live(conn, &filter, now)?;
    let claims = lines.into_iter().map(|line| line.claims);
    let others = claims.filter(|claims| claims.jti != own.jti && !index.revokes(claims));
    Ok(others.map(|claims| claims.jti).collect())
}

/// Records the end of sessions, which `entry` revokes.
fn record_ends(
    conn: &mut Conn,
    organization: OrganizationId,
    sessions: &[TokenId],
    entry: Option<&Entry>,
    origin: &Origin,
    now: Timestamp,
) -> crate::db::Result<()> {
    let events = sessions.iter().map(|jti| {
        let event = Event::of(origin, Action::SessionEnded, now, organization);
        let event = event.target(format!("session:{jti}"));
        match entry {
            Some(entry) => event.entry(entry.seq),
            None => event,
        }
    });
    audit::record_all(conn, &events.collect::<Vec<_>>())
}
