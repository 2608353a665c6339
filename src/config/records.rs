//! `[ledger]`, `[audit]` and `[feed]`: what is written down, and how it gets around.

use std::time::Duration;

use super::{parse, reader::Reader};

const HUNDRED_YEARS: Duration = Duration::from_hours(100 * 365 * 24);

/// Whether issued operator tokens are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerMode {
    /// Each is committed before it leaves the server.
    Durable,
    /// They are not.
    Off,
}

/// Who was issued what.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Whether issued operator tokens are written down.
    pub mode: LedgerMode,
    /// How many rows may wait to be written; one more is answered 503.
    pub queue: usize,
    /// The most rows a transaction takes; never more than `queue`.
    pub batch: usize,
    /// How long a row is kept beyond the expiry of its token.
    pub retention: Duration,
}

impl Ledger {
    pub(super) fn read(reader: &mut Reader) -> Self {
        reader.shorthand("ledger", "ledger.mode");
        let mode = parse::choice(&[("durable", LedgerMode::Durable), ("off", LedgerMode::Off)]);
        let mode = reader.setting("ledger.mode", LedgerMode::Durable, mode);
        let queue = reader.setting("ledger.queue", 4_096, parse::whole(1..=1_000_000));
        // Ten columns a row, and PostgreSQL takes 65,535 parameters a statement.
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

/// Who did what.
#[derive(Clone, Debug)]
pub struct Audit {
    /// How long an entry is kept.
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

/// The longest `feed.lease`: nobody is waited for longer.
pub const LONGEST_LEASE: Duration = Duration::from_mins(1);

/// How this process hears of what others wrote.
#[derive(Clone, Debug)]
pub struct Feed {
    /// How often entries of other writers are looked for, where no notice of them arrives.
    pub poll: Duration,
    /// How long this node may answer from memory without having asked the database. A node that
    /// died or was cut off delays a revoke by at most this.
    pub lease: Duration,
    /// How many may follow the revocation list as a stream at once.
    pub streams: usize,
    /// How many of one organization may; never more than `streams`.
    pub streams_per_organization: usize,
    /// How often a stream says how far it is when nothing happens.
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
