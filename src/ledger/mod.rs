//! The ledger: who was issued what, committed before the token leaves the server. Never the tokens themselves.

pub mod http;
pub mod job;
mod rotation;
mod store;
mod uses;
mod why;
mod writer;

pub use rotation::{Handover, Unrotated, end, hand_over, report_due, unrotated};
pub use store::{find, find_anywhere, insert, live};
pub use uses::{Use, Uses};
pub use why::{Reason, Why, why, why_not};
pub use writer::{WriteError, Writer};

use std::net::IpAddr;

use crate::base::{KeyId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::token::{Claims, Kind};

/// What the ledger holds of a token.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What it claims.
    pub claims: Claims,
    /// The key that signed it.
    pub kid: KeyId,
    /// Where it was asked for from.
    pub address: Option<IpAddr>,
}

/// A line of the ledger as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What the token claims.
    pub claims: Claims,
    /// When it was last seen in use; none: not noted.
    pub last_used_at: Option<Timestamp>,
    /// When it ends by rotation, or because it was not rotated.
    pub ends_at: Option<Timestamp>,
    /// What came after it, if it was rotated.
    pub handover: Option<Handover>,
}

/// All that the ledger holds of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line.
    pub line: Line,
    /// The key that signed it.
    pub kid: KeyId,
    /// Where it was asked for from.
    pub address: Option<String>,
    /// When the audit log was told that it is due for rotation.
    pub due_reported_at: Option<Timestamp>,
}

/// Which lines to read, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Whose.
    pub organization: OrganizationId,
    /// Only this operator's.
    pub operator: Option<OperatorId>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only those older than this one.
    pub before: Option<TokenId>,
    /// At most so many.
    pub limit: i64,
}
