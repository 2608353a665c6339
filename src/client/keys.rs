//! The keys that sign a client's tokens: they are there before the client is, so its first token
//! can be signed at once.

use super::{ClientSettings, ManageError, TokenFormat};
use crate::access::Scope;
use crate::app::App;
use crate::audit::Actor;
use crate::base::Timestamp;
use crate::db::{Conn, Db};
use crate::revocation;
use crate::signing_keys::{self, Keeper, KeysError, NewKey, Role};

/// Returns the roles of the keys that sign tokens of a client with these settings.
#[must_use]
pub fn roles(settings: &ClientSettings) -> Vec<Role> {
    let mut roles = Vec::new();
    if settings.access.format == TokenFormat::Jwt {
        roles.push(Role::from(crate::token::Algorithm::from(
            settings.access.algorithm,
        )));
    }
    if settings.scopes.names(Scope::OPENID) {
        roles.push(Role::ID_TOKENS);
    }
    roles
}

/// Checks that the keys that sign tokens of a client with these settings are there, in the
/// transaction that writes the settings. `before` are the roles of the keys that sign its tokens so
/// far; these are not checked.
///
/// # Errors
/// Returns [`ManageError::KeysMissing`], and an error if the database fails.
pub(super) fn check(
    conn: &mut Conn,
    before: &[Role],
    settings: &ClientSettings,
) -> Result<(), ManageError> {
    let mut new = roles(settings);
    new.retain(|role| !before.contains(role));
    if new.is_empty() || signing_keys::missing(conn, &new)?.is_empty() {
        Ok(())
    } else {
        Err(ManageError::KeysMissing)
    }
}

/// Makes the keys that are missing, and returns once every node has them. An RSA key takes a while
/// to make, which no request thread does.
///
/// # Errors
/// Returns the [`ManageError`].
pub async fn prepare(
    app: &App,
    settings: &ClientSettings,
    actor: Actor,
) -> Result<(), ManageError> {
    let roles = roles(settings);
    let missing = app
        .db
        .read(move |conn| signing_keys::missing(conn, &roles))
        .await?;
    if missing.is_empty() {
        return Ok(());
    }
    let fresh = app.db.run(move |_| make(missing)).await?;
    let (keys, now) = (app.tokens.keys.clone(), app.clock.now());
    revocation::commit(&app.db, app.nodes.feed.clone(), move |conn| {
        signing_keys::require(conn, &keys, fresh, &actor, now)
    })
    .await?;
    Ok(())
}

/// Does the same as [`prepare`], for a process that is not a node. `keeper` is called only if a key
/// is missing: it needs the master key.
///
/// # Errors
/// Returns the [`ManageError`], and the errors of `keeper`.
pub fn prepare_from_cli<K: AsRef<Keeper>, E: From<ManageError>>(
    db: &Db,
    settings: &ClientSettings,
    keeper: impl FnOnce() -> Result<K, E>,
    now: Timestamp,
) -> Result<(), E> {
    let roles = roles(settings);
    let missing = db
        .read_blocking(|conn| signing_keys::missing(conn, &roles))
        .map_err(ManageError::from)?;
    if missing.is_empty() {
        return Ok(());
    }
    let keeper = keeper()?;
    let fresh = make(missing).map_err(ManageError::from)?;
    revocation::commit_from_cli(db, |conn| {
        signing_keys::require(conn, keeper.as_ref(), fresh, &Actor::CommandLine, now)
    })
    .map_err(ManageError::from)?;
    Ok(())
}

fn make(roles: Vec<Role>) -> Result<Vec<NewKey>, KeysError> {
    roles.into_iter().map(NewKey::make).collect()
}
