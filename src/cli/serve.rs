//! `lanyard serve`: start, serve until told to stop, stop in order.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::output::Failure;
use super::{Common, log};
use crate::app::App;
use crate::base::Clock;
use crate::config::Config;
use crate::db::Wakeups;
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

/// Serves until SIGTERM or SIGINT. The order of stopping: no new requests, those in flight to their end, the followers, the
/// ledger.
pub(super) fn serve(
    config: &Config,
    app: &Arc<App>,
    listening: impl FnOnce(&[std::net::SocketAddr]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let follower = {
        let (feed, poll) = (Arc::clone(&app.feed), config.feed.poll);
        let mut wakeups = Wakeups::new(config.database.url.clone());
        std::thread::Builder::new()
            .name("feed".to_owned())
            .spawn(move || feed.follow(&mut wakeups, poll))?
    };
    let stop = Arc::new(jobs::Stop::default());
    let jobs = jobs::start(Arc::clone(app), Arc::clone(&stop))?;
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
        let stopping = actix_web::rt::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            handle.stop(true).await;
        });
        let served = server.await;
        stopping.abort();
        served.map_err(Failure::from)
    });
    stop.stop();
    app.stop();
    for thread in [follower, jobs] {
        let _ = thread.join();
    }
    outcome
}
