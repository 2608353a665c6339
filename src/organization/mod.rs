//! Organizations (companies): their record, the policy of their tokens, and the commands that
//! manage them.

mod console_sign_in;
mod credentials;
pub mod definitions;
mod key_alerts;
mod manage;
mod on_node;
mod policy;
mod profile;
mod record;
mod rotation_terms;
mod search;
mod store;
mod unused_tokens;

pub use console_sign_in::ConsoleSignIn;
pub use credentials::{Credentials, has_login, highest_cost};
pub use definitions::{Definitions, DefinitionsCache, Resource, gaining_rights};
pub use key_alerts::{KeyAlerts, KeyAlertsChange};
pub use manage::{
    HashedOrganization, ManageError, NewOrganization, add, check, exists, list, resume, revoke_all,
    set_login, set_password, suspend, write_new, write_password,
};
pub use on_node::{resume_on_node, revoke_all_on_node, suspend_on_node};
pub use policy::{Policies, PolicyError, TokenPolicy};
pub use profile::{
    MOST_DUE, Profile, ProfileChange, ProfileError, change, due_tokens, read, write,
};
pub use record::{Organization, OrganizationStatus};
pub use rotation_terms::Terms;
pub use search::{Found, LOOKED_AT, Wanted, search};
pub use store::{count, find, key_alerts, set_rotated_at};
pub use unused_tokens::{UNUSED, unused_tokens};
