//! Logging in: a login and a password for a company token.
//!
//! A refusal tells nothing: an unknown login, a wrong password and a suspended organization take the same steps, the same time,
//! and get the same answer. In particular a refusal writes nothing while its caller waits.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::store::{self, Credentials};
use super::throttle::network;
use super::{LoginKey, OrganizationStatus, Throttled};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{TokenId, Turn, caseless};
use crate::db::Error;
use crate::ledger::{self, Issued};
use crate::password::{Attempt, Busy, Verdict};
use crate::token::{self, Claims, Kind, TokenUse};

/// What a caller presents.
#[derive(Debug)]
pub struct Login {
    /// The login, in any case and however its letters are composed.
    pub login: String,
    /// The password.
    pub password: SecretString,
}

/// Why there is no company token.
#[derive(Debug)]
pub enum LoginError {
    /// Not this login with this password; or suspended.
    Refused,
    /// Too many attempts.
    Throttled(Duration),
    /// The hashing queue is full.
    Busy,
    /// This node has lost its lease.
    Stale,
    /// The database.
    Database(Error),
}

impl From<Error> for LoginError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Throttled> for LoginError {
    fn from(throttled: Throttled) -> Self {
        Self::Throttled(throttled.retry_after)
    }
}

/// Checks a login and issues a company token.
///
/// # Errors
/// The [`LoginError`].
pub async fn log_in(app: &App, login: Login, origin: Origin) -> Result<String, LoginError> {
    let outcome = attempt(app, login, origin).await;
    app.metrics.login(match &outcome {
        Ok(_) => "accepted",
        Err(LoginError::Refused) => "refused",
        Err(LoginError::Throttled(_)) => "throttled",
        Err(LoginError::Busy | LoginError::Stale | LoginError::Database(_)) => "busy",
    });
    outcome
}

/// The record of a login, and whether somebody has logged in with it from `address` before.
async fn look_up(
    app: &App,
    key: Option<LoginKey>,
    address: Option<IpAddr>,
) -> Result<(Option<Credentials>, bool), LoginError> {
    let Some(key) = key else {
        return Ok((None, false));
    };
    let _place = app.lookups.enter(Turn::Stranger(address), &app.db).await?;
    let found = app
        .db
        .read(move |conn| {
            let found = store::by_login(conn, &key)?;
            // Looked up whether or not there is such a login: both take the same steps.
            let organization = found.as_ref().map(|found| found.organization.id);
            let seen = store::was_in_from(conn, organization, address)?;
            Ok::<_, Error>((found, seen))
        })
        .await?;
    Ok(found)
}

async fn attempt(app: &App, login: Login, origin: Origin) -> Result<String, LoginError> {
    let now = app.clock.now();
    let key = LoginKey::of(&login.login);
    // By the same key that finds the organization: whatever way a login is written, it has one allowance.
    let knock = app
        .throttle
        .admit(&caseless::key(&login.login), origin.address)?;

    // A node that has missed the latest revocations would sign a token that they revoke.
    if !app.feed.holds_lease() {
        return Err(LoginError::Stale);
    }
    // Read before the record: a suspension after this point makes the token dead on arrival.
    let mut rev = app.feed.applied();
    let address = origin.address.map(network);
    let (mut found, mut seen) = look_up(app, key.clone(), address).await?;
    if let Some(created) = found.as_ref().map(|found| found.created_seq)
        && rev < created
    {
        // Added a moment ago: a token of it must know of that.
        let feed = Arc::clone(&app.feed);
        app.db.run(move |_| feed.sync()).await?;
        rev = app.feed.applied();
        (found, seen) = look_up(app, key, address).await?;
    }
    let organization = found.as_ref().map(|found| found.organization.id);
    let known = organization.filter(|_| seen);
    let pass = knock.pass(known.is_some())?;
    let verdict = app
        .hasher
        .check(Attempt {
            turn: known.map_or(Turn::Stranger(address), Turn::Known),
            hash: found.as_ref().map(|found| found.password_hash.clone()),
            admissible: found
                .as_ref()
                .is_some_and(|found| found.organization.status == OrganizationStatus::Active),
            password: login.password,
        })
        .await
        .map_err(|Busy| LoginError::Busy)?;

    let (Verdict::Right { rehashed }, Some(found)) = (verdict, found) else {
        pass.failed();
        app.failed_logins.note(organization, &origin);
        return Err(LoginError::Refused);
    };
    pass.succeeded();

    let issued_at = app.clock.now().whole_second();
    let claims = Claims {
        jti: TokenId::generate(issued_at),
        organization: found.organization.id,
        rev,
        issued_at,
        token_use: TokenUse::Company {
            expires_at: found.organization.policy.company_token_end(issued_at),
        },
    };
    let (text, kid) = app.sign(&claims)?;
    let issued = Issued {
        claims,
        kid,
        address: origin.address,
    };
    app.db
        .write(move |conn| {
            ledger::insert(conn, std::slice::from_ref(&issued))?;
            if let Some(rehashed) = rehashed {
                store::replace_password_hash(
                    conn,
                    found.organization.id,
                    &found.password_hash,
                    &rehashed,
                )?;
            }
            if let Some(address) = address {
                store::note_address(conn, found.organization.id, address, now)?;
            }
            let event = Event::of(&origin, Action::LoggedIn, now, found.organization.id)
                .target(format!("company-token:{}", claims.jti));
            audit::record(conn, &event)
        })
        .await?;
    app.metrics.issued(Kind::Company).inc();
    Ok(text)
}

impl From<token::KeyError> for LoginError {
    fn from(fault: token::KeyError) -> Self {
        Self::Database(Error::Internal(fault.to_string()))
    }
}
