//! A client's request in a browser: what is known beside it, what comes next, and the code at its
//! end. The pages are doors to these verbs.

mod next;
mod participants;
mod sign_out;

pub use next::{Consenting, FlowError, Moment, Next, next, refuse};
pub use participants::{Participants, participants};
pub use sign_out::{EndSession, ReturnTo, end_session};
