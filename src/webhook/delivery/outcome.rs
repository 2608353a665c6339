//! The outcome of an attempt to deliver a message.

use std::fmt;

use crate::outbound::{Answer, SendError};

/// The outcome of an attempt to deliver a message. Its text is shown to the owner of the endpoint.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The endpoint answered.
    Answered(Answer),
    /// The endpoint did not answer, or the message was not sent.
    Failed(String),
}

impl Outcome {
    pub(super) fn of_failure(why: &SendError) -> Self {
        Self::Failed(why.to_string())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(answer) => write!(f, "status {}", answer.status),
            Self::Failed(why) => f.write_str(why),
        }
    }
}
