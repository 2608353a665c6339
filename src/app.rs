//! The composition root: builds the service from a configuration, and fixes the order in which its
//! parts start and stop.

mod settings;

pub use settings::{Retention, Settings};

use std::fmt;
use std::sync::Arc;

use crate::base::{Clock, clock};
use crate::config::{self, Config, LedgerMode};
use crate::db::{self, Db, Party};
use crate::duty::Duty;
use crate::feed::{self, Counter, Feed, Index, Lease, Readers, Relay, TickFollower};
use crate::http::{BackgroundPool, BodyBudget, Drain};
use crate::issue::Issuer;
use crate::ledger::{Uses, Writer};
use crate::login::{FailedLogins, Limits, Lookups, Rate, Throttle};
use crate::metrics::Metrics;
use crate::operator::StatusCache;
use crate::organization::Policies;
use crate::password::Hasher;
use crate::replay::Replay;
use crate::seal::{MasterKeys, SealError};
use crate::signing_keys::{Keeper, KeysError, Rules};
use crate::validate::{KeyFollower, Validator};
use crate::webhook::Dispatcher;

/// The service.
pub struct App {
    /// The source of the current time.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// The settings that request handlers read.
    pub settings: Settings,
    /// The feed, and how far this node has applied it.
    pub feed: Arc<Feed>,
    /// Opens the sealed signing keys and makes new ones.
    pub keys: Arc<Keeper>,
    /// Leader election: whether this node runs the jobs that run once for all nodes.
    pub duty: Arc<Duty>,
    /// Measures the uptime that this node has not yet added to the service's uptime.
    pub uptime: Counter,
    /// Passes applied entries of the feed to open revocation streams.
    pub relay: Arc<Relay>,
    /// Delivers webhooks.
    pub dispatcher: Dispatcher,
    /// Validates tokens.
    pub validator: Arc<Validator>,
    /// Signs tokens, and writes them to the ledger.
    pub issuer: Issuer,
    /// The time of each token's last use, kept in memory until it is written to the ledger.
    pub uses: Uses,
    /// Cache of the operators' status (active or not).
    pub statuses: Arc<StatusCache>,
    /// Cache of the organizations' token policies.
    pub policies: Arc<Policies>,
    /// Remembers values that may be used once.
    pub replay: Replay,
    /// Hashes and verifies passwords on threads of its own.
    pub hasher: Hasher,
    /// Limits how many login look-ups use the database at once.
    pub lookups: Arc<Lookups>,
    /// Worker threads for requests that need a lot of CPU time.
    pub background: BackgroundPool,
    /// Limits login attempts: a rate for each address and login, and a lockout after repeated
    /// failures.
    pub throttle: Throttle,
    /// The memory budget for request bodies.
    pub body_budget: BodyBudget,
    /// Collects failed logins until a job writes them to the audit log.
    pub failed_logins: FailedLogins,
    /// The service's metrics.
    pub metrics: Arc<Metrics>,
    /// Whether the service is shutting down, and how many connections are open.
    pub drain: Arc<Drain>,
}

