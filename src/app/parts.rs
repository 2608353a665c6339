//! The parts of the service. A verb takes the parts that it uses.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::api_key::{KeyUses, KnownKeys};
use crate::authn::dpop::Nonces;
use crate::base::Clock;
use crate::client::{Directory, SecretUses};
use crate::config::{self, Config, LedgerMode};
use crate::db::{Db, Party};
use crate::duty::Duty;
use crate::feed::{Counter, Feed, Index, Lease, Listener, Readers, Relay, TickFollower};
use crate::grant::{KnownTokens, OpaqueTokens};
use crate::http::{BackgroundPool, BodyBudget, Drain};
use crate::issue::Issuer;
use crate::ledger::{Uses, Writer};
use crate::login::{FailedLogins, LateRefusals, Limits, Lookups, Rate, Throttle};
use crate::metrics::Metrics;
use crate::operator::{RecordCache, StatusCache};
use crate::organization::{DefinitionsCache, Policies};
use crate::password::Hasher;
use crate::replay::Replay;
use crate::signing_keys::Keeper;
use crate::token::Issuers;
use crate::usage::Usage;
use crate::validate::{KeyFollower, Validator};
use crate::wechat::Upstream;

use super::StartError;

/// What keeps this node and the others in agreement.
pub struct Nodes {
    /// The feed, and how far this node has applied it.
    pub feed: Arc<Feed>,
    /// Passes applied entries of the feed to open revocation streams.
    pub relay: Arc<Relay>,
    /// Leader election: whether this node runs the jobs that run once for all nodes.
    pub duty: Arc<Duty>,
    /// Measures the uptime that this node has not yet added to the service's uptime.
    pub uptime: Counter,
}

/// What issues and validates tokens.
pub struct Tokens {
    /// Opens the sealed signing keys and makes new ones.
    pub keys: Arc<Keeper>,
    /// Validates tokens.
    pub validator: Arc<Validator>,
    /// Signs tokens, and writes them to the ledger.
    pub issuer: Issuer,
    /// The time of each token's last use, kept in memory until it is written to the ledger.
    pub uses: Uses,
    /// Cache of the operators' status (active or not).
    pub statuses: Arc<StatusCache>,
    /// Cache of the operators' records.
    pub operators: Arc<RecordCache>,
    /// Cache of the organizations' token policies.
    pub policies: Arc<Policies>,
    /// Remembers values that may be used once.
    pub replay: Replay,
    /// The nonces that DPoP proofs must have. `None` unless `oauth.dpop_nonce` requires them.
    pub dpop_nonces: Option<Nonces>,
}

/// What this node holds in memory of OAuth clients, their tokens and their organizations.
#[derive(Default)]
pub struct Clients {
    /// Cache of the clients, with their secrets' digests.
    pub directory: Arc<Directory>,
    /// Cache of the scopes, roles and resources that organizations defined.
    pub definitions: Arc<DefinitionsCache>,
    /// The last use of each client secret, until a job writes it to the database.
    pub secret_uses: SecretUses,
    /// Cache of the records of opaque access tokens.
    pub opaque_tokens: OpaqueTokens,
    /// Cache of what access tokens that are JWTs say.
    pub known_tokens: KnownTokens,
}

/// What this node holds in memory of API keys.
#[derive(Default)]
pub struct Keys {
    /// Cache of the keys, with their texts' digests.
    pub known: Arc<KnownKeys>,
    /// Uses of keys, until a job writes them to the database.
    pub uses: KeyUses,
}

/// What sign-in needs.
pub struct Logins {
    /// Hashes and verifies passwords on threads of its own.
    pub hasher: Hasher,
    /// Limits how many login look-ups use the database at once.
    pub lookups: Arc<Lookups>,
    /// Limits login attempts: a rate for each address and login, and a lockout after repeated
    /// failures.
    pub throttle: Throttle,
    /// Answers callers late whom the throttle refuses.
    pub late_refusals: LateRefusals,
    /// Collects failed logins until a job writes them to the audit log.
    pub failed: FailedLogins,
    /// Asks WeChat who a code stands for.
    pub wechat: Arc<Upstream>,
}

/// What bounds the work and the memory of requests.
pub struct Requests {
    /// Worker threads for requests that need a lot of CPU time.
    pub background: BackgroundPool,
    /// The memory budget for request bodies.
    pub body_budget: BodyBudget,
    /// Whether the service is shutting down, and how many connections are open.
    pub drain: Arc<Drain>,
}

