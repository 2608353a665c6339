//! `lanyard serve`: start, serve until told to stop, stop in order.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::listen::{self, Listen};
use super::output::Failure;
use super::{Common, log};
use crate::app::App;
use crate::base::{Clock, OrganizationId, clock};
use crate::config::Config;
use crate::db::Wakeups;
use crate::{company, db, jobs, server};

const EXAMPLES: &str = "\
Without a configuration it keeps everything in lanyard-data/ (SQLite) and listens on 127.0.0.1:8080. The schema is \
brought up to date at start; the master key and the first signing key are made if there are none. It stops at SIGTERM \
or Ctrl-C, after the requests in flight.

Examples:
  lanyard serve --config /etc/lanyard/lanyard.toml
  lanyard serve --database sqlite:/var/lib/lanyard.db --listen 127.0.0.1:9000
  LANYARD_DATABASE_URL_FILE=/run/secrets/url lanyard serve";

/// Run the service
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: Listen,
}

impl Serve {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, _) = common.load_with(self.listen.setting())?;
        log::start(&config.log)?;
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let app = App::start(&config, Clock::System)?;
        serve(&config, &app, |addresses| {
            for address in addresses {
                tracing::info!(%address, tls = config.http.tls.is_some(), "listening");
            }
            // Not here: nobody waits for it, and nothing ends when the database goes away just now.
            let app = Arc::clone(&app);
            std::thread::Builder::new()
                .name("newcomer".to_owned())
                .spawn(move || greet(&app))?;
            Ok(())
        })
    }
}

/// Names in the log at most, of each kind; `lanyard migrate` lists more.
const NAMES_LISTED: i64 = 20;

/// Says which logins and emails have become the same as an older one, and tells who starts it for the first time what comes next.
fn greet(app: &App) {
    match db::settle_names(&app.db, NAMES_LISTED) {
        Ok(colliding) => {
            for collision in colliding {
                tracing::warn!("{collision}");
            }
        }
        Err(why) => {
            tracing::warn!(%why, "whether two logins have become the same cannot be told");
        }
    }
    match company::list(&app.db, OrganizationId(0), 1) {
        Ok(organizations) if organizations.is_empty() => {
            tracing::info!("there is no organization yet; `lanyard organization add` makes one");
        }
        Ok(_) => {}
        Err(why) => {
            tracing::warn!(%why, "whether there is an organization cannot be told");
        }
    }
}

/// What is left to be written when the last request is answered gets this long, even if requests took all of
/// `http.shutdown_timeout`.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT. The order of stopping: no new requests, those in flight to their end, the followers, the
/// ledger.
pub(super) fn serve(
    config: &Config,
    app: &Arc<App>,
    listening: impl FnOnce(&[SocketAddr]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let follower = {
        let (feed, poll) = (Arc::clone(&app.feed), config.feed.poll);
        let mut wakeups = Wakeups::new(config.database.url.clone());
        std::thread::Builder::new()
            .name("feed".to_owned())
            .spawn(move || feed.follow(&mut wakeups, poll))?
    };
    let stop = Arc::new(jobs::Stop::default());
    let jobs = jobs::start(app, &stop)?;
    let told = Arc::new(OnceLock::new());
    let outcome = actix_web::rt::System::new().block_on(async {
        // Before anyone is told that the service listens: a signal from then on stops it in order.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server::Listening { server, addresses } = server::listen(Arc::clone(app), &config.http)
            .map_err(|fault| listen::failure(&fault))?;
        let handle = server.handle();
        let (when, streams) = (Arc::clone(&told), Arc::clone(app));
        let stopping = actix_web::rt::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            let _ = when.set(clock::boot_time());
            streams.end_streams();
            handle.stop(true).await;
        });
        listening(&addresses)?;
        let served = server.await;
        stopping.abort();
        served.map_err(Failure::from)
    });
    stop.stop();
    let passed = told.get().map_or(Duration::ZERO, |told| {
        clock::boot_time().saturating_sub(*told)
    });
    let left = config.http.shutdown_timeout.saturating_sub(passed);
    let app = Arc::clone(app);
    let ended = run_within(left.max(LAST_WORDS), move || {
        app.stop();
        for thread in jobs.into_iter().chain([follower]) {
            let _ = thread.join();
        }
        // Last: a follower that is still at it would enter the registry again.
        app.feed.depart();
    });
    if !ended {
        tracing::warn!("the database does not answer: stopping without telling it the last");
    }
    if outcome.is_ok() {
        tracing::info!("stopped");
    }
    outcome
}

/// Runs `work` on a thread of its own; whether it ended in time.
fn run_within(limit: Duration, work: impl FnOnce() + Send + 'static) -> bool {
    let (done, end) = mpsc::channel();
    let thread = std::thread::Builder::new().name("stopping".to_owned());
    let started = thread.spawn(move || {
        work();
        let _ = done.send(());
    });
    started.is_ok() && end.recv_timeout(limit).is_ok()
}
