//! An open loop: requests are sent on a schedule, whether or not the answers keep up, and latency
//! is measured from the scheduled moment. A closed loop would send less exactly when the server is
//! slow, and would hide that.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::http::{Answer, Connection};
use crate::threads::threads;

/// The number of connections, with a thread each; their schedules are offset against one another.
const CONNECTIONS: usize = 16;

/// Sends `per_second` requests per second. Returns the latencies in milliseconds.
pub(crate) fn latencies(
    address: SocketAddr,
    request: &str,
    per_second: u32,
    time: Duration,
) -> Fallible<Vec<f64>> {
    let send = || Ok(request.to_owned());
    latencies_of(address, per_second, time, send, |_, answer| {
        answer.ok()?;
        Ok(())
    })
}

/// Like [`latencies`], with requests of which each may be another: `send` returns one, and
/// `receive` takes a request with its answer. Only the time between the two counts.
pub(crate) fn latencies_of(
    address: SocketAddr,
    per_second: u32,
    time: Duration,
    send: impl Fn() -> Fallible<String> + Sync,
    receive: impl Fn(&str, Answer) -> Fallible<()> + Sync,
) -> Fallible<Vec<f64>> {
    let gap = Duration::from_secs(1) / per_second;
    let count = (time.as_secs_f64() * f64::from(per_second)) as usize;
    let begin = Instant::now() + Duration::from_millis(50);
    let latencies = threads(CONNECTIONS, |first| {
        let mut connection = Connection::open(address)?;
        let mut latencies = Vec::new();
        for number in (first..count).step_by(CONNECTIONS) {
            let due = begin + gap * u32::try_from(number)?;
            let request = send()?;
            sleep(due.saturating_duration_since(Instant::now()));
            let answer = connection.call(&request)?;
            latencies.push(due.elapsed().as_secs_f64() * 1e3);
            receive(&request, answer)?;
        }
        Ok(latencies)
    })?;
    Ok(latencies.concat())
}
