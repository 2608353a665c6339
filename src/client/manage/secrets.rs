//! The secrets of a client that is added or changed, and another secret on request.

use std::time::Duration;

use super::{ManageError, Result, announce, event, get};
use crate::audit::{self, Action, Origin};
use crate::base::{ClientId, OrganizationId, Timestamp};
use crate::client::secret::GRACE;
use crate::client::{
    Authentication, Client, ClientSecret, ClientStatus, Registered, Secrets, store,
};
use crate::db::{Conn, Records, serialize_within};
use crate::feed::Entry;

/// The longest grace of an older secret (seconds): 30 days.
pub const LONGEST_GRACE: i64 = 30 * 86_400;

/// Another secret of a client.
#[derive(Debug)]
pub struct Rotated {
    /// The new secret, which is shown only once.
    pub secret: ClientSecret,
    /// When the one before it ends. `None` if it has ended.
    pub previous_expires_at: Option<Timestamp>,
    /// Whether a secret that was valid until now has ended: the one before it, or an older one.
    pub ends_one: bool,
}

/// Gives a client another secret, in the caller's transaction. The present one ends after
/// `grace_seconds`, the one before it at once. `None` stands for 7 days.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn rotate_secret(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    grace_seconds: Option<i64>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Rotated, Vec<Entry>)> {
    let grace = match grace_seconds {
        None => GRACE,
        Some(seconds @ 0..=LONGEST_GRACE) => {
            Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
        }
        Some(_) => return Err(ManageError::Grace),
    };
    serialize_within(conn, Records::Clients, organization)?;
    let Registered {
        client, secrets, ..
    } = get(conn, organization, id)?;
    if client.status == ClientStatus::Deleted {
        return Err(ManageError::Deleted);
    }
    if client.settings.authentication != Authentication::Secret {
        return Err(ManageError::NoSecret);
    }
    let secret = ClientSecret::generate();
    let valid_before = secrets.valid(now).count();
    let secrets = secrets.rotate(secret.digest(), now.whole_second(), grace);
    store::set_secrets(conn, organization, id, &secrets)?;
    audit::record(
        conn,
        &event(origin, Action::ClientSecretRotated, &client, now),
    )?;
    let entry = announce(conn, &client, now)?;
    let rotated = Rotated {
        secret,
        previous_expires_at: secrets.previous.and_then(|secret| secret.expires_at),
        ends_one: valid_before > usize::from(secrets.previous.is_some()),
    };
    Ok((rotated, vec![entry]))
}

/// Checks that the secrets of a client are still those that the caller has seen
/// ([`Secrets::version`]). Until the caller's transaction ends, no other one changes them.
///
/// # Errors
/// Returns the [`ManageError`]. It is [`ManageError::Changed`] if they were changed meanwhile.
pub fn check_secrets(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    version: &str,
) -> Result<()> {
    serialize_within(conn, Records::Clients, organization)?;
    if get(conn, organization, id)?.secrets.version() != version {
        return Err(ManageError::Changed);
    }
    Ok(())
}

/// Ends the older secret of a client before its time, in the caller's transaction. The present one
/// stays. If there is no older secret that is valid, nothing changes.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn drop_secret(
    conn: &mut Conn,
    (organization, id): (OrganizationId, &ClientId),
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    serialize_within(conn, Records::Clients, organization)?;
    let Registered {
        client, secrets, ..
    } = get(conn, organization, id)?;
    if secrets.older(now).is_none() {
        return Ok(Vec::new());
    }
    let left = Secrets {
        previous: None,
        ..secrets
    };
    store::set_secrets(conn, organization, id, &left)?;
    let event = event(origin, Action::ClientUpdated, &client, now);
    audit::record(conn, &event.detail("the older secret was dropped"))?;
    Ok(vec![announce(conn, &client, now)?])
}

/// Returns the secrets that a client has with its settings, and a new one if it needs one and has
/// none.
pub(super) fn secrets_for(
    client: &Client,
    present: Secrets,
    now: Timestamp,
) -> (Secrets, Option<ClientSecret>) {
    match client.settings.authentication {
        Authentication::Public | Authentication::PrivateKeyJwt(_) => (Secrets::default(), None),
        Authentication::Secret if present.current.is_some() => (present, None),
        Authentication::Secret => {
            let secret = ClientSecret::generate();
            let secrets = Secrets::first(secret.digest(), now.whole_second());
            (secrets, Some(secret))
        }
    }
}
