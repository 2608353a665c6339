//! `[ledger]`, `[audit]` and `[feed]`: what is recorded, and how nodes learn of changes.

use std::time::Duration;

use super::{parse, reader::Reader};

const HUNDRED_YEARS: Duration = Duration::from_hours(100 * 365 * 24);

/// Whether issued operator tokens are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerMode {
    /// Each token is committed to the database before the response is sent.
    Durable,
    /// They are not recorded.
    Off,
}

/// The record of issued tokens.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Whether issued operator tokens are recorded.
    pub mode: LedgerMode,
    /// How many rows may wait to be written. When the queue is full, a request gets 503.
    pub queue: usize,
    /// The largest number of rows in one transaction; at most `queue`.
    pub batch: usize,
    /// How long a row is kept after its token has expired.
    pub retention: Duration,
}

impl Ledger {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.shorthand("ledger", "ledger.mode");
        let mode = parse::choice(&[("durable", LedgerMode::Durable), ("off", LedgerMode::Off)]);
        let mode = reader.setting("ledger.mode", LedgerMode::Durable, mode);
        let queue = reader.setting("ledger.queue", 4_096, parse::whole(1..=1_000_000));
        // Keeps a statement below PostgreSQL's limit of 65,535 parameters, at ten columns a row.
        let batch = reader.optional("ledger.batch", parse::whole(1..=4_096));
        if batch.is_some_and(|batch| batch > queue) && reader.sound(&["ledger.queue"]) {
            reader.refuse(
                "ledger.batch",
                format!("is more than ledger.queue; it takes {queue} at most"),
            );
        }
        Self {
            mode,
            queue,
            batch: batch.unwrap_or(256).min(queue),
            retention: reader.setting(
                "ledger.retention",
                Duration::from_hours(7 * 24),
                parse::duration(Duration::ZERO..=HUNDRED_YEARS),
            ),
        }
    }
}

/// The audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    /// How long a line is kept.
    pub retention: Duration,
}

impl Audit {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_secs(1)..=HUNDRED_YEARS;
        let default = Duration::from_hours(400 * 24);
        Self {
            retention: reader.setting("audit.retention", default, parse::duration(bounds)),
        }
    }
}

/// The longest `feed.lease`, and so the longest wait for another node.
pub const LONGEST_LEASE: Duration = Duration::from_mins(1);

/// How this node receives changes that other processes write.
#[derive(Clone, Debug)]
pub struct Feed {
    /// How often the node polls for new entries when no notification arrives.
    pub poll: Duration,
    /// How long this node may answer from memory without having reached the database. A node that
    /// died or lost its network delays a revoke by at most this long.
    pub lease: Duration,
    /// The largest number of open revocation streams.
    pub streams: usize,
    /// The largest number of open streams of one organization; at most `streams`.
    pub streams_per_organization: usize,
    /// How often a stream sends its position when nothing else happens.
    pub heartbeat: Duration,
}

impl Feed {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_millis(10)..=Duration::from_secs(2);
        let poll = reader.setting(
            "feed.poll",
            Duration::from_millis(250),
            parse::duration(bounds),
        );
        let bounds = Duration::from_millis(500)..=LONGEST_LEASE;
        let lease = reader.setting(
            "feed.lease",
            Duration::from_secs(5),
            parse::duration(bounds),
        );
        if lease < poll * 4 && reader.sound(&["feed.poll", "feed.lease"]) {
            reader.refuse(
                "feed.lease",
                "is less than four times feed.poll: one late poll would stop the node",
            );
        }
        let streams = reader.setting("feed.streams", 1_000, parse::whole(0..=100_000));
        let of_one = reader.optional("feed.streams_per_organization", parse::whole(0..=100_000));
        if of_one.is_some_and(|of_one| of_one > streams) && reader.sound(&["feed.streams"]) {
            reader.refuse(
                "feed.streams_per_organization",
                format!("is more than feed.streams; it takes {streams} at most"),
            );
        }
        let bounds = Duration::from_millis(100)..=Duration::from_mins(5);
        Self {
            poll,
            lease,
            streams,
            streams_per_organization: of_one.unwrap_or(100).min(streams),
            heartbeat: reader.setting(
                "feed.heartbeat",
                Duration::from_secs(15),
                parse::duration(bounds),
            ),
        }
    }
}
