//! Attacks by strangers: connections that stop within a request, and logins from many addresses.
//! The latency of an organization's validations and the memory of the service are measured.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::Fallible;
use crate::flood::{Flood, STRANGERS};
use crate::http;
use crate::lab::{Lab, Skipped};
use crate::paced;
use crate::report::{Row, Target};
use crate::service::{LOGIN, VALIDATE, validate_body};
use crate::statistics::percentile;

use super::Arena;

/// The number of validations per second during the flood.
const OFFERED: u32 = 200;

/// The time until the flood has its full strength.
const GATHERING: Duration = Duration::from_secs(2);

/// The interval between two measurements of the memory.
const LOOK: Duration = Duration::from_millis(20);

/// Chunked bodies of 1 MB without a credential that never end.
pub(crate) fn unfinished(lab: &Lab) -> Fallible<Vec<Row>> {
    let head = "POST /api/operator/validate-tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
        Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let bytes = [head.to_owned(), chunk.repeat(16)].concat();
    measure(lab, "flood-unfinished", "bodies that stop short", &bytes)
}

/// Guesses of a password from thirty addresses.
pub(crate) fn logins(lab: &Lab) -> Fallible<Vec<Row>> {
    let guess = r#"{"login":"bench","password":"guess"}"#;
    let bytes = http::request("POST", LOGIN, "", guess);
    measure(lab, "flood-logins", "logins from 30 addresses", &bytes)
}

fn measure(lab: &Lab, folder: &str, what: &str, bytes: &str) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, folder, None, &[])?;
    let server = &arena.service.server;
    let body = validate_body(&arena.token);
    let request = http::request("POST", VALIDATE, &arena.caller.credential, &body);
    let p99 = || -> Fallible<f64> {
        let mut latencies =
            paced::latencies(server.address, &request, OFFERED, lab.arguments.time)?;
        Ok(percentile(&mut latencies, 0.99))
    };
    let resident = || {
        server
            .resident_megabytes()
            .ok_or(Skipped("no /proc to read memory from".into()))
    };
    // Every connection and thread of a service without load allocates its buffers first.
    p99()?;
    let before = resident()?;
    let mut most = before;
    let flood = Flood::Strangers(bytes.to_owned());
    let rounds = lab.in_turn(
        |_| {
            flood.during(server.address, GATHERING, || {
                let (peak, p99) = watched(&resident, &p99)?;
                most = most.max(peak);
                Ok(p99)
            })
        },
        |_| p99(),
    )?;
    Ok(vec![
        Row::ratio(
            &format!("validate p99 during {STRANGERS} {what}, {OFFERED}/s offered"),
            "ms",
            &rounds,
            "idle",
            Target::AtMost(3.0),
        ),
        Row::plain(
            "… resident memory beyond idle",
            "MB",
            most - before,
            Target::AtMost(64.0),
            format!("{before:.0} before"),
        ),
    ])
}

/// Measures something. Also returns the largest memory that was measured meanwhile.
fn watched(
    resident: &(impl Fn() -> Result<f64, Skipped> + Sync),
    measure: &impl Fn() -> Fallible<f64>,
) -> Fallible<(f64, f64)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut most = f64::NAN;
            while !stop.load(Ordering::Relaxed) {
                most = most.max(resident().map_err(|error| error.to_string())?);
                thread::sleep(LOOK);
            }
            Ok::<_, String>(most)
        });
        let measured = measure();
        stop.store(true, Ordering::Relaxed);
        let peak = peak.join().map_err(|_| "the watch panicked")??;
        Ok((peak, measured?))
    })
}
