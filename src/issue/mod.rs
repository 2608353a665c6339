//! Issuing: claims become a token that is signed, recorded in the ledger, and counted.
//!
//! The law: a token leaves the service only after its line is committed to the ledger.
//! (`ledger.mode = "off"` leaves out the lines of operator tokens, and of nothing else.) The types
//! enforce this: a text comes from [`Issuer::issue`], which waits for the line, or from
//! [`Issuer::hand_out`], which takes a [`Recorded`] that the caller's transaction returned.

mod error;
mod issuer;
mod last_tokens;
mod recorded;

pub use error::IssueError;
pub use issuer::Issuer;
pub use last_tokens::{LastToken, LastTokens};
pub use recorded::{Draft, Recorded, record};
