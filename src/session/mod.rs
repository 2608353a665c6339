//! Browser sessions: an operator that has signed in on the pages of `/oauth`. They are in the
//! database, so that every node knows them and a restart ends none.

mod expired;
pub mod job;

use crate::base::words::words;

words! {
    /// How far the sign-in of a browser session has come.
    pub enum SessionState {
        /// The password was right, and the second factor is missing.
        SecondFactor = "second_factor",
        /// The operator has signed in.
        SignedIn = "signed_in",
    }
}
