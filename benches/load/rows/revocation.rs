//! How long a revoke takes: by the number of descendants, by the number of nodes, with one of them
//! suspended; and how soon another node refuses the token.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::Fallible;
use crate::feed::{Outsider, descend_postgres, jti};
use crate::http::{self, Connection};
use crate::lab::Lab;
use crate::report::{Row, Target};
use crate::service::{VALIDATE, validate_body};
use crate::statistics::{median, percentile};
use crate::threads::threads;
use crate::tokens;

use super::nodes::Nodes;

const REVOKE: &str = "/api/operator/revoke-token";
const REVOKE_COMPANY: &str = "/api/company/revoke-token";

/// The default of `feed.lease`.
const LEASE: Duration = Duration::from_secs(5);

/// How much later than a lease a revoke may return if a node is suspended.
const MARGIN: Duration = Duration::from_millis(200);

/// The longest time of a revoke if all nodes run (milliseconds).
const PROMPT: f64 = 50.0;

const DESCENDANTS: [usize; 3] = [1, 1_000, 100_000];

/// The number of company tokens that are revoked in each round for each number of descendants.
const FAMILIES: usize = 7;

/// The number of tokens that are revoked one after the other in each round.
const REVOKED: usize = 200;
const REVOKED_QUICK: usize = 50;

pub(crate) fn descendants(lab: &Lab) -> Fallible<Vec<Row>> {
    let nodes = Nodes::start(lab, "revoke-descendants", 1)?;
    let mut rounds = Vec::new();
    for _ in 0..lab.arguments.rounds {
        // All tokens are issued, and written to the disk, before the first is revoked: otherwise
        // the measurement would include a disk that still writes many rows.
        let all: Vec<_> = (0..FAMILIES)
            .flat_map(|_| DESCENDANTS)
            .map(|count| Family::raise(&nodes, count))
            .collect::<Fallible<_>>()?;
        nodes.sql("CHECKPOINT");
        let mut times = [(); DESCENDANTS.len()].map(|()| Vec::new());
        for (turn, family) in all.iter().enumerate() {
            if let Some(times) = times.get_mut(turn % DESCENDANTS.len()) {
                times.push(family.revoke(&nodes)?);
            }
        }
        rounds.push(times.map(median));
    }
    let row = |(place, count): (usize, usize)| {
        let pairs = rounds.iter().filter_map(|round| {
            let one = round.first().copied();
            round.get(place).copied().zip(one)
        });
        Row::ratio(
            &format!("revoke a company token of {count} descendants"),
            "ms",
            &pairs.collect::<Vec<_>>(),
            "of one",
            Target::AtMost(1.25),
        )
    };
    Ok(DESCENDANTS
        .into_iter()
        .enumerate()
        .skip(1)
        .map(row)
        .collect())
}

/// A company token and its descendants. One of them is a real token.
struct Family {
    head: String,
    child: String,
}

impl Family {
    fn raise(nodes: &Nodes, count: usize) -> Fallible<Self> {
        let service = nodes.first();
        let head = service.log_in()?;
        let issued = service.issue(&nodes.caller.with(&head))?;
        if count > 1 {
            nodes.sql(&descend_postgres(&jti(&head)?, count - 1));
        }
        Ok(Self {
            child: serde_json::from_slice(&issued.body)?,
            head,
        })
    }

    /// Revokes the company token, after which the child must be refused. Returns the time in
    /// milliseconds.
    fn revoke(&self, nodes: &Nodes) -> Fallible<f64> {
        let mut connection = Connection::open(nodes.first().server.address)?;
        let time = revoke(&mut connection, nodes, REVOKE_COMPANY, &self.head)?;
        must_be_revoked(&mut connection, nodes, &self.child)?;
        Ok(time)
    }
}

/// Revokes a token. Returns the time in milliseconds.
fn revoke(connection: &mut Connection, nodes: &Nodes, path: &str, token: &str) -> Fallible<f64> {
    let request = http::request(
        "POST",
        path,
        &nodes.caller.credential,
        &validate_body(token),
    );
    let begun = Instant::now();
    let answer = connection.call(&request)?;
    let time = begun.elapsed().as_secs_f64() * 1e3;
    if answer.status == 204 {
        Ok(time)
    } else {
        Err(format!("{}: {}", answer.status, answer.text()).into())
    }
}

