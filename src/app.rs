//! The composition root: a configuration becomes a service; the order of starting and stopping.

mod settings;

pub use settings::{Retention, Settings};

use std::fmt;
use std::sync::Arc;

use crate::audit::FailedLogins;
use crate::base::{Clock, KeyId, clock};
use crate::company::{Limits, Lookups, Policies, Rate, Throttle};
use crate::config::{self, Config, LedgerMode};
use crate::db::{self, Db, Party};
use crate::duty::Duty;
use crate::feed::{self, Counter, Feed, Index, Lease, Readers, Relay, TickFollower};
use crate::http::{Aside, Drain, Room};
use crate::ledger::{Uses, Writer};
use crate::metrics::Metrics;
use crate::operator::StatusCache;
use crate::password::Hasher;
use crate::signing_keys::{Keeper, KeysError, MasterKeys, Rules};
use crate::token::{Claims, KeyError};
use crate::validate::{KeyFollower, Validator};
use crate::webhook::Dispatcher;

/// The service.
pub struct App {
    /// What time it is.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// The settings that handlers look at.
    pub settings: Settings,
    /// The feed as this node follows it.
    pub feed: Arc<Feed>,
    /// Opens and makes signing keys.
    pub keys: Arc<Keeper>,
    /// Whether this node does what is done once for all nodes.
    pub duty: Arc<Duty>,
    /// When this node last counted the uptime.
    pub uptime: Counter,
    /// Passes the feed on to those who follow it as a stream.
    pub relay: Arc<Relay>,
    /// Delivers webhooks.
    pub dispatcher: Dispatcher,
    /// Checks tokens.
    pub validator: Arc<Validator>,
    /// Writes issued operator tokens down; none: the ledger is off.
    pub ledger: Option<Writer>,
    /// When tokens were last used.
    pub uses: Uses,
    /// Which operators are active.
    pub statuses: Arc<StatusCache>,
    /// What organizations allow.
    pub policies: Arc<Policies>,
    /// Checks passwords.
    pub hasher: Hasher,
    /// Looks up logins, a few at a time.
    pub lookups: Arc<Lookups>,
    /// Does what takes a processor for long.
    pub aside: Aside,
    /// Counts login attempts.
    pub throttle: Throttle,
    /// Memory for bodies of requests.
    pub room: Room,
    /// Gathers bad logins for the audit log.
    pub failed_logins: FailedLogins,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the service is about to stop, and how many connections are open.
    pub drain: Arc<Drain>,
}

/// Why the service does not start.
#[derive(Debug)]
pub enum StartError {
    /// The signing keys, or the master key.
    Keys(KeysError),
    /// The database.
    Database(db::Error),
    /// Migrations are missing and may not be applied at start.
    Pending(Vec<String>),
    /// The machine.
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
    fn from(fault: KeysError) -> Self {
        Self::Keys(fault)
    }
}

impl From<db::Error> for StartError {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens the database and brings its schema up to date, if the configuration lets it.
///
/// # Errors
/// The [`StartError`].
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

/// How long messages on their way may take when the service stops; the others are delivered later.
const LAST_POST: std::time::Duration = std::time::Duration::from_secs(2);

impl App {
    /// Starts everything but the listening.
    ///
    /// # Errors
    /// The [`StartError`].
    pub fn start(config: &Config, clock: Clock) -> Result<Arc<Self>, StartError> {
        let masters = MasterKeys::load(config)?;
        let db = open_database(&config.database)?;
        let masters = match masters {
            Some(masters) => masters,
            None => MasterKeys::load_or_make(config, &db)?,
        };
        let keys = Arc::new(Keeper::new(masters, Rules::of(config)));
        if let Some(entry) = keys.ensure(&db, clock.now())? {
            // Nobody may meet a token of the new key before it holds the key.
            feed::await_nodes_blocking(&db, entry.seq, clock::boot_time())?;
        }
        let metrics = Arc::new(Metrics::new());
        let (statuses, policies) = (
            Arc::new(StatusCache::default()),
            Arc::new(Policies::default()),
        );
        let (index, lease) = (Arc::new(Index::default()), Arc::new(Lease::default()));
        // A node that cannot ask the database loses its lease: requests must not keep it from asking.
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
        let login = &config.login;
        let hasher = Hasher::start(
            login.hash_threads.count(),
            login.hash_queue,
            login.bcrypt_cost,
            Arc::clone(&metrics),
        )
        .map_err(StartError::Machine)?;
        let aside =
            Aside::start(config::Threads::ONE_A_CORE.count()).map_err(StartError::Machine)?;
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
            room: Room::default(),
            failed_logins: FailedLogins::new(clock.clone()),
            uses: Uses::new(ledger.is_some()),
            clock,
            db,
            ledger,
            statuses,
            policies,
            hasher,
            aside,
            metrics,
            drain: Arc::default(),
        }))
    }

    /// Signs claims with the active key; the text and the key's name.
    ///
    /// # Errors
    /// [`KeyError`] when the cryptographic library fails.
    pub fn sign(&self, claims: &Claims) -> Result<(String, KeyId), KeyError> {
        let ring = self.validator.ring();
        let key = ring.active();
        let text = key.sign(claims, self.validator.issuer())?;
        Ok((text, key.kid))
    }

    /// Signs claims with the key of that name; none: this node has no such key.
    ///
    /// # Errors
    /// As [`App::sign`].
    pub fn sign_as(&self, kid: KeyId, claims: &Claims) -> Result<Option<String>, KeyError> {
        let ring = self.validator.ring();
        let Some(key) = ring.keys().find(|key| key.kid == kid) else {
            return Ok(None);
        };
        key.sign(claims, self.validator.issuer()).map(Some)
    }

    /// Begins the drain, and closes event streams, which would otherwise block the end of it.
    pub fn begin_drain(&self) {
        self.drain.begin();
        self.end_streams();
    }

    /// Closes event streams, which have no end of their own.
    pub fn end_streams(&self) {
        self.relay.close();
    }

    /// Ends what runs beside the listening, after it has ended.
    pub fn stop(&self) {
        self.end_streams();
        self.feed.stop();
        if let Some(ledger) = &self.ledger {
            ledger.stop();
        }
        // When tokens were last used is worth no more than an attempt.
        let _ = crate::ledger::job::write_uses(&self.db, &self.uses);
        // What cannot be written is in the service's own log.
        let _ = crate::audit::job::tell_failed_logins(&self.db, &self.failed_logins, true);
        self.dispatcher.close(LAST_POST);
    }
}
