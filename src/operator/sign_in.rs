//! Operators who sign in: checking a username or email with its password, in one organization.
//!
//! A refusal reveals nothing ([`crate::login`]): an unknown organization or name, an operator
//! without a password, a wrong password, an inactive operator and a suspended organization take the
//! same steps and the same time.

mod store;

use std::net::IpAddr;

use secrecy::SecretString;

use super::{Operator, OperatorStatus};
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, caseless};
use crate::db::{Conn, Result};
use crate::login::{self, Accepted, Account, LoginError, LoginKey, Named, Presented, Subject};

pub use super::second_factor::{hold as hold_second_factor, verify as verify_second_factor};

/// The longest name that somebody types (bytes): an email may have 254, and a username 200
/// characters.
const LONGEST_NAME: usize = 800;

/// The organization in which a name is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The one with this id.
    Id(OrganizationId),
    /// The one with this login. `None` if no organization can have it.
    Login(Option<LoginKey>),
    /// The only organization that there is. If there are several, the name is unknown.
    Only,
}

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    /// The operator with this key of a username or email.
    Named(String),
    /// The operator with this id, which has signed in before.
    Id(OperatorId),
}

/// The name that finds an account.
#[derive(Debug, Clone)]
struct Name {
    place: Place,
    who: Who,
}

/// An operator as an account.
#[derive(Debug)]
struct SignInAccount {
    operator: Operator,
    organization_is_active: bool,
    /// The entry of the feed that created the organization.
    created_seq: Sequence,
}

impl Account for SignInAccount {
    type Name = Name;

    const REFUSED: Action = Action::SignInFailed;

    fn find(conn: &mut Conn, name: &Name) -> Result<Named<Self>> {
        // The second query runs even if there is no such organization, so that both cases take the
        // same steps.
        let organization = store::organization(conn, &name.place)?;
        let searched = organization.unwrap_or(OrganizationId::SERVICE);
        Ok(Named {
            organization,
            account: store::account(conn, searched, &name.who)?,
        })
    }

    fn subject(&self) -> Subject {
        Subject::Operator(self.operator.organization, self.operator.id)
    }

    fn created_seq(&self) -> Sequence {
        self.created_seq
    }

    fn password_hash(&self) -> &str {
        // An empty hash matches no password, and costs as much as one that does not.
        let hash = self.operator.password.as_ref();
        hash.map_or("", |hash| hash.0.as_str())
    }

    fn may_log_in(&self) -> bool {
        self.organization_is_active && self.operator.status == OperatorStatus::Active
    }

    fn replace_password_hash(&self, conn: &mut Conn, new: &str) -> Result<()> {
        let Operator {
            organization, id, ..
        } = self.operator;
        store::replace_password_hash(conn, (organization, id), self.password_hash(), new)
    }
}

/// A name and password that were right.
#[derive(Debug)]
pub struct SignIn {
    /// The operator.
    pub operator: Operator,
    /// The sequence that this node had applied before it read the operator: the `rev` of what is
    /// issued now. What ends the operator's sessions after that point ends the new one too.
    pub rev: Sequence,
    /// Whether the operator had a second factor when its password was checked
    /// ([`verify_second_factor`]).
    pub second_factor: bool,
    accepted: Accepted<SignInAccount>,
}

impl SignIn {
    /// Stores what the sign-in changes of the account, first in the transaction that records what is
    /// issued. Returns whether a second factor is needed: nothing that needs none may be issued then.
    /// An operator that has got one since its password was checked needs it too, and until the
    /// transaction ends it gets none. While a second factor is needed, the address of the caller
    /// stays unknown: [`complete`] stores it.
    ///
    /// # Errors
    /// Returns the errors of the database.
    pub fn record(&self, conn: &mut Conn, now: Timestamp) -> Result<bool> {
        let Operator {
            organization, id, ..
        } = self.operator;
        let needed = self.second_factor || store::has_second_factor(conn, organization, id)?;
        if needed {
            self.accepted.record_hash(conn)?;
        } else {
            self.accepted.record(conn, now)?;
        }
        Ok(needed)
    }
}

/// Stores that an operator has signed in from an address with its password and its second factor,
/// in the transaction that begins the session.
///
/// # Errors
/// Returns the errors of the database.
pub fn complete(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<()> {
    let subject = Subject::Operator(organization, operator);
    login::note_address(conn, subject, address, now)
}

/// Checks a username or email and its password in one organization. Attempts are throttled by
/// operator, whatever name the caller uses, and by address; failed ones are recorded in the audit
/// log later.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check(
    app: &App,
    organization: OrganizationId,
    name: &str,
    password: SecretString,
    origin: &Origin,
) -> std::result::Result<SignIn, LoginError> {
    check_at(app, Place::Id(organization), name, password, origin).await
}

/// Like [`check`], for an organization that was named in another way.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check_at(
    app: &App,
    place: Place,
    name: &str,
    password: SecretString,
    origin: &Origin,
) -> std::result::Result<SignIn, LoginError> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    let key = caseless::key(name);
    // Nobody has the empty name, so a name that nobody can have is looked up like any other.
    let searched = if fits { key.clone() } else { String::new() };
    let presented = Presented {
        typed: format!("operator {} {key}", written(&place)),
        key,
        name: Some(Name {
            place,
            who: Who::Named(searched),
        }),
        password,
    };
    signed_in(app, presented, origin).await
}

/// Checks the password of an operator that has signed in already.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check_again(
    app: &App,
    organization: OrganizationId,
    operator: OperatorId,
    password: SecretString,
    origin: &Origin,
) -> std::result::Result<SignIn, LoginError> {
    let key = operator.to_string();
    let presented = Presented {
        typed: format!("operator-id {organization} {key}"),
        key,
        name: Some(Name {
            place: Place::Id(organization),
            who: Who::Id(operator),
        }),
        password,
    };
    signed_in(app, presented, origin).await
}

async fn signed_in(
    app: &App,
    presented: Presented<Name>,
    origin: &Origin,
) -> std::result::Result<SignIn, LoginError> {
    let outcome = login::check::<SignInAccount>(app, presented, origin).await;
    let word = outcome
        .as_ref()
        .err()
        .map_or("accepted", LoginError::outcome);
    app.metrics.login(word);
    let accepted = outcome?;
    Ok(SignIn {
        operator: accepted.account.operator.clone(),
        rev: accepted.rev,
        second_factor: accepted.account.operator.second_factor,
        accepted,
    })
}

/// Returns how the caller named the organization, in the form in which names are compared.
fn written(place: &Place) -> String {
    match place {
        Place::Id(id) => id.to_string(),
        Place::Login(key) => key
            .as_ref()
            .map_or_else(String::new, |key| format!("login {}", key.fold)),
        Place::Only => "only".to_owned(),
    }
}
