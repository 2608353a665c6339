//! Logging in: a login and a password for a company token.
//!
//! Whoever is refused learns nothing: an unknown login, a wrong password and a suspended organization take the same steps, the
//! same time, and get the same answer.

use std::time::Duration;

use secrecy::SecretString;

use super::{LoginKey, OrganizationStatus, Throttled, store};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{Timestamp, TokenId, caseless};
use crate::db::Error;
use crate::ledger::{self, Issued};
use crate::password::{Busy, Verdict};
use crate::token::{self, Claims, Grant, Kind};

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
pub enum LoginFault {
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

impl From<Error> for LoginFault {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Throttled> for LoginFault {
    fn from(throttled: Throttled) -> Self {
        Self::Throttled(throttled.retry_after)
    }
}

/// Checks a login and issues a company token.
///
/// # Errors
/// The [`LoginFault`].
pub async fn log_in(app: &App, login: Login, origin: Origin) -> Result<String, LoginFault> {
    let outcome = attempt(app, login, origin).await;
    app.metrics.login(match &outcome {
        Ok(_) => "accepted",
        Err(LoginFault::Refused) => "refused",
        Err(LoginFault::Throttled(_)) => "throttled",
        Err(LoginFault::Busy | LoginFault::Stale | LoginFault::Database(_)) => "busy",
    });
    outcome
}

async fn attempt(app: &App, login: Login, origin: Origin) -> Result<String, LoginFault> {
    let now = app.clock.now();
    let key = LoginKey::of(&login.login);
    // By the same key that finds the organization: whatever way a login is written, it has one allowance.
    let pass = app
        .throttle
        .admit(&caseless::key(&login.login), origin.address)?;

    // A node that knows nothing of the latest revocations would sign a token that they kill.
    if !app.feed.holds_lease() {
        return Err(LoginFault::Stale);
    }
    // Read before the record: a suspension after this point makes the token dead on arrival.
    let rev = app.feed.applied();
    let found = match key {
        Some(key) => app.db.read(move |conn| store::by_login(conn, &key)).await?,
        None => None,
    };
    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let verdict = app
        .hasher
        .check(hash, login.password)
        .await
        .map_err(|Busy| LoginFault::Busy)?;

    let organization = found.as_ref().map(|found| found.organization.id);
    let (Verdict::Right { rehashed }, Some(found)) = (verdict, found) else {
        pass.failed();
        return Err(refuse(app, organization, &origin, now).await);
    };
    if found.organization.status != OrganizationStatus::Active {
        pass.failed();
        return Err(refuse(app, organization, &origin, now).await);
    }
    pass.succeeded();

    let issued_at = app.clock.now().whole_second();
    let claims = Claims {
        jti: TokenId::generate(issued_at),
        organization: found.organization.id,
        rev,
        issued_at,
        grant: Grant::Company {
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
            let event = Event::of(&origin, Action::LoggedIn, now, found.organization.id)
                .target(format!("company-token:{}", claims.jti));
            audit::record(conn, &event)
        })
        .await?;
    app.metrics.issued(Kind::Company).inc();
    Ok(text)
}

async fn refuse(
    app: &App,
    organization: Option<crate::base::OrganizationId>,
    origin: &Origin,
    now: Timestamp,
) -> LoginFault {
    if let Some(event) = app.failed_logins.note(organization, origin, now)
        && let Err(why) = app.db.write(move |conn| audit::record(conn, &event)).await
    {
        tracing::warn!(%why, "a failed login could not be written to the audit log");
    }
    LoginFault::Refused
}

impl From<token::KeyFault> for LoginFault {
    fn from(fault: token::KeyFault) -> Self {
        Self::Database(Error::Internal(fault.to_string()))
    }
}
