//! `lanyard serve`: start, serve until told to stop, stop in order.

use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::output::Failure;
use super::{Common, log};
use crate::app::App;
use crate::base::{Clock, clock};
use crate::config::Config;
use crate::{jobs, server};

pub(super) fn run(common: &Common) -> Result<(), Failure> {
    let config = common.load()?;
    log::start(&config.log)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = App::start(&config, Clock::System)?;
    serve(&config, &app, |_| Ok(()))
}

/// What is left to be written when the last request is answered gets this long, even if requests took all of
/// `http.shutdown_timeout`.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT. The order of stopping: no new requests, those in flight to their end, the followers, the
/// ledger.
pub(super) fn serve(
    config: &Config,
    app: &Arc<App>,
    listening: impl FnOnce(&[std::net::SocketAddr]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let follower = {
        let (feed, poll) = (Arc::clone(&app.feed), config.feed.poll);
        std::thread::Builder::new()
            .name("feed".to_owned())
            .spawn(move || feed.follow(poll))?
    };
    let stop = Arc::new(jobs::Stop::default());
    let jobs = jobs::start(Arc::clone(app), Arc::clone(&stop))?;
    let told = Arc::new(OnceLock::new());
    let outcome = actix_web::rt::System::new().block_on(async {
        let server::Listening { server, addresses } =
            server::listen(Arc::clone(app), &config.http).map_err(Failure::new)?;
        for address in &addresses {
            tracing::info!(%address, tls = config.http.tls.is_some(), "listening");
        }
        listening(&addresses)?;
        let handle = server.handle();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let when = Arc::clone(&told);
        let stopping = actix_web::rt::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            let _ = when.set(clock::boot_time());
            handle.stop(true).await;
        });
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
        for thread in [follower, jobs] {
            let _ = thread.join();
        }
    });
    if !ended {
        tracing::warn!("the database does not answer: stopping without telling it the last");
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
