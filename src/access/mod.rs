//! What a caller may do: scopes, roles, and which scopes may be granted; and forward-auth: whether
//! a request that a proxy asks about is admitted (`original`, `rules`, `decide`, which are pure,
//! and `http`).

mod bearer;
mod decide;
mod denial;
mod forward_auth;
pub mod http;
pub mod job;
mod original;
pub mod preset;
mod rare_log_lines;
pub mod recovery_code;
pub mod role;
mod rules;
mod rules_file;
pub mod rules_test_table;
pub mod scope;
mod scopes_granted;
pub mod totp;

pub use bearer::{Bearer, BearerKind};
pub use decide::decide;
pub use denial::{Denial, ErrorShape};
pub use forward_auth::ForwardAuth;
pub use original::{LONGEST_PATH, NormalPath, Original, OriginalError, PathError, normal_host};
pub use preset::Preset;
pub use rare_log_lines::Notices;
pub use role::{Role, Roles};
pub use rules::{
    Access, Demand, Fault, Faults, Pattern, PatternError, Resource, Rule, Rules, WELL_KNOWN,
    WantedEnvironment,
};
pub use rules_file::{Reload, RulesError, RulesFile};
pub use scope::{InvalidScope, Scope, ScopeSet};
pub use scopes_granted::{BehindToken, ScopeRequest, grant_scopes, narrow_scopes, scopes_now};
