//! How far the sign-in of a session has come.

use crate::base::words::words;

words! {
    /// How far the sign-in of a session has come.
    pub enum SessionState {
        /// The password was right, and the second factor is missing.
        SecondFactor = "second_factor",
        /// The person has signed in.
        SignedIn = "signed_in",
    }
}
