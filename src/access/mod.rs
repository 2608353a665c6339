//! May they: scopes, roles, and what of a scope may be granted. Pure: it names neither SQL nor
//! HTTP.

pub mod preset;
pub mod recovery_code;
pub mod role;
pub mod scope;
mod scopes_granted;
pub mod totp;

pub use preset::Preset;
pub use role::{Role, Roles};
pub use scope::{InvalidScope, Scope, ScopeSet};
pub use scopes_granted::{BehindToken, ScopeRequest, grant_scopes, narrow_scopes, scopes_now};
