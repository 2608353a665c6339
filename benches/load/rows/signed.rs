//! Signed requests: each uses a nonce, which is committed before the answer, so they are compared
//! with issuing with the durable ledger.

use std::path::PathBuf;
use std::time::Instant;

use lanyard::authn::signature::{Fields, Message, Signer, sign};
use lanyard::base::{Clock, random};
use serde_json::Value;

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::http::{Connection, Sender, request};
use crate::lab::{Lab, Sample, Skipped};
use crate::report::{Row, Target};
use crate::service::{Caller, ISSUE, Installation, PROFILE as PATH, Service, issue_body};
use crate::statistics::percentile;
use crate::tokens;
use crate::wrk;

use super::{CONNECTIONS, HS256};

const DATABASE: &str = "signed";

/// How many times as many requests are signed for a measurement as are expected to be sent.
const SPARE: f64 = 2.0;

/// How many measurements long a flood is.
const FLOODS: usize = 5;

/// A served installation with a key that signs.
struct Side {
    folder: PathBuf,
    service: Service,
    caller: Caller,
    id: String,
    secret: String,
}

struct NoFields;

impl Fields for NoFields {
    fn lines(&self, _: &str) -> Vec<&[u8]> {
        Vec::new()
    }
}

impl Side {
    fn new(lab: &Lab, name: &str, database: Option<String>) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let installation = Installation::new(&folder, database, &[HS256])?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let organization = caller.organization.to_string();
        let add = [
            "api-key",
            "add",
            "--name",
            "Bench",
            "--signing",
            "--json",
            "--organization",
        ];
        let key = installation.add_any(&[&add[..], &[organization.as_str()]].concat())?;
        let text = |member: &str| {
            let found = key.get(member).and_then(Value::as_str);
            found.map(str::to_owned).ok_or(format!("no {member}"))
        };
        Ok(Self {
            folder,
            service,
            caller,
            id: text("id")?,
            secret: text("signingSecret")?,
        })
    }

    /// Returns the headers of a request that is signed now, separated by tabs.
    fn signed(&self) -> Fallible<String> {
        let message = Message {
            method: "GET",
            scheme: "http",
            authority: Some("localhost"),
            path_and_query: PATH,
            request_target: PATH,
            fields: &NoFields,
            has_body: false,
        };
        let nonce = random::Unique::next();
        let by = Signer {
            key: &self.id,
            secret: &self.secret,
            now: Clock::System.now(),
            nonce: nonce.as_str(),
        };
        let (input, signature) = sign(&message, &by)?;
        Ok(format!("Signature-Input: {input}\tSignature: {signature}"))
    }

    fn issue(&self, lab: &Lab) -> Fallible<Sample> {
        let load = Load {
            path: ISSUE,
            sender: Sender::Company(&self.caller.credential),
            bodies: Bodies::Same(issue_body(self.caller.operator)),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        lab.measure(&self.service.server, &load)
    }

    /// Measures `per_second` requests a second at most.
    fn measure(&self, lab: &Lab, per_second: f64) -> Fallible<Sample> {
        let count = (per_second * lab.arguments.time.as_secs_f64() * SPARE) as usize;
        let lines = (0..count)
            .map(|_| self.signed())
            .collect::<Fallible<Vec<_>>>()?;
        let files = tokens::write_bodies_of(
            &self.folder,
            "signed",
            &lines,
            wrk::threads(),
            str::to_owned,
        )?;
        let load = Load {
            path: PATH,
            sender: Sender::Headers,
            bodies: Bodies::Once {
                files,
                again: false,
            },
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        lab.measure(&self.service.server, &load)
    }

    /// Returns the 99th percentile (in milliseconds) of calls that are made one after the other.
    fn p99(&self, lab: &Lab, next: impl Fn() -> Fallible<String>) -> Fallible<f64> {
        let mut connection = Connection::open(self.service.server.address)?;
        let (begun, mut latencies) = (Instant::now(), Vec::new());
        while begun.elapsed() < lab.arguments.time {
            let request = next()?;
            let sent = Instant::now();
            connection.call(&request)?.ok()?;
            latencies.push(sent.elapsed().as_secs_f64() * 1e3);
        }
        Ok(percentile(&mut latencies, 0.99))
    }
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    against_issue(lab, &Side::new(lab, "signed-sqlite", None)?, "SQLite")
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let side = Side::new(lab, "signed-postgres", Some(cluster.url(DATABASE)))?;
    against_issue(lab, &side, "PostgreSQL")
}

fn against_issue(lab: &Lab, side: &Side, database: &str) -> Fallible<Vec<Row>> {
    let expected = side.issue(lab)?.per_second;
    let rates = lab.in_turn(
        |_| Ok(side.measure(lab, expected)?.per_second),
        |_| Ok(side.issue(lab)?.per_second),
    )?;
    let issue = request(
        "POST",
        ISSUE,
        &side.caller.credential,
        &issue_body(side.caller.operator),
    );
    let sent = || Ok(Sender::Headers.post(PATH, &side.signed()?));
    let latencies = lab.in_turn(
        |_| side.p99(lab, sent),
        |_| side.p99(lab, || Ok(issue.clone())),
    )?;
    let against = "issuing, durable ledger";
    let what = format!("signed requests, {database}");
    let one = format!("signed requests, one in flight, p99, {database}");
    Ok(vec![
        Row::ratio(&what, "1/s", &rates, against, Target::AtLeast(0.9)),
        Row::ratio(&one, "ms", &latencies, against, Target::AtMost(2.0)),
    ])
}

/// A flood of right signatures, each with a nonce of its own: the nonces are in the database, and
/// memory has only their counts.
pub(crate) fn memory(lab: &Lab) -> Fallible<Vec<Row>> {
    let side = Side::new(lab, "memory-nonces", None)?;
    let resident = || {
        let read = side.service.server.resident_megabytes();
        read.ok_or(Skipped("no /proc to read memory from".into()))
    };
    let expected = side.issue(lab)?.per_second;
    // Every connection, every thread and the database's cache have their memory afterwards.
    side.measure(lab, expected)?;
    let before = resident()?;
    let mut sent = 0.0;
    for _ in 0..FLOODS {
        let per_second = side.measure(lab, expected)?.per_second;
        sent += per_second * lab.arguments.time.as_secs_f64();
    }
    let more = resident()? - before;
    Ok(vec![Row::plain(
        "resident memory over a flood of nonces, plus",
        "MB",
        more,
        Target::AtMost(10.0),
        format!("{sent:.0} signed requests, {before:.0} MB before"),
    )])
}
