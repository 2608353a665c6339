//! Checks the chain over the audit log.

use super::chain::{Batch, Fault, Hash, Sealed, check};
use super::seal::{self, State};
use super::store::chain as store;
use crate::db::{Conn, Db, Result};

/// The largest number of faults that are reported.
pub const MOST_FAULTS: usize = 100;

/// A copy of a hash that was kept elsewhere: the number of its batch, and the hash.
pub type Known = (i64, Hash);

/// A fault in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The batch.
    pub batch: i64,
    /// What is wrong with it.
    pub fault: What,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The batch, or a line of it.
    Batch(Fault),
    /// A line names a batch that was never there, or was purged.
    Astray(i64),
    /// The hash is not the one that is known.
    Unlike,
    /// The chain does not reach the batch that is known: its end was cut off.
    Short,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Report {
    /// The last batch that was purged; 0 if none was. The check begins after it.
    pub purged: i64,
    /// How many batches were checked.
    pub batches: u64,
    /// How many lines they have.
    pub lines: u64,
    /// How many of these lines have texts that were erased.
    pub erased: u64,
    /// How many known hashes were compared; those of purged batches cannot be.
    pub compared: usize,
    /// The faults, at most [`MOST_FAULTS`]. The chain is whole if there are none.
    pub faults: Vec<Finding>,
    /// The end of the chain.
    pub state: State,
}

/// Checks the whole chain, and that it has the hashes that are known. Nodes may go on running.
///
/// # Errors
/// Returns an error if the database cannot be read.
pub fn verify(db: &Db, known: &[Known]) -> Result<Report> {
    let chain = db.read_blocking(store::read)?;
    let mut report = Report {
        purged: chain.purged_batch,
        batches: 0,
        lines: 0,
        erased: 0,
        compared: 0,
        faults: Vec::new(),
        state: db.read_blocking(|conn| seal::state(conn, None))?,
    };
    let mut before = chain.purged_hash;
    let mut batch = chain.purged_batch + 1;
    while batch <= chain.batch && report.faults.len() < MOST_FAULTS {
        let found = look(db, before, batch)?;
        let Look::There {
            hash,
            lines,
            erased,
            fault,
        } = found
        else {
            // Purged meanwhile, with all before it.
            let now = db.read_blocking(store::read)?;
            (report.purged, before, batch) =
                (now.purged_batch, now.purged_hash, now.purged_batch + 1);
            continue;
        };
        report.batches += 1;
        report.lines += lines;
        report.erased += erased;
        if let Some(fault) = fault {
            report.faults.push(Finding {
                batch,
                fault: What::Batch(fault),
            });
        }
        for (_, own) in known.iter().filter(|(id, _)| *id == batch) {
            report.compared += 1;
            if hash != Some(*own) {
                report.faults.push(Finding {
                    batch,
                    fault: What::Unlike,
                });
            }
        }
        before = hash.unwrap_or(before);
        batch += 1;
    }
    for (id, _) in known.iter().filter(|(id, _)| *id > chain.batch) {
        report.compared += 1;
        report.faults.push(Finding {
            batch: *id,
            fault: What::Short,
        });
    }
    let astray = db.write_blocking(|conn| {
        let chain = store::lock(conn)?;
        store::astray(conn, &chain)
    })?;
    if let Some(line) = astray {
        report.faults.push(Finding {
            batch: chain.batch,
            fault: What::Astray(line),
        });
    }
    Ok(report)
}

/// A batch, as it was found.
pub(super) enum Look {
    /// It was purged.
    Purged,
    /// It is there, or should be.
    There {
        hash: Option<Hash>,
        lines: u64,
        erased: u64,
        fault: Option<Fault>,
    },
}

/// Checks one batch.
pub(super) fn look(db: &Db, before: Hash, batch: i64) -> Result<Look> {
    let read = |conn: &mut Conn| -> Result<(Option<Batch>, Vec<Sealed>)> {
        Ok((store::batch(conn, batch)?, store::lines(conn, batch)?))
    };
    let (record, lines) = db.read_blocking(read)?;
    let seen = judge(before, record, &lines);
    if matches!(seen, Look::There { fault: None, .. }) {
        return Ok(seen);
    }
    // The purge may have been at work between the two statements.
    db.write_blocking(|conn| {
        let chain = store::lock(conn)?;
        if batch <= chain.purged_batch {
            return Ok(Look::Purged);
        }
        let (record, lines) = read(conn)?;
        Ok(judge(before, record, &lines))
    })
}

fn judge(before: Hash, record: Option<Batch>, lines: &[Sealed]) -> Look {
    let is_erased = |line: &&Sealed| line.covers.is_some_and(|covers| covers.erased() > 0);
    let fault = match &record {
        Some(record) => check(before, record, lines).err(),
        None => Some(Fault::Record),
    };
    Look::There {
        hash: record.map(|record| record.hash),
        lines: lines.len() as u64,
        erased: lines.iter().filter(is_erased).count() as u64,
        fault,
    }
}
