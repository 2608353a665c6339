//! Issuing: claims become a token that is signed, recorded in the ledger, and counted.
//!
//! The law: a token leaves the service only after its line is committed to the ledger.
//! (`ledger.mode = "off"` leaves out the lines of operator tokens, and of nothing else.) The types
//! enforce this: a text comes from [`Issuer::issue`], which waits for the line, or from
//! [`Issuer::hand_out`], which takes a [`Recorded`] that the caller's transaction returned.

mod issuer;
mod last_tokens;

pub use issuer::{Draft, IssueError, Issuer, Recorded, record};
pub use last_tokens::{LastToken, LastTokens};
