//! Scheduled jobs: those that every node runs for itself, and those that one node at a time runs
//! for all of them.
//!
//! A job is a plain function of the service and the time. It must be safe to run twice, to abort at
//! any point, and to run late on a node that is no longer on duty. Writes that would then do harm
//! go through [`Duty::write`](crate::duty::Duty::write), which does not commit for a node that is
//! no longer on duty.

mod list;
mod runner;
mod threads;

pub use list::{LOCAL, SERVICE};
pub use runner::Runner;
pub use threads::{Job, Stop, start};
