//! Grants as the organization sees them: listed, and ended one by one. And the end of one token of
//! the ledger, whatever its kind, since that of a refresh token is the end of its grant.

mod store;

use crate::access::ScopeSet;
use crate::app::App;
use crate::audit::{Action, Event, Origin};
use crate::base::{ClientId, GrantId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::{self, Conn, Error, Result};
use crate::feed::{Entry, TokenState};
use crate::ledger;
use crate::revocation::{self, Receipt, Target};
use crate::token::{Claims, Kind, TokenUse};

/// What an operator allowed a client at one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The client.
    pub client: ClientId,
    /// The operator.
    pub operator: OperatorId,
    /// What was allowed.
    pub scopes: ScopeSet,
    /// When the operator signed in.
    pub created_at: Timestamp,
    /// When the client last got a token by it.
    pub last_used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended; `None` if it was not.
    pub ended_at: Option<Timestamp>,
}

/// Which grants to read. The newest come first.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only those to this client; `None` for all.
    pub client: Option<ClientId>,
    /// Only those of this operator; `None` for all.
    pub operator: Option<OperatorId>,
    /// Only those older than this one; `None` for all.
    pub before: Option<GrantId>,
    /// At most this many.
    pub limit: i64,
}

/// Why a grant or a token was not ended.
#[derive(Debug)]
pub enum EndError {
    /// The organization has no such grant or token.
    Unknown,
    /// The database failed.
    Database(Error),
}

impl From<Error> for EndError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Returns the grants that have not ended, newest first. Whatever revokes tokens also ends grants,
/// so pages are read until there are enough that no entry of the feed revokes.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn list(app: &App, mut filter: Filter) -> Result<Vec<Grant>> {
    let wanted = usize::try_from(filter.limit).unwrap_or_default();
    let now = app.clock.now();
    let organization = filter.organization;
    let mut live = Vec::new();
    loop {
        let asked = filter.clone();
        let found = app
            .db
            .read(move |conn| {
                let grants = store::page(conn, &asked, now)?;
                let revs = store::last_revs(conn, organization, &grants)?;
                Ok::<_, db::Error>((grants, revs))
            })
            .await?;
        let (grants, revs) = found;
        filter.before = grants.last().map(|grant| grant.id);
        let whole = grants.len() < wanted;
        live.extend(grants.into_iter().filter(|grant| {
            // A grant that has yielded nothing yet is judged by itself alone.
            let rev = revs.get(&grant.id);
            rev.is_none_or(|rev| {
                let claims = Claims {
                    jti: grant.id.0,
                    organization,
                    rev: *rev,
                    issued_at: grant.created_at,
                    token_use: TokenUse::Refresh {
                        client: grant.client.tag(),
                        grant: grant.id,
                        operator: grant.operator,
                        expires_at: grant.expires_at,
                    },
                };
                !app.nodes.feed.index().revokes(&claims)
            })
        }));
        if whole || live.len() >= wanted {
            live.truncate(wanted);
            return Ok(live);
        }
    }
}

/// Revokes a grant, with every token of it, in the caller's transaction. Returns the entry; none if
/// it had ended already. With the last grant of its operator and client, what the operator allowed
/// the client is forgotten.
///
/// # Errors
/// Returns the [`EndError`].
pub fn end(
    conn: &mut Conn,
    (organization, id): (OrganizationId, GrantId),
    action: Action,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Vec<Entry>, EndError> {
    let grant = store::find(conn, organization, id)?.ok_or(EndError::Unknown)?;
    if !store::end(conn, organization, id, now)? {
        return Ok(Vec::new());
    }
    store::forget_consent_unless_needed(conn, organization, &grant, now)?;
    let event = Event::of(origin, action, now, organization)
        .target(format!("grant:{id}"))
        .detail(format!(
            "client {}, operator {}",
            grant.client, grant.operator
        ));
    let target = Target::Grant(id);
    let entry = revocation::write(conn, organization, target, now, event)?;
    Ok(vec![entry])
}

/// Revokes a grant, and returns once that is in force on every node.
///
/// # Errors
/// Returns the [`EndError`].
pub async fn revoke(
    app: &App,
    organization: OrganizationId,
    id: GrantId,
    origin: Origin,
) -> std::result::Result<Receipt, EndError> {
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        let which = (organization, id);
        end(conn, which, Action::GrantRevoked, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}

/// Revokes one token of the ledger, of whatever kind, with all that follows from it. Returns once
/// that is in force on every node.
///
/// # Errors
/// Returns the [`EndError`].
pub async fn revoke_token(
    app: &App,
    organization: OrganizationId,
    jti: TokenId,
    origin: Origin,
) -> std::result::Result<Receipt, EndError> {
    let found = app
        .db
        .read(move |conn| ledger::find(conn, organization, jti))
        .await?;
    let claims = found.ok_or(EndError::Unknown)?.line.claims;
    // An expired token is revoked too, because it may not have expired by the clock of another
    // node.
    if app.nodes.feed.index().judge(&claims) != TokenState::Valid {
        return Ok(revocation::already(&app.db, &app.nodes.feed).await?);
    }
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        write_end(conn, &claims, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}

fn write_end(
    conn: &mut Conn,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> std::result::Result<Vec<Entry>, EndError> {
    if let (Kind::Refresh, Some(grant)) = (claims.kind(), claims.grant()) {
        let which = (claims.organization, grant);
        match end(conn, which, Action::GrantRevoked, origin, now) {
            // Its row may have been purged before the ledger's line.
            Err(EndError::Unknown) => {}
            outcome => return outcome,
        }
    }
    Ok(vec![revocation::write_token(conn, claims, origin, now)?])
}
