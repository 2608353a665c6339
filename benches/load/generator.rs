//! Generates the load: `wrk` if it is installed, otherwise threads with one connection each.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Fallible;
use crate::cluster;
use crate::http::{Connection, Sender};
use crate::threads::threads;
use crate::wrk;

/// A closed loop: every connection sends its next request when it has the answer to the last one.
#[derive(Clone, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) path: &'a str,
    pub(crate) sender: Sender<'a>,
    pub(crate) bodies: Bodies,
    pub(crate) connections: usize,
    pub(crate) time: Duration,
}

#[derive(Clone, Debug)]
pub(crate) enum Bodies {
    Same(String),
    /// The lines of a file, repeatedly.
    InTurn(PathBuf),
    /// The lines of several files (one for each thread of the generator), each line once. If there
    /// are too few for the whole time, the measurement fails, unless `again` permits to start over.
    Once {
        files: Vec<PathBuf>,
        again: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// The number of requests that were answered, all of them with status 200.
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    /// The number of bytes received, including heads.
    pub(crate) bytes: f64,
}

#[derive(Clone, Debug)]
pub(crate) enum Generator {
    Wrk(PathBuf),
    Threads,
}

impl Generator {
    pub(crate) fn find() -> Self {
        cluster::program("wrk").map_or(Self::Threads, Self::Wrk)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Wrk(_) => "wrk",
            Self::Threads => "own (wrk is not installed)",
        }
    }

    /// Sends load to one server. `scratch` is a folder for files of its own.
    pub(crate) fn drive(
        &self,
        address: SocketAddr,
        load: &Load<'_>,
        scratch: &Path,
    ) -> Fallible<Outcome> {
        match self {
            Self::Wrk(program) => wrk::drive(program, address, load, scratch),
            Self::Threads => drive_with_threads(address, load),
        }
    }
}

fn drive_with_threads(address: SocketAddr, load: &Load<'_>) -> Fallible<Outcome> {
    let files: &[PathBuf] = match &load.bodies {
        Bodies::Same(_) => &[],
        Bodies::InTurn(file) => std::slice::from_ref(file),
        Bodies::Once { files, .. } => files,
    };
    let texts = files
        .iter()
        .map(fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()?;
    let bodies: Vec<&str> = match &load.bodies {
        Bodies::Same(body) => vec![body],
        Bodies::InTurn(_) | Bodies::Once { .. } => {
            texts.iter().flat_map(|text| text.lines()).collect()
        }
    };
    let endless = !matches!(load.bodies, Bodies::Once { again: false, .. });
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let counts = threads(load.connections, |_| {
        let mut connection = Connection::open(address)?;
        let (mut requests, mut bytes) = (0, 0);
        while begun.elapsed() < load.time {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let index = if endless {
                index % bodies.len().max(1)
            } else {
                index
            };
            let body = bodies
                .get(index)
                .ok_or("the tokens ran out: try fewer --seconds")?;
            let answer = connection.call(&load.sender.post(load.path, body))?;
            bytes += answer.wire_length();
            answer.ok()?;
            requests += 1;
        }
        Ok((requests, bytes))
    })?;
    let (requests, bytes) = counts
        .iter()
        .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    Ok(Outcome {
        requests: f64::from(requests),
        seconds: begun.elapsed().as_secs_f64(),
        bytes: bytes as f64,
    })
}
