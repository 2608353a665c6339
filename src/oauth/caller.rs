//! Authenticates the client that calls an endpoint.
//!
//! A refusal takes the same steps whether the client exists or not, so that neither its bytes nor its
//! time reveal which clients there are. In particular each refusal reads the database.

use std::net::IpAddr;
use std::sync::Arc;

use super::client_assertion::{Assertion, Use};
use super::client_auth::{self, Judged, Presented};
use super::endpoint::Endpoint;
use super::error::OAuthError;
use super::failure::Failure;
use super::scope_and_resource::Resources;
use crate::app::App;
use crate::authn::dpop;
use crate::base::{ClientId, Sequence, Timestamp, clock};
use crate::client::{Authentication, ClientSettings, Registered};
use crate::db::Party;
use crate::jose::KeySet;
use crate::login::network;
use crate::organization::Definitions;
use crate::replay::{Once, Purpose, ReplayError, Scope};

/// A client that has authenticated.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client with its secrets.
    pub registered: Arc<Registered>,
    /// What its organization defined.
    pub definitions: Arc<Definitions>,
    /// The sequence that this node had applied before it read the client: the `rev` of what is
    /// issued now. What revokes the client's tokens from then on revokes it too.
    pub rev: Sequence,
}

impl Caller {
    /// Returns the client's id.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        &self.registered.client.id
    }

    /// Returns the client's settings.
    #[must_use]
    pub fn settings(&self) -> &ClientSettings {
        &self.registered.client.settings
    }

    /// Returns the resources that the client may name. `issuer` is `oauth.issuer`.
    #[must_use]
    pub fn resources<'a>(&'a self, issuer: &'a str) -> Resources<'a> {
        Resources::of(issuer, self.settings(), self.definitions.resource_uris())
    }

    /// Returns the same client as it is now, with the sequence that this node has applied now.
    ///
    /// # Errors
    /// Returns `invalid_client` if it is not active any more, and [`Failure::Database`].
    pub(super) async fn read_again(&self, app: &App) -> Result<Self, Failure> {
        let rev = app.nodes.feed.applied();
        let found = app.clients.directory.find(&app.db, self.id()).await?;
        let registered = found
            .filter(|found| found.client.is_active())
            .ok_or_else(OAuthError::invalid_client)?;
        let organization = registered.client.organization;
        let definitions = app.clients.definitions.get(&app.db, organization).await?;
        let definitions = definitions
            .filter(|definitions| definitions.is_active())
            .ok_or_else(OAuthError::invalid_client)?;
        Ok(Self {
            registered,
            definitions,
            rev,
        })
    }
}

/// Returns the network that a request of a public client comes from: anybody can send it. `None` for a
/// client that has proven itself, and for a request over a socket of the machine.
pub(super) fn network_of_stranger(caller: &Caller, address: Option<IpAddr>) -> Option<String> {
    let address = address.filter(|_| caller.settings().is_public());
    address.map(|address| network(address).to_string())
}

/// Makes this node apply the feed up to `rev`, which another node had applied when it wrote what is
/// read now. Returns what this node has applied then.
///
/// # Errors
/// Returns [`Failure::Database`].
pub(super) async fn catch_up(app: &App, rev: Sequence) -> Result<Sequence, Failure> {
    let feed = Arc::clone(&app.nodes.feed);
    app.db.run(move |_| feed.catch_up_to(rev)).await?;
    Ok(app.nodes.feed.applied())
}

/// Returns the client that a request to `endpoint` names, if its credential proves it.
///
/// # Errors
/// Returns `invalid_client`, always with the same bytes; [`Failure::Stale`] if this node does not
/// hold its lease; [`Failure::Throttled`] if the organization used too many assertions;
/// [`Failure::Database`].
pub async fn authenticate(
    app: &App,
    presented: &Presented,
    endpoint: &Endpoint<'_>,
    now: Timestamp,
) -> Result<Caller, Failure> {
    let directory = &app.clients.directory;
    let validator = &app.tokens.validator;
    // The lease is taken before the client is read. The sync that grants a later lease may have
    // applied a change that came after the client was read.
    let mut lease = validator.take_lease();
    let mut rev = app.nodes.feed.applied();
    let assertion = match presented {
        Presented::Assertion { assertion, .. } => {
            Some(Assertion::parse(assertion).ok_or_else(OAuthError::invalid_client)?)
        }
        Presented::Secret { .. } | Presented::Public { .. } => None,
    };
    // The client may leave its id out of the body: the assertion has it.
    let issuer = assertion.as_ref().and_then(Assertion::client);
    let id = presented.id().or(issuer.as_ref());
    let id = id.ok_or_else(OAuthError::invalid_client)?;
    let mut registered = directory.find(&app.db, id).await?;
    let ahead = |registered: &Arc<Registered>| registered.client.created_seq > rev;
    if let Some(newer) = registered.as_ref().filter(|found| ahead(found)) {
        rev = catch_up(app, newer.client.created_seq).await?;
        lease = validator.take_lease();
        registered = directory.find(&app.db, id).await?;
    }
    let definitions = match &registered {
        Some(found) => {
            let organization = found.client.organization;
            app.clients.definitions.get(&app.db, organization).await?
        }
        None => None,
    };
    // A suspended organization has no clients.
    let known = registered
        .clone()
        .zip(definitions.filter(|definitions| definitions.is_active()));
    let records = known
        .as_ref()
        .map(|(found, _)| (&found.client, &found.secrets));
    let judged = client_auth::judge(presented, records, now);
    let proven = assertion.map(|assertion| {
        let none = KeySet::default();
        let keys = match records.map(|(client, _)| &client.settings.authentication) {
            Some(Authentication::PrivateKeyJwt(keys)) => keys.keys(),
            _ => &none,
        };
        assertion.judge(id, keys, endpoint, now)
    });
    // A node without a lease may have a client in memory that was disabled since.
    if !lease.holds(clock::boot_time()) {
        return Err(Failure::Stale);
    }
    let is_proven = match (judged, &proven) {
        (Ok(Judged::Authenticated), None) | (Ok(Judged::IfAssertionHolds), Some(Ok(_))) => true,
        (_, Some(Err(why))) => {
            tracing::debug!(client = %id, ?why, "an assertion was refused");
            false
        }
        _ => false,
    };
    if let (true, Some((registered, definitions))) = (is_proven, known) {
        Party::Organization(registered.client.organization).enter();
        if let Some(Ok(assertion)) = proven {
            use_assertion(app, &registered, assertion).await?;
        }
        if let Presented::Secret { secret, .. } = presented {
            app.clients.secret_uses.note(&registered, secret, now);
        }
        return Ok(Caller {
            registered,
            definitions,
            rev,
        });
    }
    if registered.is_some() {
        directory.look_up(&app.db, id).await?;
    }
    Err(OAuthError::invalid_client().into())
}

/// Uses an assertion that is right: once on all nodes.
async fn use_assertion(app: &App, by: &Registered, assertion: Use) -> Result<(), Failure> {
    let scope = Scope {
        organization: by.client.organization,
        purpose: Purpose::ClientAssertion,
    };
    let replay = &app.tokens.replay;
    match replay.once(scope, assertion.value, assertion.until).await {
        Ok(Once::First) => Ok(()),
        Ok(Once::Again) | Err(ReplayError::Expired | ReplayError::TooFar) => {
            Err(OAuthError::invalid_client().into())
        }
        Err(ReplayError::Full) => Err(Failure::Throttled(dpop::WAIT)),
        Err(ReplayError::Database(why)) => Err(why.into()),
    }
}
