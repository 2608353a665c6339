//! What all rows share: the arguments, a folder on a real disk, the generator, PostgreSQL.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Fallible;
use crate::arguments::Arguments;
use crate::cluster::{Cluster, Options};
use crate::generator::{Generator, Load};
use crate::process::Server;

/// Why a row was not measured although nothing failed.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}

pub(crate) struct Lab {
    pub(crate) arguments: Arguments,
    pub(crate) generator: Generator,
    cluster: OnceCell<Result<Cluster, String>>,
    other_cluster: OnceCell<Result<Cluster, String>>,
    folder: TempDir,
}

/// One measurement of one server under one load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Processor time of the server for one request, in microseconds.
    pub(crate) cpu_micros: Option<f64>,
    pub(crate) bytes_per_answer: f64,
}

impl Lab {
    pub(crate) fn new(arguments: Arguments) -> Fallible<Self> {
        let folder = tempfile::Builder::new()
            .prefix("lanyard-load-")
            .tempdir_in(disk())?;
        Ok(Self {
            arguments,
            generator: Generator::find(),
            cluster: OnceCell::new(),
            other_cluster: OnceCell::new(),
            folder,
        })
    }

    /// Makes a new folder of that name.
    pub(crate) fn folder(&self, name: &str) -> Fallible<PathBuf> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Returns the PostgreSQL of this run, with real durability.
    pub(crate) fn postgres(&self) -> Result<&Cluster, Skipped> {
        running(&self.cluster)
    }

    /// Returns another PostgreSQL, like the first one.
    pub(crate) fn other_postgres(&self) -> Result<&Cluster, Skipped> {
        running(&self.other_cluster)
    }

    /// Sends load to a server and measures its processor time.
    pub(crate) fn measure(&self, server: &Server, load: &Load<'_>) -> Fallible<Sample> {
        let before = server.cpu_seconds();
        let outcome = self
            .generator
            .drive(server.address, load, self.folder.path())?;
        let after = server.cpu_seconds();
        Ok(Sample {
            per_second: outcome.requests / outcome.seconds,
            cpu_micros: before
                .zip(after)
                .map(|(before, after)| (after - before) * 1e6 / outcome.requests),
            bytes_per_answer: outcome.bytes / outcome.requests,
        })
    }

    /// Measures two things alternately, round after round; each is first in every other round.
    pub(crate) fn in_turn<A, B>(
        &self,
        mut one: impl FnMut(usize) -> Fallible<A>,
        mut other: impl FnMut(usize) -> Fallible<B>,
    ) -> Fallible<Vec<(A, B)>> {
        (0..self.arguments.rounds)
            .map(|round| {
                if round % 2 == 0 {
                    let first = one(round)?;
                    Ok((first, other(round)?))
                } else {
                    let first = other(round)?;
                    Ok((one(round)?, first))
                }
            })
            .collect()
    }

    /// Measures several things, round after round; each is first in turn.
    pub(crate) fn rotated<T, const N: usize>(
        &self,
        measure: [&dyn Fn() -> Fallible<T>; N],
    ) -> Fallible<Vec<[T; N]>> {
        let round = |round: usize| -> Fallible<[T; N]> {
            let mut results = (round..round + N)
                .map(|turn| Ok((turn % N, measure.get(turn % N).ok_or("nothing")?()?)))
                .collect::<Fallible<Vec<_>>>()?;
            results.sort_by_key(|(place, _)| *place);
            let results: Vec<T> = results.into_iter().map(|(_, result)| result).collect();
            results.try_into().map_err(|_| "not measured".into())
        };
        (0..self.arguments.rounds).map(round).collect()
    }
}

fn running(cluster: &OnceCell<Result<Cluster, String>>) -> Result<&Cluster, Skipped> {
    let start = || {
        let options = Options {
            fsync: true,
            ..Options::default()
        };
        Cluster::start(options).map_err(|missing| missing.to_string())
    };
    cluster
        .get_or_init(start)
        .as_ref()
        .map_err(|missing| Skipped(missing.clone()))
}

/// Returns a folder on a disk: commits to a folder in memory cost nothing, and measuring a ledger
/// there would be meaningless.
fn disk() -> PathBuf {
    let usual = std::env::temp_dir();
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let in_memory = mounts.lines().any(|line| {
        let mut fields = line.split(' ').skip(1);
        let (folder, kind) = (fields.next(), fields.next());
        kind == Some("tmpfs")
            && folder.is_some_and(|folder| folder != "/" && usual.starts_with(Path::new(folder)))
    });
    if in_memory {
        PathBuf::from("/var/tmp")
    } else {
        usual
    }
}
