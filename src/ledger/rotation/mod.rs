//! What the ledger knows of rotation: which company tokens were not rotated, what came after those that were.

mod store;

pub use store::{end, hand_over, report_due, unrotated};

use super::Line;
use crate::base::{OrganizationId, Timestamp, TokenId};

/// The rotation of a company token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handover {
    /// The token that came after it.
    pub successor: TokenId,
    /// When.
    pub at: Timestamp,
}

impl Line {
    /// Whether a token that was rotated was not used since: whoever used it has changed over. None: it was not rotated.
    #[must_use]
    pub fn safe_to_retire(&self) -> Option<bool> {
        let Handover { at, .. } = self.handover?;
        Some(self.last_used_at.is_none_or(|used| used <= at))
    }
}

/// Which company tokens to read, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Unrotated {
    /// Whose.
    pub organization: OrganizationId,
    /// Only those issued by then.
    pub issued_by: Timestamp,
    /// Only those after this one.
    pub after: Option<(Timestamp, TokenId)>,
    /// At most so many.
    pub limit: i64,
}
