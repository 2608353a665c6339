//! An open loop: requests leave on a timetable, whether or not the answers keep up, and latency counts from the moment
//! the timetable names. A closed loop would send less exactly when the server is slow, and hide what it looks for.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::http::Connection;
use crate::threads::threads;

/// One connection and one thread each; their timetables are offset against one another.
const CONNECTIONS: usize = 16;

/// Sends `per_second` requests a second and returns the latencies in milliseconds.
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
