//! Logins: which share of the machine's bcrypt rate they reach, and their effect on validation.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::http::{self, Connection};
use crate::lab::Lab;
use crate::paced;
use crate::process::cores;
use crate::report::{Row, Target};
use crate::service::{LOGIN, VALIDATE, login_body, validate_body};
use crate::statistics::{median, percentile};
use crate::threads::threads;

use super::{Arena, THROTTLE_OFF};

/// The default of `login.bcrypt_cost`.
const COST: u32 = 12;

/// The number of clients that log in repeatedly: some always wait, and the hashing queue is never
/// full.
const CLIENTS: usize = 16;

/// The number of validations per second during the flood of logins.
const OFFERED: u32 = 1_000;

/// The time until the flood has its full strength.
const GATHERING: Duration = Duration::from_millis(500);

pub(crate) fn rate(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "login-rate", None, &[THROTTLE_OFF])?;
    // A login is slow, so a rate of logins needs more time than any other rate.
    let time = lab.arguments.time * 2;
    let rates = lab.in_turn(
        |_| logins_per_second(arena.service.server.address, time),
        |_| bcrypts_per_second(),
    )?;
    let what = format!("log in, bcrypt cost {COST}, {CLIENTS} clients");
    Ok(vec![Row::ratio(
        &what,
        "1/s",
        &rates,
        "cores ÷ time of a bcrypt",
        Target::AtLeast(0.9),
    )])
}

pub(crate) fn storm(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "login-storm", None, &[THROTTLE_OFF])?;
    let address = arena.service.server.address;
    let request = http::request(
        "POST",
        VALIDATE,
        &arena.caller.credential,
        &validate_body(&arena.token),
    );
    let p99 = || -> Fallible<f64> {
        let mut latencies = paced::latencies(address, &request, OFFERED, lab.arguments.time)?;
        Ok(percentile(&mut latencies, 0.99))
    };
    let rounds = lab.in_turn(|_| Ok(during_storm(address, p99)?.1), |_| p99())?;
    let what = format!("validate p99 in a login storm, {OFFERED}/s offered");
    Ok(vec![Row::ratio(
        &what,
        "ms",
        &rounds,
        "idle",
        Target::AtMost(2.0),
    )])
}

fn logins_per_second(address: SocketAddr, time: Duration) -> Fallible<f64> {
    let (mut done, ()) = during_storm(address, || {
        thread::sleep(time);
        Ok(())
    })?;
    done.sort();
    // Between the first and the last answer all threads were busy, whatever happened at the
    // beginning and the end.
    match (done.first(), done.last()) {
        (Some(first), Some(last)) if done.len() > CLIENTS => {
            Ok((done.len() - 1) as f64 / last.duration_since(*first).as_secs_f64())
        }
        _ => Err(format!("only {} logins in {time:?}: try more --seconds", done.len()).into()),
    }
}

/// Returns the rate that the cores would reach if nothing else ran, from the time of one bcrypt
/// alone on the machine.
fn bcrypts_per_second() -> Fallible<f64> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        std::hint::black_box(bcrypt::hash("correct horse battery staple", COST)?);
        times.push(begun.elapsed().as_secs_f64());
    }
    Ok(cores() as f64 / median(times))
}

/// Measures something while clients log in as fast as they can. Also returns when each login was
/// answered.
fn during_storm<T>(
    address: SocketAddr,
    measure: impl Fn() -> Fallible<T>,
) -> Fallible<(Vec<Instant>, T)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let storm = scope.spawn(|| {
            let logins = threads(CLIENTS, |_| log_in_until(address, &stop))
                .map_err(|error| error.to_string());
            logins.map(|logins| logins.concat())
        });
        thread::sleep(GATHERING);
        let measured = measure();
        stop.store(true, Ordering::Relaxed);
        let logins = storm.join().map_err(|_| "the storm panicked")??;
        Ok((logins, measured?))
    })
}

fn log_in_until(address: SocketAddr, stop: &AtomicBool) -> Fallible<Vec<Instant>> {
    let mut connection = Connection::open(address)?;
    let request = http::request("POST", LOGIN, "", &login_body());
    let mut done = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        connection.call(&request)?.ok()?;
        done.push(Instant::now());
    }
    Ok(done)
}
