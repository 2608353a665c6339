//! What a node holds in memory of forward-auth.

use super::{Notices, RulesFile};

/// What this node holds in memory of forward-auth.
#[derive(Debug)]
pub struct ForwardAuth {
    /// The rules in force.
    pub file: RulesFile,
    /// Log lines about callers that are no listed proxies.
    pub strangers: Notices,
    /// Log lines about requests that cannot be decided about as they are described.
    pub refused: Notices,
}

impl ForwardAuth {
    /// Returns forward-auth by these rules.
    #[must_use]
    pub fn new(file: RulesFile) -> Self {
        Self {
            file,
            strangers: Notices::default(),
            refused: Notices::default(),
        }
    }
}
