//! Words everyone uses: time, ids, randomness, fair shares. No I/O beyond the clock and the system's random source.

pub mod bom;
pub mod caseless;
pub mod clock;
pub mod fair;
pub mod ids;
pub mod random;
mod standstill;
pub mod time;
mod turns;

pub use clock::Clock;
pub use ids::{KeyId, Mark, OperatorId, OrganizationId, Sequence, TokenId, WebhookId};
pub use standstill::Standstill;
pub use time::Timestamp;
pub use turns::{Pushed, Turn, Turns};
