//! API keys as credentials and as what services verify: compared with the baseline, with the
//! validation of tokens, and a million of them stored.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Fallible;
use crate::baseline;
use crate::generator::{Bodies, Load};
use crate::http::{self, Connection, Sender};
use crate::keys;
use crate::lab::{Lab, Sample, Skipped};
use crate::report::{Row, Target};
use crate::service::{Caller, Installation, PROFILE, Service};
use crate::tokens;

use super::{Arena, CONNECTIONS, HS256, good, throughput};

const KEYS: &str = "/api/v1/api-keys";
const VERIFY_MANY: &str = "/api/v1/api-keys/verify-many";
const VALIDATE_MANY: &str = "/api/operator/validate-tokens";

const IN_TURN: usize = 2_000;

/// The number of keys, or tokens, in one call.
const TOGETHER: usize = 100;

/// Stored keys, and how many of them fill what is remembered.
const STORED: usize = 1_000_000;
const STORED_QUICK: usize = 200_000;
const FIRST: usize = 100_000;

/// The largest number of keys in one call.
const MOST: usize = 1_000;

/// The background work of a start is done after this time, and uses are written.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

/// Makes keys with a scope. Returns their texts.
pub(super) fn make(service: &Service, caller: &Caller, count: usize) -> Fallible<Vec<String>> {
    let request =
        Sender::Company(&caller.credential).post(KEYS, r#"{"name":"Bench","scopes":["read"]}"#);
    let mut connection = Connection::open(service.server.address)?;
    let keys = (0..count).map(|_| {
        let made = connection.call(&request)?;
        if made.status != 201 {
            return Err(format!("{}: {}", made.status, made.text()).into());
        }
        let made: Value = serde_json::from_slice(&made.body)?;
        let text = made.get("key").and_then(Value::as_str);
        Ok(text.ok_or("no key")?.to_owned())
    });
    keys.collect()
}

/// Returns the headers of a request with a key.
fn header(key: &str) -> String {
    format!("Authorization: Bearer {key}")
}

pub(crate) fn profile(lab: &Lab) -> Fallible<Vec<Row>> {
    let folder = lab.folder("profile-api-key")?;
    let installation = Installation::new(&folder, None, &[HS256])?;
    let service = installation.serve()?;
    let caller = installation.populate(&service)?;
    let keys = make(&service, &caller, IN_TURN)?;
    let first = keys.first().ok_or("no keys")?;
    let request_with = |key: &str| Sender::Headers.post(PROFILE, &header(key));
    let answer = Connection::open(service.server.address)?
        .call(&request_with(first))?
        .ok()?;
    // Each is in memory afterwards.
    let request = |index: usize| request_with(keys.get(index).map_or("", String::as_str));
    tokens::converse(service.server.address, keys.len(), request, Ok)?;
    let bodies = tokens::write_bodies_of(&folder, "headers", &keys, 1, header)?;
    let load = Load {
        path: PROFILE,
        sender: Sender::Headers,
        bodies: Bodies::InTurn(bodies.into_iter().next().ok_or("no headers")?),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let baseline = baseline::start_profile(&answer)?;
    let measure = || -> Fallible<Sample> { good(&answer, lab.measure(&service.server, &load)?) };
    let samples = lab.in_turn(|_| measure(), |_| lab.measure(&baseline, &load))?;
    let what = format!("{PROFILE}, {IN_TURN} API keys in turn");
    Ok(vec![throughput(&what, &samples, 0.80)])
}

/// Returns the body that verifies these keys.
fn verify_body(keys: &[String]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| json!({"key": key})).collect();
    json!({"keys": keys}).to_string()
}

pub(crate) fn verify_many(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "verify-many", None, &[HS256])?;
    let keys = make(&arena.service, &arena.caller, TOGETHER)?;
    let issued = tokens::fetch(&arena.service, &arena.caller, TOGETHER)?;
    let tokens = json!({"tokens": issued}).to_string();
    let micros = |path, body: &str, valid: &str| -> Fallible<f64> {
        let credential = &arena.caller.credential;
        let answer = http::call(arena.service.server.address, "POST", path, credential, body)?;
        let answer = answer.ok()?;
        let found = answer.text().matches(valid).count();
        if found != TOGETHER {
            return Err(format!("{path}: {found} are valid").into());
        }
        let load = Load {
            path,
            sender: Sender::Company(credential),
            bodies: Bodies::Same(body.to_owned()),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        let sample = good(&answer, lab.measure(&arena.service.server, &load)?)?;
        Ok(1e6 / (sample.per_second * TOGETHER as f64))
    };
    let keys = verify_body(&keys);
    let rounds = lab.in_turn(
        |_| micros(VERIFY_MANY, &keys, r#""valid":true"#),
        |_| micros(VALIDATE_MANY, &tokens, r#""isValid":true"#),
    )?;
    let what = format!("verify-many, {TOGETHER} keys in a call, a key");
    Ok(vec![Row::ratio(
        &what,
        "µs",
        &rounds,
        "validate-tokens, a token",
        Target::AtMost(2.0),
    )])
}

pub(crate) fn memory(lab: &Lab) -> Fallible<Vec<Row>> {
    let folder = lab.folder("memory-api-keys")?;
    let installation = Installation::new(&folder, None, &[HS256])?;
    let service = installation.serve()?;
    let caller = installation.populate(&service)?;
    let first = make(&service, &caller, 1)?;
    drop(service);
    let count = if lab.arguments.quick {
        STORED_QUICK
    } else {
        STORED
    };
    let stored = keys::fill_sqlite(&installation.database_file(), count)?;
    let service = installation.serve()?;
    sleep(SETTLED_AFTER);
    let resident = || {
        let read = service.server.resident_megabytes();
        read.ok_or(Skipped("no /proc to read memory from".into()))
    };
    let verify = |keys: &[String]| -> Fallible<()> {
        let request = |index: usize| {
            let part = keys.chunks(MOST).nth(index).unwrap_or_default();
            let body = verify_body(part);
            http::request("POST", VERIFY_MANY, &caller.credential, &body)
        };
        let calls = keys.len().div_ceil(MOST);
        let valid = tokens::converse(service.server.address, calls, request, |answer| {
            Ok(answer.text().matches(r#""valid":true"#).count())
        })?;
        let valid: usize = valid.into_iter().sum();
        if valid == keys.len() {
            Ok(())
        } else {
            Err(format!("{valid} of {} keys are valid", keys.len()).into())
        }
    };
    verify(&first)?;
    let before = resident()?;
    let (begin, rest) = stored.split_at(FIRST.min(stored.len()));
    verify(begin)?;
    let full = resident()?;
    verify(rest)?;
    let after = resident()?;
    Ok(vec![
        Row::plain(
            &format!("resident memory, {count} keys stored"),
            "MB",
            before,
            Target::AtMost(40.0),
            "10^6 bytes; no key is remembered".into(),
        ),
        Row::plain(
            &format!("… after {FIRST} of them were verified, plus"),
            "MB",
            full - before,
            Target::AtMost(100.0),
            "what is remembered is full".into(),
        ),
        Row::plain(
            "… after all of them, plus",
            "MB",
            after - full,
            Target::AtMost(10.0),
            format!("{before:.0} {full:.0} {after:.0}"),
        ),
    ])
}
