//! Company tokens: they are issued for a login and a password, rotated, and revoked.

pub mod http;
pub mod job;
mod log_in;
mod revoke;
mod rotate;
mod rotation;

pub use log_in::{Login, log_in};
pub use revoke::{RevokeError, revoke};
pub use rotate::{RotateError, Rotated, rotate};
pub use rotation::{Known, Step, Successor};
