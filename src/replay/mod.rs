//! Values that may be used once, on all nodes together, also if a node crashes. They are the `jti`
//! of a `DPoP` proof (RFC 9449, section 11.1), the `jti` of a client assertion (RFC 7523, section
//! 3) and the nonce of a signed request (RFC 9421, section 7.2.2).
//!
//! The law: **of all calls of [`Replay::once`] with one scope and one value, at most one returns
//! [`Once::First`]**, however they interleave, whatever any wall clock shows, and however long ago
//! the first call was.
//!
//! 1. One conditional statement decides: it inserts the rows of the callers that wait, each unless it
//!    exists. It is committed before the answers, so a crash can lose an answer but no row; the
//!    caller's second attempt is then refused.
//! 2. A value comes with `until`: the last instant at which what it guards is accepted. It must
//!    follow from what was presented alone (`exp`, or `iat` and a constant), so that it is the same
//!    whenever the value is presented again.
//! 3. The same statement refuses a value whose `until` is not above the *floor*. The floor only
//!    rises.
//! 4. A row is deleted only below a floor that has been in force for an hour of uptime, so every
//!    statement that read a lower floor has ended.
//!
//! Whether a row can be deleted never depends on a clock: a value whose row is deleted is below the
//! floor, and is refused there. Uptime (see [`crate::uptime`]) and clocks decide only how fast the
//! floor rises; a wrong clock can at worst refuse a value too early. The floor follows the instants
//! that have been over for two hours of uptime, according to every clock that wrote a tick since.
//!
//! Everything is bounded: a value has 16 bytes; `until` is at most 62 minutes ahead; each node
//! accepts at most 200,000 values of one scope for each five minutes of `until`, or 1,000,000 nonces
//! of signed requests. Memory contains only counts, of at most 4,096 pairs of a scope and a bucket.
//!
//! If a database lost commits (it was restored from a copy, or a standby was behind), the values of
//! that time are lost as well.

mod floor;
pub mod job;
mod once;
mod store;
mod value;

pub use once::{Replay, ReplayError};
use value::{Bucket, Used};
pub use value::{Once, Purpose, Scope, Value};
