//! Makes a restored copy of the database safe to use. A copy does not contain what was written
//! after it was made (the lost time): ids that were given out, sequences that tokens name, and
//! tokens and keys that were revoked.
//!
//! The invariants: **no token issued before the restore is valid after it; no id and no sequence
//! that may have been used in the lost time is used again.** So every token and every signing key
//! is revoked, and all counters continue far above any value they can have reached.

mod check;
mod error;
mod lift;
mod run;
mod store;
mod watch;

pub use check::check;
pub use error::RestoreError;
pub use lift::{HEAD_LIFT, ID_LIFT, Restored, lifted_head, lifted_id};
pub use run::restore;
pub use watch::{Watched, watch};
