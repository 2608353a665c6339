//! Logging in with a name and a password, for every kind of account: finding the account, checking
//! the password, and limiting the attempts.
//!
//! The law: a refusal reveals nothing. An unknown login, a wrong password and an account that may
//! not log in take the same steps and the same time, and get the same answer. In particular a
//! refusal writes nothing to the database while its caller waits.

mod account;
mod check;
mod failed;
pub mod job;
mod key;
mod late_refusals;
mod lookups;
mod store;
mod subject;
mod throttle;

pub use account::{Account, Named};
pub use check::{Accepted, LoginError, Presented, check, note_address};
pub use failed::{FailedLogins, What};
pub use key::LoginKey;
pub use late_refusals::LateRefusals;
pub use lookups::{Lookups, Place};
pub use subject::Subject;
pub use throttle::{Counted, Knock, Limits, Pass, Rate, Throttle, Throttled, network};
