//! Leader election: one node at a time is on duty and runs the jobs that must run once for all
//! nodes (purges, rotations, deliveries).
//!
//! The node on duty sends heartbeats: it changes its row. When a row has not changed for twice its
//! lease, measured by *another node's* own monotonic clock, other nodes may take over; only one of
//! them succeeds. No wall clock is used. A clock alone is not enough, because a node that was
//! suspended may go on late. So its writes can be tied to its term ([`Duty::write`]): once another
//! node has taken over, nothing that the former node writes this way is committed.

mod election;
mod store;

pub use election::{Duty, Term};
pub use store::{holder, last_run};
