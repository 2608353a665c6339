//! Company tokens: they are issued for a login and a password, or to an admin of the organization,
//! labelled, rotated, retired and revoked.

mod change;
pub mod http;
mod issue;
pub mod job;
mod log_in;
mod revoke;
mod rotate;
mod rotation;

pub use change::{Change, ChangeError, change, change_from_cli};
pub use issue::{NewToken, NewTokenError, issue};
pub use log_in::{Login, log_in};
pub use revoke::{RevokeError, revoke};
pub use rotate::{ByAdmin, RotateError, Rotated, Rotation, rotate, rotate_by_admin};
pub use rotation::{Known, Step, Successor};
