//! Rotation in the ledger: which company tokens were not rotated yet, and the successors of those
//! that were.

mod store;

pub use store::{end, hand_over, report_due, unrotated};

use super::Line;
use crate::base::{OrganizationId, Timestamp, TokenId};

/// The rotation of a company token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// The token that replaces it.
    pub successor: TokenId,
    /// When it was rotated.
    pub at: Timestamp,
}

impl Line {
    /// Returns whether a rotated token has not been used since its rotation, which means that its
    /// client uses the successor. Returns `None` if it was not rotated.
    #[must_use]
    pub fn safe_to_retire(&self) -> Option<bool> {
        let Handover { at, .. } = self.handover?;
        Some(self.last_used_at.is_none_or(|used| used <= at))
    }
}

/// Which company tokens to read. The oldest come first.
#[derive(Debug, Clone, Copy)]
pub struct Unrotated {
    /// The organization.
    pub organization: OrganizationId,
    /// Only tokens issued at this time or before.
    pub issued_by: Timestamp,
    /// Only tokens after this one.
    pub after: Option<(Timestamp, TokenId)>,
    /// At most this many tokens.
    pub limit: i64,
}
