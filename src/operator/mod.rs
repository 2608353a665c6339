//! Operators: the people of an organization for whom tokens are issued.

mod console_guard;
pub mod directory;
mod erase;
pub mod http;
pub mod import;
mod issue;
mod issue_from_cli;
pub mod job;
mod language;
mod manage;
pub mod password;
mod profile;
mod record;
mod record_cache;
mod revoke;
pub mod second_factor;
pub mod session;
pub mod sign_in;
mod status_cache;
mod store;
mod synchronize;
mod write;

pub use erase::{Erased, erase, erase_from_cli};
pub use issue::{IssueError, OperatorToken, Request, exchange, issue, issue_by_admin};
pub use issue_from_cli::{FromCli, FromCliError, issue_from_cli};
pub use language::{language, set_language};
pub use manage::{
    ManageError, NewOperator, add, change, change_version, delete, get, list, look_up,
};
pub use profile::{Profile, ProfileError};
pub use record::{Change, Operator, OperatorStatus, PasswordHash};
pub use record_cache::{Behind, RecordCache};
pub use revoke::{RevokeError, revoke_all, revoke_all_from_cli, revoke_token};
pub use status_cache::{Standing, StatusCache};
pub use store::{
    Filter, among, are_last_admins, count, count_up_to, count_without_factor, counts_up_to,
    credential_at, find, has_account, has_factor,
};
pub use synchronize::{Ids, Outcome, Row, SynchronizeError, synchronize};
