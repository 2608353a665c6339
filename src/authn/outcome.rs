//! The result of authentication, at once or later.

use std::pin::Pin;
use std::sync::Arc;

use super::signature::Signed;
use super::{Principal, Refused};
use crate::api_key::verify::Verified;

/// The result of authentication.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The request has no credential.
    NotRequested,
    /// The request has a valid credential.
    Principal(Principal),
    /// The request has a valid API key.
    ApiKey(Arc<Verified>),
    /// The request is signed with a valid API key. It is not admitted before [`Signed::finish`].
    Signed(Arc<Signed>),
    /// The request has a credential that is not valid, or that cannot be judged at the moment.
    Refused(Refused),
}

/// An [`Outcome`], at once or later.
pub enum Answer {
    /// The outcome, judged from memory.
    Ready(Outcome),
    /// The outcome follows from a look-up. Only schemes whose credentials are not in memory return
    /// this, and only they allocate the future.
    Lookup(Lookup),
}

/// A look-up in progress.
pub type Lookup = Pin<Box<dyn Future<Output = Outcome>>>;

impl Answer {
    /// Returns the outcome, after the look-up if there is one.
    pub async fn outcome(self) -> Outcome {
        match self {
            Self::Ready(outcome) => outcome,
            Self::Lookup(lookup) => lookup.await,
        }
    }
}