impl Tokens {
    /// Starts what issues and validates tokens, on an empty index.
    pub(super) fn start(
        config: &Config,
        db: &Db,
        clock: &Clock,
        keys: Arc<Keeper>,
        (metrics, usage): (&Arc<Metrics>, &Arc<Usage>),
    ) -> Result<Self, StartError> {
        let validator = Arc::new(Validator::new(
            keys.load(db, None)?,
            Arc::new(Index::default()),
            Arc::new(Lease::default()),
            Issuers::of_config(config),
            config.tokens.cache_bytes,
        ));
        let ledger = Writer::start(
            &db.on_behalf_of(Party::Ledger),
            config.ledger.queue,
            config.ledger.batch,
            metrics,
        )
        .map_err(|why| StartError::Machine(format!("cannot start the ledger's thread: {why}")))?;
        let records_operator_tokens = config.ledger.mode == LedgerMode::Durable;
        let issuer = Issuer::new(
            Arc::clone(&validator),
            ledger,
            records_operator_tokens,
            Arc::clone(metrics),
            Arc::clone(usage),
        );
        let nonces = config.oauth.dpop_nonce;
        Ok(Self {
            dpop_nonces: nonces.then(|| Nonces::of(keys.masters())),
            keys,
            validator,
            uses: Uses::new(issuer.writes_all()),
            issuer,
            statuses: Arc::default(),
            operators: Arc::default(),
            policies: Arc::default(),
            replay: Replay::new(db, clock.clone()),
        })
    }
}

impl Nodes {
    /// Loads the feed into the index that `tokens` are validated with, and starts to follow it.
    pub(super) fn start(
        config: &Config,
        db: &Db,
        clock: &Clock,
        tokens: &Tokens,
        (clients, api_keys, usage): (&Clients, &Keys, &Arc<Usage>),
    ) -> Result<Self, StartError> {
        // The feed has its own connection: a node that cannot reach the database loses its lease,
        // so requests must not be able to take all connections.
        let reserved = db.reserved(config.feed.lease / 4);
        let (index, lease) = tokens.validator.snapshots();
        let relay = Relay::new(readers(&config.feed));
        let listeners: Vec<Arc<dyn Listener>> = vec![
            Arc::new(KeyFollower::new(
                reserved.clone(),
                Arc::clone(&tokens.keys),
                Arc::clone(&tokens.validator),
            )),
            Arc::new(TickFollower::new(reserved.clone(), Arc::clone(&index))),
            Arc::clone(&tokens.statuses) as _,
            Arc::clone(&tokens.operators) as _,
            Arc::clone(&tokens.policies) as _,
            Arc::clone(&clients.directory) as _,
            Arc::clone(&clients.definitions) as _,
            Arc::clone(&api_keys.known) as _,
            Arc::clone(&relay) as _,
            Arc::clone(usage) as _,
        ];
        let length = config.feed.lease;
        let feed = Feed::load(reserved, index, lease, length, listeners, clock)?;
        let node = feed.node().number();
        Ok(Self {
            feed: Arc::new(feed),
            relay,
            duty: Arc::new(Duty::new(clock.clone(), node)),
            uptime: Counter::default(),
        })
    }
}

impl Logins {
    /// Starts the hashing threads.
    pub(super) fn start(
        config: &Config,
        clock: &Clock,
        (metrics, usage): (&Arc<Metrics>, &Arc<Usage>),
    ) -> Result<Self, StartError> {
        let login = &config.login;
        let hasher = Hasher::start(
            login.hash_threads.count(),
            login.hash_queue,
            login.bcrypt_cost,
            Arc::clone(metrics),
        )
        .map_err(StartError::Machine)?;
        Ok(Self {
            hasher,
            lookups: Lookups::new(config.database.pool_size, login.hash_queue),
            throttle: Throttle::new(limits(login), clock),
            late_refusals: LateRefusals::default(),
            failed: FailedLogins::new(clock.clone(), Arc::clone(usage)),
            wechat: Arc::new(Upstream::new(
                &config.wechat.base_url,
                config.wechat.timeout,
            )),
        })
    }
}

impl Requests {
    /// Starts the threads for requests that need a lot of CPU time.
    pub(super) fn start() -> Result<Self, StartError> {
        Ok(Self {
            background: BackgroundPool::start(config::Threads::ONE_A_CORE.count())
                .map_err(StartError::Machine)?,
            body_budget: BodyBudget::default(),
            drain: Arc::default(),
        })
    }
}

fn readers(feed: &config::Feed) -> Readers {
    Readers {
        most: feed.streams,
        most_of_one: feed.streams_per_organization,
    }
}

/// How many requests for sign-in the browsers of one address may begin at once, for each attempt to
/// log in that the address may make at once.
const REQUESTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

fn limits(login: &config::Login) -> Option<Limits> {
    let rate = |rate: config::Rate| Rate {
        burst: rate.burst,
        per_second: rate.per_second,
    };
    login.throttle.then(|| Limits {
        per_address: rate(login.per_address),
        requests_per_address: Rate {
            burst: login.per_address.burst.saturating_mul(REQUESTS),
            ..rate(login.per_address)
        },
        per_login: rate(login.per_login),
        lockout_after: login.lockout_after,
        lockout: login.lockout,
    })
}
