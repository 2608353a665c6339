//! Checks what is typed on the sign-in page of the console.

use secrecy::SecretString;

use super::find::right_of;
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{OrganizationId, Sequence, Timestamp, Turn, caseless};
use crate::db::{self, Conn};
use crate::login::{self, LoginError, LoginKey, Presented};
use crate::operator::sign_in::{self, Place, SignIn};
use crate::organization::{self, ConsoleSignIn, Credentials};

/// A login and a password that were right.
#[derive(Debug)]
pub enum Accepted {
    /// Those of an organization.
    Organization(Box<login::Accepted<Credentials>>),
    /// Those of an operator that may use the console.
    Operator(Box<SignIn>),
}

impl Accepted {
    /// Returns the organization.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        match self {
            Self::Organization(accepted) => accepted.account.organization.id,
            Self::Operator(accepted) => accepted.operator.organization,
        }
    }

    /// Returns the sequence that this node had applied before it read the account.
    #[must_use]
    pub fn rev(&self) -> Sequence {
        match self {
            Self::Organization(accepted) => accepted.rev,
            Self::Operator(accepted) => accepted.rev,
        }
    }

    /// Stores what the sign-in changes of the account. Returns whether a second factor is needed.
    pub(super) fn record(&self, conn: &mut Conn, now: Timestamp) -> db::Result<bool> {
        match self {
            Self::Organization(accepted) => accepted.record(conn, now).map(|()| false),
            Self::Operator(accepted) => accepted.record(conn, now),
        }
    }
}

/// Checks a login and a password: `acme` is the account of an organization, `acme/olga` an operator
/// of it. A text that is the login of an organization as a whole is that one. An operator whose role
/// gives no right in the console is refused like a wrong password.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn check(
    app: &App,
    typed: &str,
    password: SecretString,
    origin: &Origin,
) -> Result<Accepted, LoginError> {
    let typed = typed.trim();
    let Some((first, name)) = typed.split_once('/') else {
        return own_login(app, typed, password, origin).await;
    };
    if is_of_organization(app, typed, origin).await? {
        return own_login(app, typed, password, origin).await;
    }
    let place = Place::Login(LoginKey::of(first));
    let accepted = sign_in::check_at(app, place, name, password, origin).await?;
    let operator = &accepted.operator;
    if right_of(operator.profile.role.as_deref()).is_none() {
        let failed = &app.logins.failed;
        failed.note(Action::SignInFailed, Some(operator.organization), origin);
        return Err(LoginError::Refused);
    }
    Ok(Accepted::Operator(Box::new(accepted)))
}

/// Whether a text with a slash is the login of an organization as a whole. It takes its turn among the
/// look-ups of logins.
async fn is_of_organization(app: &App, typed: &str, origin: &Origin) -> Result<bool, LoginError> {
    let Some(key) = LoginKey::of(typed) else {
        return Ok(false);
    };
    let turn = Turn::Stranger(origin.address.map(login::network));
    let _place = app.logins.lookups.enter(turn, &app.db).await?;
    let look = move |conn: &mut Conn| organization::has_login(conn, &key);
    Ok(app.db.read(look).await?)
}

/// Checks the login and the password of an organization that wants to sign in. If only its operators
/// may, it is refused like a wrong password.
async fn own_login(
    app: &App,
    login: &str,
    password: SecretString,
    origin: &Origin,
) -> Result<Accepted, LoginError> {
    let outcome = match check_login(app, login, password, origin).await {
        Ok(accepted)
            if accepted.account.organization.console_sign_in == ConsoleSignIn::Operators =>
        {
            let failed = &app.logins.failed;
            let id = accepted.account.organization.id;
            failed.note(Action::LoginFailed, Some(id), origin);
            Err(LoginError::Refused)
        }
        outcome => outcome,
    };
    counted(app, outcome)
}

/// Checks the login and the password of an organization, for an account that has signed in before.
pub(super) async fn organization(
    app: &App,
    login: &str,
    password: SecretString,
    origin: &Origin,
) -> Result<Accepted, LoginError> {
    counted(app, check_login(app, login, password, origin).await)
}

async fn check_login(
    app: &App,
    login: &str,
    password: SecretString,
    origin: &Origin,
) -> Result<login::Accepted<Credentials>, LoginError> {
    let key = caseless::key(login);
    let presented = Presented {
        name: LoginKey::of(login),
        typed: format!("organization {key}"),
        key,
        password,
    };
    login::check::<Credentials>(app, presented, origin).await
}

/// Counts a sign-in by its outcome, for the metrics.
fn counted(
    app: &App,
    outcome: Result<login::Accepted<Credentials>, LoginError>,
) -> Result<Accepted, LoginError> {
    let word = outcome
        .as_ref()
        .err()
        .map_or("accepted", LoginError::outcome);
    app.metrics.login(word);
    Ok(Accepted::Organization(Box::new(outcome?)))
}
