//! What a caller may do: scopes, roles, and which scopes may be granted; and forward-auth: whether
//! a request that a proxy asks about is admitted (`original`, `rules`, `decide`, which are pure,
//! and `http`).

mod bearer;
mod decide;
mod denial;
pub mod http;
pub mod job;
mod notices;
mod original;
pub mod preset;
pub mod recovery_code;
pub mod role;
mod rules;
mod rules_file;
pub mod scope;
mod scopes_granted;
pub mod table;
pub mod totp;

pub use bearer::{Bearer, BearerKind};
pub use decide::decide;
pub use denial::{Denial, ErrorShape};
pub use notices::Notices;
pub use original::{LONGEST_PATH, NormalPath, Original, OriginalError, PathError, normal_host};
pub use preset::Preset;
pub use role::{Role, Roles};
pub use rules::{
    Access, Demand, Fault, Faults, Pattern, PatternError, Resource, Rule, Rules, WELL_KNOWN,
    WantedEnvironment,
};
pub use rules_file::{Reload, RulesError, RulesFile};
pub use scope::{InvalidScope, Scope, ScopeSet};
pub use scopes_granted::{BehindToken, ScopeRequest, grant_scopes, narrow_scopes, scopes_now};

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
