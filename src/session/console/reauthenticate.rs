//! A person who has signed in proves again who it is.

use secrecy::SecretString;

use super::find::{Account, Found};
use super::sign_in::{self, Accepted};
use super::{CodeError, Cookie};
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::Digest;
use crate::db::{self, Conn};
use crate::login::{Counted, LoginError, Subject};
use crate::operator;
use crate::session::store;

/// Why the proof was not accepted.
#[derive(Debug)]
pub enum AgainError {
    /// The password was refused, or could not be checked.
    Login(LoginError),
    /// The code was refused, or could not be checked.
    Code(CodeError),
}

impl From<db::Error> for AgainError {
    fn from(error: db::Error) -> Self {
        Self::Code(CodeError::Database(error))
    }
}

impl From<LoginError> for AgainError {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

/// Checks the password of the account of a session. Returns the session's new cookie.
///
/// # Errors
/// Returns the [`AgainError`].
pub async fn confirm_password(
    app: &App,
    found: &Found,
    before: Digest,
    password: SecretString,
    origin: &Origin,
) -> Result<Cookie, AgainError> {
    let organization = found.session.organization;
    match &found.account {
        Account::Operator(account) => {
            let id = account.id;
            operator::sign_in::check_again(app, organization, id, password, origin).await?;
        }
        Account::Organization => {
            let login = &found.organization.login;
            let accepted = sign_in::organization(app, login, password, origin).await?;
            if Accepted::organization(&accepted) != organization {
                return Err(LoginError::Refused.into());
            }
        }
    }
    renew(app, before).await
}

/// Checks a code of the second factor of the account of a session. Returns the session's new cookie.
///
/// # Errors
/// Returns the [`AgainError`].
pub async fn confirm_code(
    app: &App,
    found: &Found,
    before: Digest,
    code: String,
    origin: &Origin,
) -> Result<Cookie, AgainError> {
    let (organization, Some(operator)) = (found.session.organization, found.operator_id()) else {
        return Err(AgainError::Code(CodeError::Over));
    };
    let guessed = Counted::Code(Subject::Operator(organization, operator));
    let typed = format!("code {organization} {operator}");
    let admitted = app.logins.throttle.admit(&typed, origin.address);
    let pass = admitted
        .and_then(|knock| knock.pass(&guessed, false))
        .map_err(|throttled| AgainError::Code(CodeError::Throttled(throttled.retry_after)))?;
    let (keys, now) = (app.tokens.keys.clone(), app.clock.now());
    let check = move |conn: &mut Conn| {
        let masters = keys.masters();
        operator::second_factor::verify(conn, masters, organization, operator, &code, now)
    };
    if !app.db.write(check).await? {
        pass.failed();
        let failed = &app.logins.failed;
        failed.note(Action::SignInFailed, Some(organization), origin);
        return Err(AgainError::Code(CodeError::Wrong));
    }
    pass.succeeded();
    renew(app, before).await
}

/// Gives a session another cookie, and notes that the person has proved who it is.
async fn renew(app: &App, before: Digest) -> Result<Cookie, AgainError> {
    let (cookie, now) = (Cookie::draw(), app.clock.now());
    let after = cookie.digest();
    let write = move |conn: &mut Conn| store::console::renew(conn, &before, after, now);
    if app.db.write(write).await? {
        Ok(cookie)
    } else {
        Err(AgainError::Code(CodeError::Over))
    }
}
