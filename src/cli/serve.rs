//! `lanyard serve`: starts the service, serves until a signal arrives, and stops in order.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Args;
use sd_notify::NotifyState;

use super::listen::{self, Listen as ListenFlag};
use super::output::Failure;
use super::signals::Signals;
use super::{Common, descriptors, log};
use crate::app::App;
use crate::base::{Clock, clock};
use crate::config::{Config, Listen};
use crate::db::Wakeups;
use crate::server::Door;
use crate::{db, jobs, server};

const EXAMPLES: &str = "\
Without a configuration it keeps everything in lanyard-data/ (SQLite) and listens on 127.0.0.1:8080. Pending \
migrations are applied at start; the master key and the first signing key are created if there are none. SIGTERM starts a \
drain, in which proxies close their connections (http.drain_timeout), and then stops the service after the requests in \
flight; Ctrl-C, SIGHUP and SIGQUIT skip the drain. It notifies systemd when it is ready (Type=notify), and listens on the \
sockets that systemd passes (LISTEN_FDS).

Examples:
  lanyard serve --config /etc/lanyard/lanyard.toml
  lanyard serve --database sqlite:/var/lib/lanyard.db --listen 127.0.0.1:9000
  LANYARD_DATABASE_URL_FILE=/run/secrets/url lanyard serve";

/// Run the service
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: ListenFlag,
}

impl Serve {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        // Before anything else: the first process of a container receives only signals that it
        // handles.
        let signals = Signals::listen()?;
        let (config, _) = common.load_with(self.listen.setting())?;
        let _log = log::start(&config.log)?;
        warn(&config);
        let Some(app) = start(&config, &signals)? else {
            return Ok(());
        };
        serve(&config, &app, &signals, |places| {
            for place in places {
                let tls = config.http.tls.is_some() && place.tcp().is_some();
                tracing::info!(address = %place, tls, "listening");
            }
            // On its own thread: nothing waits for it, and a database failure at this moment does
            // not stop the service.
            let app = Arc::clone(&app);
            std::thread::Builder::new()
                .name("newcomer".to_owned())
                .spawn(move || greet(&app))?;
            Ok(())
        })
    }
}

/// The largest number of names in the log, for each kind. `lanyard migrate` lists more.
const NAMES_LISTED: i64 = 20;

/// Logs the warnings of a configuration.
pub(super) fn warn(config: &Config) {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
}

/// How long the program waits for a start that was interrupted by a signal.
const BROKEN_OFF: Duration = Duration::from_secs(2);

