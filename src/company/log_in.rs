//! Logging in: a company token is issued for a login and a password.

use secrecy::SecretString;

use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{TokenId, caseless};
use crate::db::Error;
use crate::issue;
use crate::login::{self, LoginError, LoginKey, Presented};
use crate::organization::Credentials;
use crate::token::{Claims, TokenUse};
use crate::usage::Count;

/// What a caller presents.
#[derive(Debug)]
pub struct Login {
    /// The login, in any case and however its letters are composed.
    pub login: String,
    /// The password.
    pub password: SecretString,
}

/// Checks a login and issues a company token. Returns the token's text.
///
/// # Errors
/// Returns the [`LoginError`].
pub async fn log_in(app: &App, login: Login, origin: Origin) -> Result<String, LoginError> {
    let outcome = attempt(app, login, origin).await;
    let word = outcome
        .as_ref()
        .err()
        .map_or("accepted", LoginError::outcome);
    app.metrics.login(word);
    outcome
}

async fn attempt(app: &App, login: Login, origin: Origin) -> Result<String, LoginError> {
    let now = app.clock.now();
    let key = caseless::key(&login.login);
    let presented = Presented {
        name: LoginKey::of(&login.login),
        typed: format!("organization {key}"),
        key,
        password: login.password,
    };
    let accepted = login::check::<Credentials>(app, presented, &origin).await?;

    let organization = &accepted.account.organization;
    let issued_at = app.clock.now().whole_second();
    let claims = Claims {
        jti: TokenId::generate(issued_at),
        organization: organization.id,
        rev: accepted.rev,
        issued_at,
        token_use: TokenUse::Company {
            expires_at: organization.policy.company_token_end(issued_at),
        },
    };
    let draft = app.tokens.issuer.draft(claims, origin.address);
    let recorded = app
        .db
        .write(move |conn| {
            let recorded = issue::record(conn, &draft)?;
            accepted.record(conn, now)?;
            let event = Event::of(&origin, Action::LoggedIn, now, claims.organization)
                .target(format!("company-token:{}", claims.jti));
            audit::record(conn, &event)?;
            Ok::<_, Error>(recorded)
        })
        .await?;
    app.usage.note(claims.organization, Count::SignedIn);
    let text = app.tokens.issuer.hand_out(&recorded);
    Ok(text.map_err(|why| Error::Internal(why.to_string()))?)
}
