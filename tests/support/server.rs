//! The service itself, in this process, on a port of its own, with a clock that only the test
//! moves.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use lanyard::access::Preset;
use lanyard::app::App;
use lanyard::base::clock::ManualClock;
use lanyard::base::{Clock, Timestamp};
use lanyard::config::Config;
use lanyard::db::Wakeups;
use lanyard::server;
use lanyard::signing_keys::job::follow_schedule;
use secrecy::SecretString;

use super::Organization;
use super::client::{Call, Client};
use super::database::Database;

/// The settings of every test, unless it overrides them: small, quick, and without real secrets.
const SETTINGS: &[&str] = &[
    // Longer than any machine is too busy to renew it.
    "feed.lease=60s",
    "http.listen=127.0.0.1:0",
    "http.workers=1",
    "database.pool_size=2",
    "database.migrate=false",
    "login.bcrypt_cost=4",
    "login.hash_threads=1",
    "oauth.issuer=http://localhost:8080",
    "master_key=3131313131313131313131313131313131313131313131313131313131313131",
];

/// The time at which every test begins: 2030-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// A running server.
pub(crate) struct Server {
    /// The service, for what is possible only in its own process.
    pub(crate) app: Arc<App>,
    /// The clock of the service, which the test moves.
    pub(crate) clock: ManualClock,
    /// The configuration of the service.
    pub(crate) config: Config,
    address: SocketAddr,
    client: Client,
    handle: ServerHandle,
    threads: Vec<JoinHandle<()>>,
    // This field is dropped last: no client may be connected then.
    database: Arc<Database>,
}

impl Server {
    /// Starts a server on a database of the test's own. `settings` are `key=value`.
    pub(crate) fn start(database: Arc<Database>, settings: &[&str]) -> Self {
        let clock = ManualClock::at(START);
        Self::start_at(database, settings, clock.clone(), Clock::Manual(clock))
    }

    /// Starts a server on a database that contains data already, at the given time.
    pub(crate) fn start_at_time(
        database: &Arc<Database>,
        settings: &[&str],
        time: Timestamp,
    ) -> Self {
        let clock = ManualClock::at(time);
        let hand = clock.clone();
        Self::start_at(Arc::clone(database), settings, hand, Clock::Manual(clock))
    }

    /// Returns the configuration of a server on the database at `url`. `settings` are `key=value`,
    /// or a key alone, which is then not given.
    pub(crate) fn configure(url: &str, settings: &[&str]) -> Config {
        let mut flags: BTreeMap<_, _> = SETTINGS
            .iter()
            .chain(settings)
            .map(|setting| setting.split_once('=').unwrap_or((setting, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        flags.retain(|key, _| !settings.contains(&key.as_str()));
        flags.insert("database.url".to_owned(), url.to_owned());
        Config::load(None, [], flags).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// Starts a further server on the same database and the same clock: another node, or one with
    /// other settings.
    pub(crate) fn another(&self, settings: &[&str]) -> Self {
        let clock = self.clock.clone();
        Self::start_at(
            Arc::clone(&self.database),
            settings,
            clock.clone(),
            Clock::Manual(clock),
        )
    }

    /// Starts a further server on the same database with a clock of its own, which is `seconds`
    /// ahead.
    pub(crate) fn another_ahead(&self, seconds: i64) -> Self {
        let start = Timestamp::from_seconds(self.app.clock.now().as_seconds() + seconds);
        let clock = ManualClock::at(start);
        Self::start_at(
            Arc::clone(&self.database),
            &[],
            clock.clone(),
            Clock::Manual(clock),
        )
    }

    /// Starts a further server on the same database that uses the machine's time, for clients that
    /// do so.
    pub(crate) fn in_real_time(&self, settings: &[&str]) -> Self {
        Self::start_at(
            Arc::clone(&self.database),
            settings,
            self.clock.clone(),
            Clock::System,
        )
    }

    fn start_at(
        database: Arc<Database>,
        settings: &[&str],
        hand: ManualClock,
        clock: Clock,
    ) -> Self {
        let config = Self::configure(&database.url(), settings);
        let app = App::start(&config, clock).unwrap_or_else(|fault| panic!("{fault}"));
        let follower = {
            let (feed, poll) = (Arc::clone(&app.nodes.feed), config.feed.poll);
            let mut wakeups = Wakeups::new(config.database.url.clone());
            std::thread::spawn(move || feed.follow(&mut wakeups, poll))
        };
        let (started, running) = mpsc::channel();
        let serving = {
            let (app, http) = (Arc::clone(&app), config.http.clone());
            std::thread::spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let listening = server::listen(app, &http).unwrap();
                    let address = *listening.addresses.first().unwrap();
                    started.send((address, listening.server.handle())).unwrap();
                    listening.server.await.unwrap();
                });
            })
        };
        let (address, handle) = running.recv().unwrap();
        Self {
            app,
            clock: hand,
            config,
            address,
            client: Client::new(address),
            handle,
            threads: vec![follower, serving],
            database,
        }
    }