/// Starts the service on its own thread, because it may wait for the database or for a migration by
/// another node. Returns `None` if a signal arrived in the meantime.
pub(super) fn start(config: &Config, signals: &Signals) -> Result<Option<Arc<App>>, Failure> {
    descriptors::check(config)?;
    let (done, outcome) = mpsc::channel();
    let config = config.clone();
    std::thread::Builder::new()
        .name("starting".to_owned())
        .spawn(move || done.send(App::start(&config, Clock::System)))?;
    let gone = || Failure::new("the start panicked; the log says where");
    while !signals.arrived() {
        match outcome.recv_timeout(LOOK) {
            Ok(app) => return Ok(Some(app?)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(gone()),
        }
    }
    tracing::info!("stopping before the start was complete");
    if let Ok(Ok(app)) = outcome.recv_timeout(BROKEN_OFF) {
        end(&app, Vec::new(), LAST_WORDS);
    }
    Ok(None)
}

/// How often the program checks for a signal, and for the end of the last connection.
const LOOK: Duration = Duration::from_millis(20);

/// Logs the logins and emails that collide with older ones, and the next step after a first start.
fn greet(app: &App) {
    match db::settle_names(&app.db, NAMES_LISTED) {
        Ok(colliding) => {
            for collision in colliding {
                tracing::warn!("{collision}");
            }
        }
        Err(why) => {
            tracing::warn!(%why, "cannot check whether two logins have become the same");
        }
    }
    if !app.nodes.feed.index().has_organizations() {
        tracing::info!("there is no organization yet; `lanyard organization add` makes one");
    }
}

/// The minimum time to write the remaining data after the last request, even if requests used all
/// of `http.shutdown_timeout`.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves until a signal arrives. The order of stopping: the drain, no new requests, requests in
/// flight to their end, the followers, the ledger.
pub(super) fn serve(
    config: &Config,
    app: &Arc<App>,
    signals: &Signals,
    listening: impl FnOnce(&[Listen]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    server::raise_descriptor_limit();
    let follower = {
        let (feed, poll) = (Arc::clone(&app.nodes.feed), config.feed.poll);
        let mut wakeups = Wakeups::new(config.database.url.clone());
        std::thread::Builder::new()
            .name("feed".to_owned())
            .spawn(move || feed.follow(&mut wakeups, poll))?
    };
    let stop = Arc::new(jobs::Stop::default());
    let jobs = jobs::start(app, &stop)?;
    let stop_began = Arc::new(OnceLock::new());
    let outcome = actix_web::rt::System::new().block_on(async {
        let server::Listening {
            server,
            places,
            door,
            ..
        } = server::listen(Arc::clone(app), &config.http)
            .map_err(|fault| listen::failure(&fault))?;
        let handle = server.handle();
        let (stopping_since, draining, mut signals) =
            (Arc::clone(&stop_began), Arc::clone(app), signals.clone());
        let limit = config.http.drain_timeout;
        let stopping = actix_web::rt::spawn(async move {
            let signal = signals.first().await;
            tracing::info!(signal, "stopping");
            notify(&NotifyState::Stopping);
            draining.begin_drain();
            if signal == Signals::TERMINATE {
                drain(&draining, &mut signals, limit, &door).await;
            }
            // The door keeps the listening sockets open.
            drop(door);
            let _ = stopping_since.set(clock::boot_time());
            handle.stop(true).await;
        });
        listening(&places)?;
        notify(&NotifyState::Ready);
        let served = server.await;
        stopping.abort();
        served.map_err(Failure::from)
    });
    stop.stop();
    let passed = stop_began.get().map_or(Duration::ZERO, |stop_began| {
        clock::boot_time().saturating_sub(*stop_began)
    });
    let left = config.http.shutdown_timeout.saturating_sub(passed);
    let threads = jobs.into_iter().chain([follower]).collect();
    if !end(app, threads, left.max(LAST_WORDS)) {
        tracing::warn!("the database does not answer: stopping without telling it the last");
    }
    if outcome.is_ok() {
        tracing::info!("stopped");
    }
    outcome
}

/// How long no connection must be open for the drain to end early. During the drain, every request
/// through a proxy has its own connection, so there are short moments without any.
const QUIET: Duration = Duration::from_millis(300);

/// How long emptying a socket's queue may take. A client that connects in this time retries after a
/// second.
const QUEUE: Duration = Duration::from_millis(40);

/// How long connections accepted during the drain may take to send their request.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// Keeps serving until no connection is open, a second signal arrives, or the limit has passed;
/// every response then closes its connection. After that, refuses new connections and answers the
/// open ones.
async fn drain(app: &App, signals: &mut Signals, limit: Duration, door: &Door) {
    let drain = &app.requests.drain;
    if limit.is_zero() {
        return;
    }
    until(signals, |passed| {
        passed >= limit || drain.quiet_for() >= QUIET
    })
    .await;
    door.shut();
    until(signals, |passed| passed >= QUEUE).await;
    until(signals, |passed| {
        passed >= LAST_REQUESTS || drain.newcomers() == 0
    })
    .await;
}

/// Waits until `is_over` returns true for the elapsed time, or until a second signal arrives.
async fn until(signals: &mut Signals, is_over: impl Fn(Duration) -> bool) {
    let began = clock::boot_time();
    while !is_over(clock::boot_time().saturating_sub(began)) {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = signals.second() => return,
        }
    }
}

/// Notifies the service manager, if there is one (systemd's `Type=notify`).
fn notify(state: &NotifyState<'_>) {
    if let Err(why) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::warn!(%why, "the service manager could not be notified");
    }
}

/// Stops the threads of the service. Returns whether they ended in time.
fn end(app: &Arc<App>, threads: Vec<JoinHandle<()>>, limit: Duration) -> bool {
    let app = Arc::clone(app);
    run_within(limit, move || {
        app.stop();
        for thread in threads {
            let _ = thread.join();
        }
        // Last, because a follower that is still running would register the node again.
        app.nodes.feed.deregister();
    })
}

/// Runs `work` on its own thread. Returns whether it ended in time.
fn run_within(limit: Duration, work: impl FnOnce() + Send + 'static) -> bool {
    let (done, end) = mpsc::channel();
    let thread = std::thread::Builder::new().name("stopping".to_owned());
    let started = thread.spawn(move || {
        work();
        let _ = done.send(());
    });
    started.is_ok() && end.recv_timeout(limit).is_ok()
}
