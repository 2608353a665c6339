//! Sessions of operators: the tokens of `/auth/login` (guides 000 and 004), and of sign-in with
//! WeChat (guide 000).

use secrecy::SecretString;

use super::Operator;
use super::sign_in::{self, Place};
use crate::app::App;
use crate::audit::{self, Action, Actor, Event, Origin};
use crate::base::{Sequence, TokenId};
use crate::db::{Conn, Error};
use crate::feed::TokenState;
use crate::issue::IssueError;
use crate::ledger::{self, Issued};
use crate::login::{LoginError, LoginKey};
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind, SESSION_LIFETIME, SessionClaims, SessionVia, TokenUse};
use crate::usage::Count;

/// Why no session was opened.
#[derive(Debug)]
pub enum OpenError {
    /// The name or the password was refused.
    Login(LoginError),
    /// The password was right, but the operator has a second factor, and `/auth/login` has no step
    /// for it.
    SecondFactor,
}

impl From<LoginError> for OpenError {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Login(LoginError::Database(error))
    }
}

/// Opens a session. `username` is an organization's login, `/`, and a username or email in it. A
/// name without `/` belongs to the organization of the setting `sessions.organization`. Returns the
/// text of the session once it is in the ledger.
///
/// # Errors
/// Returns the [`OpenError`].
pub async fn open(
    app: &App,
    username: &str,
    password: SecretString,
    origin: Origin,
) -> Result<String, OpenError> {
    let (place, name) = match username.split_once('/') {
        Some((login, name)) => (Place::Login(LoginKey::of(login)), name),
        None => (app.settings.sign_in_place.clone(), username),
    };
    let signed_in = sign_in::check_at(app, place, name, password, &origin).await?;
    if signed_in.second_factor {
        return Err(OpenError::SecondFactor);
    }
    let now = app.clock.now();
    let operator = signed_in.operator.clone();
    let by = (signed_in.rev, SessionVia::Password);
    begin(app, &operator, by, origin, move |conn| {
        if signed_in.record(conn, now)? {
            return Err(OpenError::SecondFactor);
        }
        Ok(())
    })
    .await
}

/// Issues a session to an operator that has signed in. `rev` is the sequence that this node had
/// applied before it read the operator. `first` is called in the transaction that writes the session
/// into the ledger; an error of it rolls the transaction back. Returns the text of the session.
///
/// # Errors
/// Returns the errors of `first`, of signing and of the database.
pub async fn begin<E>(
    app: &App,
    operator: &Operator,
    (rev, via): (Sequence, SessionVia),
    origin: Origin,
    first: impl FnOnce(&mut Conn) -> Result<(), E> + Send + 'static,
) -> Result<String, E>
where
    E: From<Error> + Send + 'static,
{
    let now = app.clock.now();
    let (text, issued) = sign(app, operator, (rev, via), &origin)
        .map_err(|why| E::from(Error::Internal(why.to_string())))?;
    let claims = issued.claims;
    let origin = Origin {
        actor: Actor::Operator(operator.id),
        ..origin
    };
    app.db
        .write(move |conn| -> Result<(), E> {
            first(conn)?;
            ledger::insert(conn, &[issued])?;
            let event = Event::of(&origin, Action::SignedIn, now, claims.organization)
                .target(format!("session:{}", claims.jti));
            let event = match via {
                SessionVia::Password => event,
                SessionVia::WeChat => event.detail("with WeChat"),
            };
            Ok(audit::record(conn, &event)?)
        })
        .await?;
    app.tokens
        .issuer
        .count_kind(operator.organization, Kind::Session);
    app.usage.note(operator.organization, Count::SignedIn);
    Ok(text)
}

/// Signs a new session. Returns its text and its line of the ledger.
fn sign(
    app: &App,
    operator: &Operator,
    (rev, via): (Sequence, SessionVia),
    origin: &Origin,
) -> Result<(String, Issued), IssueError> {
    let Operator {
        organization,
        id,
        profile,
        ..
    } = operator;
    let now = app.clock.now();
    let issued_at = now.whole_second();
    let expires_at = issued_at.plus(SESSION_LIFETIME);
    let claims = Claims {
        jti: TokenId::generate(now),
        organization: *organization,
        rev,
        issued_at,
        token_use: TokenUse::Session {
            operator: *id,
            expires_at,
            via,
        },
    };
    let (text, kid) = app.tokens.issuer.sign_session(&SessionClaims {
        iss: app.tokens.validator.issuer().into(),
        sub: SessionClaims::subject(*id).into(),
        email: profile.email.as_deref().map(Into::into),
        role: profile.role.as_deref().map(Into::into),
        tier: profile.tier.as_deref().map(Into::into),
        organization_id: *organization,
        operator_id: *id,
        jti: claims.jti,
        rev: claims.rev,
        iat: issued_at.as_seconds(),
        exp: expires_at.as_seconds(),
        via: Some(via).filter(|via| *via != SessionVia::Password),
        token_use: Kind::Session.as_str().into(),
    })?;
    let issued = Issued {
        claims,
        kid: Some(kid),
        client: None,
        subject: None,
        address: origin.address,
    };
    Ok((text, issued))
}

/// Ends a session. No node accepts it when this returns.
///
/// # Errors
/// Returns the errors of the database.
pub async fn close(app: &App, session: Claims, origin: Origin) -> Result<Receipt, Error> {
    if app.nodes.feed.index().judge(&session) != TokenState::Valid {
        return revocation::already(&app.db, &app.nodes.feed).await;
    }
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        let entry = revocation::write_token(conn, &session, &origin, now)?;
        Ok::<_, Error>(((), vec![entry]))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}
