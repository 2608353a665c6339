//! Checking a login and a password.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::throttle::network;
use super::{Account, Counted, Named, Subject, Throttled, store};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{Sequence, Timestamp, Turn};
use crate::db::{Conn, Error};
use crate::password::{Attempt, Busy, Verdict};

/// The credentials that a caller presents.
#[derive(Debug)]
pub struct Presented<N> {
    /// The name that finds the account; `None` if no account can have it.
    pub name: Option<N>,
    /// The name without its organization, in the form in which names are compared. If there is no
    /// such account, attempts are counted by it.
    pub key: String,
    /// The name with its organization, in the form in which names are compared. Its first word is
    /// different for each kind of name. Attempts are counted by it if there is no such
    /// organization.
    pub typed: String,
    /// The password.
    pub password: SecretString,
}

/// Why a login was not accepted.
#[derive(Debug)]
pub enum LoginError {
    /// There is no such login, the password is wrong, or the account may not log in.
    Refused,
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
    /// The queue for hashing is full.
    Busy,
    /// This node does not hold its lease.
    Stale,
    /// The database failed.
    Database(Error),
}

impl LoginError {
    /// Returns the word by which the metric of logins counts the error.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Throttled(_) => "throttled",
            Self::Busy | Self::Stale | Self::Database(_) => "busy",
        }
    }
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

/// A login whose password was right.
#[derive(Debug)]
pub struct Accepted<A> {
    /// The account.
    pub account: A,
    /// The sequence that this node had applied before it read the account: the `rev` of what is
    /// issued now. A suspension after that point revokes it.
    pub rev: Sequence,
    /// A hash of the same password that replaces the stored one; `None` if the stored one stays.
    rehashed: Option<String>,
    network: Option<IpAddr>,
}

impl<A: Account> Accepted<A> {
    /// Stores what the login changes of the account: the hash of the password, if new hashes have
    /// another form or cost, and the network that the login came from. Must be called in the
    /// transaction that records the issued token.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub fn record(&self, conn: &mut Conn, now: Timestamp) -> crate::db::Result<()> {
        self.record_hash(conn)?;
        match self.network {
            Some(network) => store::note_network(conn, self.account.subject(), network, now),
            None => Ok(()),
        }
    }

    /// Stores only the hash of the password. A login that still needs a second factor calls this
    /// instead of [`Accepted::record`]: the right password alone makes no network known.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub fn record_hash(&self, conn: &mut Conn) -> crate::db::Result<()> {
        match &self.rehashed {
            Some(rehashed) => self.account.replace_password_hash(conn, rehashed),
            None => Ok(()),
        }
    }
}

/// Stores that a subject has completed a login from an address, in the transaction that records it.
///
/// # Errors
/// Returns the errors of the database.
pub fn note_address(
    conn: &mut Conn,
    subject: Subject,
    address: Option<IpAddr>,
    now: Timestamp,
) -> crate::db::Result<()> {
    match address.map(network) {
        Some(network) => store::note_network(conn, subject, network, now),
        None => Ok(()),
    }
}

/// Returns what a name stands for, and whether somebody has logged in to the account from `network`
/// before.
async fn look_up<A: Account>(
    app: &App,
    name: Option<A::Name>,
    network: Option<IpAddr>,
) -> Result<(Named<A>, bool), LoginError> {
    let Some(name) = name else {
        let nobody = Named {
            organization: None,
            account: None,
        };
        return Ok((nobody, false));
    };
    let _place = app
        .logins
        .lookups
        .enter(Turn::Stranger(network), &app.db)
        .await?;
    let found = app
        .db
        .read(move |conn| {
            let found = A::find(conn, &name)?;
            // This query runs also if there is no such login, so both cases take the same steps.
            let subject = found.account.as_ref().map(Account::subject);
            let seen = store::was_in_from(conn, subject, network)?;
            Ok::<_, Error>((found, seen))
        })
        .await?;
    Ok(found)
}

/// Checks a login and its password. The throttle counts a refusal, and the audit log records it
/// later. If the throttle refuses the attempt itself, this returns late ([`LateRefusals`]).
///
/// [`LateRefusals`]: super::LateRefusals
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check<A: Account>(
    app: &App,
    presented: Presented<A::Name>,
    origin: &Origin,
) -> Result<Accepted<A>, LoginError> {
    let outcome = check_now(app, presented, origin).await;
    if let Err(LoginError::Throttled(_)) = outcome {
        app.logins.late_refusals.wait().await;
    }
    outcome
}

async fn check_now<A: Account>(
    app: &App,
    presented: Presented<A::Name>,
    origin: &Origin,
) -> Result<Accepted<A>, LoginError> {
    let Presented {
        name,
        key,
        typed,
        password,
    } = presented;
    let knock = app.logins.throttle.admit(&typed, origin.address)?;

    // A node that has not applied the latest revocations would sign a token that they do revoke.
    if !app.nodes.feed.holds_lease() {
        return Err(LoginError::Stale);
    }
    // `rev` is read before the record: a suspension after this point revokes what is issued.
    let mut rev = app.nodes.feed.applied();
    let network = origin.address.map(network);
    let (mut found, mut seen) = look_up::<A>(app, name.clone(), network).await?;
    if let Some(created) = found.account.as_ref().map(Account::created_seq)
        && rev < created
    {
        // The account was added a moment ago, and this node has not applied that entry yet.
        let feed = Arc::clone(&app.nodes.feed);
        app.db.run(move |_| feed.sync()).await?;
        rev = app.nodes.feed.applied();
        (found, seen) = look_up::<A>(app, name, network).await?;
    }
    let Named {
        organization,
        account,
    } = found;
    let subject = account.as_ref().map(Account::subject);
    let known = subject.map(Subject::organization).filter(|_| seen);
    let counted = match subject {
        Some(subject) => Counted::Password(subject),
        None => Counted::Unknown {
            organization,
            name: if organization.is_some() { key } else { typed },
        },
    };
    let pass = knock.pass(&counted, known.is_some())?;
    let verdict = app
        .logins
        .hasher
        .check(Attempt {
            turn: known.map_or(Turn::Stranger(network), Turn::Known),
            hash: account
                .as_ref()
                .map(|found| found.password_hash().to_owned()),
            admissible: account.as_ref().is_some_and(Account::may_log_in),
            password,
        })
        .await
        .map_err(|Busy| LoginError::Busy)?;

    let (Verdict::Right { rehashed }, Some(account)) = (verdict, account) else {
        pass.failed();
        app.logins.failed.note(A::REFUSED, organization, origin);
        return Err(LoginError::Refused);
    };
    pass.succeeded();
    Ok(Accepted {
        account,
        rev,
        rehashed,
        network,
    })
}
