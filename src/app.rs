//! The composition root: builds the service from a configuration, and fixes the order in which its
//! parts start and stop.

mod parts;
mod settings;
mod start;

pub use parts::{Clients, Keys, Logins, Nodes, Requests, Tokens};
pub use settings::{Retention, Settings};
pub use start::{StartError, open_database};

use std::sync::Arc;

use crate::access::{ForwardAuth, RulesFile};
use crate::base::{Clock, clock};
use crate::config::Config;
use crate::db::Db;
use crate::feed;
use crate::metrics::Metrics;
use crate::oauth::token;
use crate::seal::MasterKeys;
use crate::signing_keys::{Keeper, Rules};
use crate::usage::Usage;
use crate::webhook::Dispatcher;

/// The service.
pub struct App {
    /// The source of the current time.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// The groups in which requests for tokens use the database.
    pub token_groups: token::Groups,
    /// The settings that request handlers read.
    pub settings: Settings,
    /// The service's metrics.
    pub metrics: Arc<Metrics>,
    /// What each organization does, counted.
    pub usage: Arc<Usage>,
    /// The feed, leader election and uptime.
    pub nodes: Nodes,
    /// Keys, validation and issuing.
    pub tokens: Tokens,
    /// OAuth clients, and what organizations defined.
    pub clients: Clients,
    /// API keys.
    pub keys: Keys,
    /// The rules of forward-auth.
    pub forward_auth: ForwardAuth,
    /// Passwords, throttle and failed logins.
    pub logins: Logins,
    /// Delivers webhooks.
    pub webhooks: Dispatcher,
    /// Bounds of the work and memory of requests.
    pub requests: Requests,
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
        let rules = RulesFile::open(config.authz.rules_file.clone())?;
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
        let usage = Arc::new(Usage::default());
        let tokens = Tokens::start(config, &db, &clock, keys, (&metrics, &usage))?;
        let (clients, api_keys) = (Clients::default(), Keys::default());
        let nodes = Nodes::start(config, &db, &clock, &tokens, (&clients, &api_keys, &usage))?;
        let logins = Logins::start(config, &clock, (&metrics, &usage))?;
        let requests = Requests::start()?;
        metrics.started(clock.now());
        Ok(Arc::new(Self {
            webhooks: Dispatcher::new(
                db.clone(),
                Arc::clone(&nodes.duty),
                clock.clone(),
                Arc::clone(&tokens.keys),
                Arc::clone(&metrics),
                config.webhooks.clone(),
            ),
            token_groups: token::Groups::new(&db, config.ledger.queue),
            settings: Settings::of(config),
            clock,
            db,
            metrics,
            usage,
            nodes,
            tokens,
            clients,
            keys: api_keys,
            forward_auth: ForwardAuth::new(rules),
            logins,
            requests,
        }))
    }

    /// Starts the drain, and closes event streams, which would otherwise block its end.
    pub fn begin_drain(&self) {
        self.requests.drain.begin();
        self.end_streams();
    }

    /// Closes event streams, which would otherwise stay open until their clients close them.
    pub fn end_streams(&self) {
        self.nodes.relay.close();
    }

    /// Stops the service's own threads. Called after the HTTP server has stopped.
    pub fn stop(&self) {
        self.end_streams();
        self.nodes.feed.stop();
        self.tokens.issuer.stop();
        // A failure loses only what was counted in the last minute.
        let _ = crate::ledger::job::write_uses(&self.db, &self.tokens.uses);
        let last_tokens = self.tokens.issuer.last_tokens();
        let _ = crate::operator::job::write_last_tokens(&self.db, last_tokens, self.clock.now());
        let _ = self.clients.secret_uses.write(&self.db);
        let _ = self.keys.uses.write(&self.db);
        self.usage.gather(self.clock.now());
        let _ = self.usage.write(&self.db);
        // A failure is logged, with the events, by the function itself.
        let _ = crate::login::job::record_failed_logins(&self.db, &self.logins.failed, true);
        self.webhooks.close(LAST_POST);
    }
}
