//! Revoking, and the revocation list, which is a view of the feed.

mod commit;
mod commit_from_cli;
mod find_or_sync;
pub mod http;
mod receipt;
mod revoke;
mod store;
pub mod stream;

pub use crate::feed::Target;
pub use crate::token::OPERATOR_TOKEN_LIMIT;
pub use commit::{Written, already, commit, commit_here, commit_in_job, enforce, settle};
pub use commit_from_cli::{commit_from_cli, enforce_from_cli, revoke_token_from_cli};
pub use find_or_sync::find_or_sync;
pub use receipt::{Receipt, Revocation, count};
pub use revoke::{write, write_token};
pub use store::{GrantsOf, end_grants};

#[cfg(test)]
mod tests;
