//! The service itself, in this process, on a port of its own, with a clock that moves when a test says so.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
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

/// What every test starts from, unless it says otherwise: small, quick, and no secret worth keeping.
const SETTINGS: &[&str] = &[
    // Longer than any machine is too busy to renew it.
    "feed.lease=60s",
    "http.listen=127.0.0.1:0",
    "http.workers=1",
    "database.pool_size=2",
    "database.migrate=false",
    "login.bcrypt_cost=4",
    "login.hash_threads=1",
    "master_key=3131313131313131313131313131313131313131313131313131313131313131",
];

/// When every test begins: 2030-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_893_456_000);

/// A running server.
pub(crate) struct Server {
    /// The service, for what only its own process can do.
    pub(crate) app: Arc<App>,
    /// The hand of the service's clock.
    pub(crate) clock: ManualClock,
    /// How the service was set up.
    pub(crate) config: Config,
    address: SocketAddr,
    client: Client,
    handle: ServerHandle,
    threads: Vec<JoinHandle<()>>,
    // Dropped last: nobody may be connected when it goes.
    database: Arc<Database>,
}

impl Server {
    /// Starts on a database of the test's own. `settings` are `key=value`.
    pub(crate) fn start(database: Arc<Database>, settings: &[&str]) -> Self {
        let clock = ManualClock::at(START);
        Self::start_at(database, settings, clock.clone(), Clock::Manual(clock))
    }

    /// Starts on a database that holds something already, at the given time.
    pub(crate) fn start_at_time(
        database: &Arc<Database>,
        settings: &[&str],
        time: Timestamp,
    ) -> Self {
        let clock = ManualClock::at(time);
        let hand = clock.clone();
        Self::start_at(Arc::clone(database), settings, hand, Clock::Manual(clock))
    }

    /// Returns the configuration of a server on the database at `url`. `settings` are `key=value`.
    pub(crate) fn configure(url: &str, settings: &[&str]) -> Config {
        let mut flags: BTreeMap<_, _> = SETTINGS
            .iter()
            .chain(settings)
            .map(|setting| setting.split_once('=').unwrap())
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        flags.insert("database.url".to_owned(), url.to_owned());
        Config::load(None, [], flags).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// One more server on the same database and the same clock: another node, or the same with other settings.
    pub(crate) fn another(&self, settings: &[&str]) -> Self {
        let clock = self.clock.clone();
        Self::start_at(
            Arc::clone(&self.database),
            settings,
            clock.clone(),
            Clock::Manual(clock),
        )
    }

    /// One more server on the same database with a clock of its own, which is so many seconds ahead.
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

    /// One more server on the same database that lives in the machine's time, for clients that do.
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

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where to send raw bytes.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// As `database.url` takes it.
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

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Counts how long the service has run, as the node on duty does every minute, and takes in the tick that this may write.
    pub(crate) fn count_uptime(&self) {
        let app = &self.app;
        app.nodes.duty.attend(&app.db).unwrap().unwrap();
        lanyard::feed::tick(&app.db, &app.nodes.duty, &app.nodes.uptime, &app.clock).unwrap();
        self.follow();
    }

    /// Lets time pass in which the service runs.
    pub(crate) fn run(&self, seconds: u64) {
        self.count_uptime();
        self.wait(seconds);
        self.count_uptime();
    }

    /// Takes in what other processes wrote, as the follower does a moment later by itself.
    pub(crate) fn follow(&self) {
        self.app.nodes.feed.sync().unwrap();
    }

    /// Lets the schedule of the signing keys take its steps, and takes them in; how many there were.
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

    /// The names of the keys it holds, in the order of their making, each with its state.
    pub(crate) fn keys(&self) -> Vec<(String, &'static str)> {
        let ring = self.app.tokens.validator.ring();
        let mut keys: Vec<_> = ring.keys().collect();
        keys.sort_by_key(|key| (key.life.created_at, key.kid));
        let told = keys
            .iter()
            .map(|key| (key.kid.to_string(), key.life.word()));
        told.collect()
    }

    /// An organization that is logged in. Its password is "open " and its login.
    pub(crate) fn organization(&self, login: &str) -> Organization<'_> {
        Organization::add(self, login, &format!("open {login}")).log_in()
    }

    /// What bcrypt is to cost here.
    pub(crate) fn bcrypt_cost(&self) -> u32 {
        self.config.login.bcrypt_cost
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The order is sent by the call; the answer is not needed.
        drop(self.handle.stop(false));
        self.app.stop();
        for thread in self.threads.drain(..) {
            let outcome = thread.join();
            assert!(
                outcome.is_ok() || std::thread::panicking(),
                "a thread of the service panicked"
            );
        }
        self.app.nodes.feed.deregister();
        // The workers let go a moment later; then nobody holds a connection any more.
        for _ in 0..1_000_000 {
            if Arc::strong_count(&self.app) == 1 {
                break;
            }
            std::thread::yield_now();
        }
    }
}

/// A text as a secret.
pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}
