//! Issuing a further company token to an admin of the organization, without its password. The API has
//! no such call: a stolen token must not make independent ones.

use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::{Conn, Error, serialize_writes};
use crate::feed;
use crate::issue::{self, Draft, Recorded};
use crate::ledger::{self, Label};
use crate::organization::{self, OrganizationStatus};
use crate::token::{Claims, TokenUse};

/// A company token to issue.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The organization.
    pub organization: OrganizationId,
    /// The name that people gave it.
    pub label: Option<Label>,
    /// What is written beside its issue.
    pub note: Option<Label>,
    /// The console session in which it is issued. It is revoked with a session that its person
    /// disowns. `None` at the command line.
    pub session: Option<Claims>,
    /// The sequence that the node had applied before it read any record.
    pub rev: Sequence,
    /// The key that will sign it.
    pub kid: KeyId,
}

/// Why no token was issued.
#[derive(Debug, thiserror::Error)]
pub enum NewTokenError {
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The organization is suspended.
    #[error("the organization is suspended: no tokens are issued for it")]
    Suspended,
    /// The session was revoked meanwhile.
    #[error("the session was revoked")]
    SessionRevoked,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for NewTokenError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Writes the line of a further company token, and the audit event, in the caller's transaction. The
/// token is signed after its commit.
///
/// # Errors
/// Returns the [`NewTokenError`].
pub fn issue(
    conn: &mut Conn,
    new: &NewToken,
    origin: &Origin,
    now: Timestamp,
) -> Result<Recorded, NewTokenError> {
    // A session is disowned under the same lock, so it either sees this token or is seen here.
    serialize_writes(conn, "organizations")?;
    let organization =
        organization::find(conn, new.organization)?.ok_or(NewTokenError::UnknownOrganization)?;
    if organization.status != OrganizationStatus::Active {
        return Err(NewTokenError::Suspended);
    }
    if let Some(session) = &new.session
        && feed::revoking_entry(conn, session)?.is_some()
    {
        return Err(NewTokenError::SessionRevoked);
    }
    let issued_at = now.whole_second();
    let claims = Claims {
        jti: TokenId::generate(now),
        organization: new.organization,
        rev: new.rev,
        issued_at,
        token_use: TokenUse::Company {
            expires_at: organization.policy.company_token_end(issued_at),
        },
    };
    let draft = Draft {
        claims,
        kid: new.kid,
        parent: new.session.map(|session| session.jti),
        address: origin.address,
    };
    let recorded = issue::record(conn, &draft)?;
    let which = (new.organization, claims.jti);
    ledger::describe(conn, which, new.label.as_ref(), new.note.as_ref())?;
    let mut event = Event::of(origin, Action::CompanyTokenIssued, now, new.organization)
        .target(format!("company-token:{}", claims.jti));
    if let Some(label) = &new.label {
        event = event.detail(format!("label {label}"));
    }
    audit::record(conn, &event)?;
    Ok(recorded)
}