/// Why the service does not start.
#[derive(Debug)]
pub enum StartError {
    /// The signing keys or the master key cannot be used.
    Keys(KeysError),
    /// The database cannot be used.
    Database(db::Error),
    /// These migrations are pending and `database.migrate` is false.
    Pending(Vec<String>),
    /// The operating system refused something, such as a new thread.
    Machine(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(why) => why.fmt(f),
            Self::Database(why) => why.fmt(f),
            Self::Pending(names) => write!(
                f,
                "the schema is behind by {}; run `lanyard migrate`, or set database.migrate = true",
                names.join(", ")
            ),
            Self::Machine(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StartError {}

impl From<KeysError> for StartError {
    fn from(error: KeysError) -> Self {
        Self::Keys(error)
    }
}

impl From<SealError> for StartError {
    fn from(why: SealError) -> Self {
        Self::Keys(why.into())
    }
}

impl From<db::Error> for StartError {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens the database. Applies pending migrations first if `database.migrate` is true.
///
/// # Errors
/// Returns [`StartError::Pending`] if migrations are pending and `database.migrate` is false, and
/// [`StartError::Database`] if the database fails.
pub fn open_database(config: &config::Database) -> Result<Db, StartError> {
    if config.migrate {
        let applied = db::migrate(&config.url)?;
        if !applied.is_empty() {
            tracing::info!(?applied, "the schema is up to date");
        }
    } else {
        let pending = db::pending(&config.url)?;
        if !pending.is_empty() {
            return Err(StartError::Pending(pending));
        }
    }
    Ok(Db::open(&db::Options {
        url: config.url.clone(),
        pool_size: config.pool_size,
        acquire_timeout: config.acquire_timeout,
    })?)
}

fn readers(feed: &config::Feed) -> Readers {
    Readers {
        most: feed.streams,
        most_of_one: feed.streams_per_organization,
    }
}

fn limits(login: &config::Login) -> Option<Limits> {
    let rate = |rate: config::Rate| Rate {
        burst: rate.burst,
        per_second: rate.per_second,
    };
    login.throttle.then(|| Limits {
        per_address: rate(login.per_address),
        per_login: rate(login.per_login),
        lockout_after: login.lockout_after,
        lockout: login.lockout,
    })
}

/// How long a shutdown waits for webhook attempts under way. Later, another node or the next start
/// retries what was cut off.
const LAST_POST: std::time::Duration = std::time::Duration::from_secs(2);

impl App {
    /// Starts everything except the HTTP server.
    ///
    /// # Errors
    /// Returns a [`StartError`] if the keys, the database or a thread cannot be used.
    pub fn start(config: &Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let masters = MasterKeys::load(config)?;
        let db = open_database(&config.database)?;
        let masters = match masters {
            Some(masters) => masters,
            None => MasterKeys::load_or_make(config, &db)?,
        };
        let keys = Arc::new(Keeper::new(masters, Rules::of(config)));
        if let Some(entry) = keys.ensure(&db, clock.now())? {
            // Every node must hold the new key before a token signed with it can arrive.
            feed::await_nodes_blocking(&db, entry.seq, clock::boot_time())?;
        }
        let metrics = Arc::new(Metrics::new());
        let (statuses, policies) = (
            Arc::new(StatusCache::default()),
            Arc::new(Policies::default()),
        );
        let (index, lease) = (Arc::new(Index::default()), Arc::new(Lease::default()));
        // The feed has its own connection: a node that cannot reach the database loses its lease,
        // so requests must not be able to take all connections.
        let reserved = db.reserved(config.feed.lease / 4);
        let validator = Arc::new(Validator::new(
            keys.load(&db, None)?,
            Arc::clone(&index),
            Arc::clone(&lease),
            config.tokens.issuer.clone(),
            config.tokens.cache_bytes,
        ));
        let follower =
            KeyFollower::new(reserved.clone(), Arc::clone(&keys), Arc::clone(&validator));
        let ticks = TickFollower::new(reserved.clone(), Arc::clone(&index));
        let relay = Relay::new(readers(&config.feed));
        let feed = Feed::load(
            reserved,
            Arc::clone(&index),
            Arc::clone(&lease),
            config.feed.lease,
            vec![
                Arc::new(follower),
                Arc::new(ticks),
                Arc::clone(&statuses) as _,
                Arc::clone(&policies) as _,
                Arc::clone(&relay) as _,
            ],
            &clock,
        )?;
        let ledger = match config.ledger.mode {
            LedgerMode::Off => None,
            LedgerMode::Durable => Some(
                Writer::start(
                    db.on_behalf_of(Party::Ledger),
                    config.ledger.queue,
                    config.ledger.batch,
                    Arc::clone(&metrics),
                )
                .map_err(|why| {
                    StartError::Machine(format!("cannot start the ledger's thread: {why}"))
                })?,
            ),
        };
        let issuer = Issuer::new(Arc::clone(&validator), ledger, Arc::clone(&metrics));
        let login = &config.login;
        let hasher = Hasher::start(
            login.hash_threads.count(),
            login.hash_queue,
            login.bcrypt_cost,
            Arc::clone(&metrics),
        )
        .map_err(StartError::Machine)?;
        let background = BackgroundPool::start(config::Threads::ONE_A_CORE.count())
            .map_err(StartError::Machine)?;
        metrics.started(clock.now());
        let duty = Arc::new(Duty::new(clock.clone()));
        Ok(Arc::new(Self {
            lookups: Lookups::new(config.database.pool_size, login.hash_queue),
            throttle: Throttle::new(limits(login), &clock),
            validator,
            feed: Arc::new(feed),
            dispatcher: Dispatcher::new(
                db.clone(),
                Arc::clone(&duty),
                clock.clone(),
                Arc::clone(&keys),
                Arc::clone(&metrics),
                config.webhooks.clone(),
            ),
            keys,
            duty,
            uptime: Counter::default(),
            relay,
            settings: Settings::of(config),
            body_budget: BodyBudget::default(),
            failed_logins: FailedLogins::new(clock.clone()),
            uses: Uses::new(issuer.writes_all()),
            replay: Replay::new(db.clone(), clock.clone()),
            clock,
            db,
            issuer,
            statuses,
            policies,
            hasher,
            background,
            metrics,
            drain: Arc::default(),
        }))
    }

    /// Starts the drain, and closes event streams, which would otherwise block its end.
    pub fn begin_drain(&self) {
        self.drain.begin();
        self.end_streams();
    }

    /// Closes event streams, which would otherwise stay open until their clients close them.
    pub fn end_streams(&self) {
        self.relay.close();
    }

    /// Stops the service's own threads. Called after the HTTP server has stopped.
    pub fn stop(&self) {
        self.end_streams();
        self.feed.stop();
        self.issuer.stop();
        // A failure loses only the last-used times of the last minute.
        let _ = crate::ledger::job::write_uses(&self.db, &self.uses);
        // A failure is logged, with the events, by the function itself.
        let _ = crate::login::job::tell_failed_logins(&self.db, &self.failed_logins, true);
        self.dispatcher.close(LAST_POST);
    }
}