fn is_revoked(connection: &mut Connection, nodes: &Nodes, token: &str) -> Fallible<bool> {
    let request = http::request(
        "POST",
        VALIDATE,
        &nodes.caller.credential,
        &validate_body(token),
    );
    let text = connection.call(&request)?.ok()?.text();
    Ok(text.contains("Token revoked"))
}

fn must_be_revoked(connection: &mut Connection, nodes: &Nodes, token: &str) -> Fallible<()> {
    if is_revoked(connection, nodes, token)? {
        Ok(())
    } else {
        Err("a revoked token is still valid".into())
    }
}

pub(crate) fn one_node(lab: &Lab) -> Fallible<Vec<Row>> {
    healthy(lab, "revoke-1-node", 1)
}

pub(crate) fn three_nodes(lab: &Lab) -> Fallible<Vec<Row>> {
    healthy(lab, "revoke-3-nodes", 3)
}

fn count(lab: &Lab) -> usize {
    if lab.arguments.quick {
        REVOKED_QUICK
    } else {
        REVOKED
    }
}

fn healthy(lab: &Lab, name: &str, number: usize) -> Fallible<Vec<Row>> {
    let nodes = Nodes::start(lab, name, number)?;
    let mut all = Vec::new();
    for _ in 0..lab.arguments.rounds {
        let tokens = tokens::fetch(nodes.first(), &nodes.caller, count(lab))?;
        let mut connections = nodes.connect()?;
        for (turn, token) in tokens.iter().enumerate() {
            let turn = turn % connections.len();
            for (place, connection) in connections.iter_mut().enumerate() {
                if place == turn {
                    all.push(revoke(connection, &nodes, REVOKE, token)?);
                }
            }
            for connection in &mut connections {
                must_be_revoked(connection, &nodes, token)?;
            }
        }
    }
    let plural = if number == 1 { "" } else { "s" };
    let what = format!("revoke, {number} node{plural}, PostgreSQL, p99");
    Ok(vec![quantiles(&what, all, PROMPT)])
}

fn quantiles(what: &str, mut times: Vec<f64>, limit: f64) -> Row {
    let note = format!(
        "p50 {:.2}, max {:.2}, of {}",
        percentile(&mut times, 0.5),
        percentile(&mut times, 1.0),
        times.len()
    );
    let p99 = percentile(&mut times, 0.99);
    Row::plain(what, "ms", p99, Target::AtMost(limit), note)
}

pub(crate) fn reach(lab: &Lab) -> Fallible<Vec<Row>> {
    let nodes = Nodes::start(lab, "revoke-reach", 2)?;
    let mut outsider = Outsider::open(&nodes.url)?;
    let mut all = Vec::new();
    for _ in 0..lab.arguments.rounds {
        let tokens = tokens::fetch(nodes.first(), &nodes.caller, count(lab))?;
        for connection in &mut nodes.connect()? {
            for token in tokens.iter().take(count(lab) / 2) {
                if is_revoked(connection, &nodes, token)? {
                    continue;
                }
                let committed = outsider.revoke(token)?;
                while !is_revoked(connection, &nodes, token)? {}
                all.push(committed.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    let what = "from commit to refusal at another node, PostgreSQL, p99";
    Ok(vec![quantiles(what, all, PROMPT)])
}

pub(crate) fn one_stopped(lab: &Lab) -> Fallible<Vec<Row>> {
    const AT_ONCE: usize = 6;
    let nodes = Nodes::start(lab, "revoke-stopped", 3)?;
    let tokens = tokens::fetch(nodes.first(), &nodes.caller, AT_ONCE)?;
    let stopped = nodes.stop_last()?;
    // The calls start in different phases of the lease.
    let times = threads(AT_ONCE, |number| {
        sleep(LEASE / 8 * u32::try_from(number)?);
        let mut connection = Connection::open(nodes.first().server.address)?;
        let token = tokens.get(number).ok_or("too few tokens")?;
        revoke(&mut connection, &nodes, REVOKE, token)
    })?;
    stopped.signal(Signal::CONT);
    let longest = times.iter().copied().fold(0.0, f64::max);
    let shown: Vec<_> = times.iter().map(|time| format!("{time:.0}")).collect();
    Ok(vec![Row::plain(
        "revoke, one of 3 nodes stopped, at most",
        "ms",
        longest,
        Target::AtMost((LEASE + MARGIN).as_secs_f64() * 1e3),
        format!("a lease is {LEASE:?}; {}", shown.join(" ")),
    )])
}
