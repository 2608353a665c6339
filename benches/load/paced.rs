//! An open loop: requests are sent on a schedule, whether or not the answers keep up, and latency
//! is measured from the scheduled moment. A closed loop would send less exactly when the server is
//! slow, and would hide that.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::http::Connection;
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
    let gap = Duration::from_secs(1) / per_second;
    let count = (time.as_secs_f64() * f64::from(per_second)) as usize;
    let begin = Instant::now() + Duration::from_millis(50);
    let latencies = threads(CONNECTIONS, |first| {
        let mut connection = Connection::open(address)?;
        let mut latencies = Vec::new();
        for number in (first..count).step_by(CONNECTIONS) {
            let due = begin + gap * u32::try_from(number)?;
            sleep(due.saturating_duration_since(Instant::now()));
            let answer = connection.call(request)?;
            latencies.push(due.elapsed().as_secs_f64() * 1e3);
            answer.ok()?;
        }
        Ok(latencies)
    })?;
    Ok(latencies.concat())
}