    /// Returns `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address on which it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the client that sends raw bytes.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the URL in the form of `database.url`.
    pub(crate) fn database_url(&self) -> String {
        self.database.url()
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call<'_> {
        self.call("PATCH", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(&self.client, method, path)
    }

    /// Advances the clock.
    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Counts the uptime, as the node on duty does every minute, and applies the tick that this may
    /// write.
    pub(crate) fn count_uptime(&self) {
        let app = &self.app;
        app.nodes.duty.attend(&app.db).unwrap().unwrap();
        lanyard::feed::tick(&app.db, &app.nodes.duty, &app.nodes.uptime, &app.clock).unwrap();
        self.follow();
    }

    /// Advances the clock while the service runs: the uptime is counted.
    pub(crate) fn run(&self, seconds: u64) {
        self.count_uptime();
        self.wait(seconds);
        self.count_uptime();
    }

    /// Applies the entries that other processes wrote, as the follower does by itself a moment
    /// later.
    pub(crate) fn follow(&self) {
        self.app.nodes.feed.sync().unwrap();
    }

    /// Lets the schedule of the signing keys take its steps, and applies them. Returns their
    /// number.
    pub(crate) fn rotate_keys(&self) -> usize {
        let app = &self.app;
        let steps = follow_schedule(
            &app.db,
            &app.tokens.keys,
            app.nodes.feed.index(),
            app.clock.now(),
        );
        self.follow();
        steps.unwrap()
    }

    /// Returns the names of the keys that it holds, in the order in which they were made, each with
    /// its state.
    pub(crate) fn keys(&self) -> Vec<(String, &'static str)> {
        let ring = self.app.tokens.validator.ring();
        let mut keys: Vec<_> = ring.keys().collect();
        keys.sort_by_key(|key| (key.life.created_at, key.kid));
        let shown = keys
            .iter()
            .map(|key| (key.kid.to_string(), key.life.word()));
        shown.collect()
    }

    /// Adds an organization and logs it in. Its password is "open " followed by its login.
    pub(crate) fn organization(&self, login: &str) -> Organization<'_> {
        Organization::add(self, login, &format!("open {login}")).log_in()
    }

    /// Like [`Server::organization`], with other scopes and roles to begin with.
    pub(crate) fn organization_with_preset(&self, login: &str, preset: Preset) -> Organization<'_> {
        Organization::add_with(self, login, &format!("open {login}"), preset).log_in()
    }

    /// Stops serving without waiting for requests: connections are closed.
    pub(crate) fn stop_serving(&self) {
        // The call sends the order; the returned future is not needed.
        drop(self.handle.stop(false));
    }

    /// Returns the configured cost of bcrypt.
    pub(crate) fn bcrypt_cost(&self) -> u32 {
        self.config.login.bcrypt_cost
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop_serving();
        self.app.stop();
        for thread in self.threads.drain(..) {
            let outcome = thread.join();
            assert!(
                outcome.is_ok() || std::thread::panicking(),
                "a thread of the service panicked"
            );
        }
        self.app.nodes.feed.deregister();
        // The workers release their state a moment later; then no connection is in use any more.
        for _ in 0..1_000_000 {
            if Arc::strong_count(&self.app) == 1 {
                break;
            }
            std::thread::yield_now();
        }
    }
}

/// Returns a text as a secret.
pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}
