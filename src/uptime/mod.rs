//! Uptime: how long the service has run, counted over all nodes; and what follows from it for
//! tokens and for stored data about them. It depends on no wall clock.
//!
//! The node on duty adds the time measured by its own `CLOCK_BOOTTIME` since it last added. After
//! every hour of uptime it writes a *tick*: an entry of the feed, and the uptime at which it was
//! written. A token carries the sequence that its issuer had applied (`rev`). A token with a `rev`
//! below a tick was therefore issued before that tick, or at most a lease and a request later. Once
//! the uptime counted since the tick exceeds the longest life of the token, the token has expired,
//! whatever any clock shows.
//!
//! The invariant: **a token whose `rev` is below the floor of its life is refused, and the entries
//! that revoke it are deleted only below that floor.** So no deletion can make a revoked token
//! valid again, even after a wrong clock, a restart or a failover. A badly measured uptime can only
//! make a node refuse a token before it expires.

mod store;
mod ticks;

pub(crate) use store::{add, insert, thin_out};
pub use store::{load, read};
pub use ticks::{EVERY, KEPT, Tick, Ticks};
