//! A client's request in a browser: the client and its organization, what follows the request, and
//! the code that answers it; and the answer to a device. The pages call these functions.

pub mod device;
mod next;
mod participants;
mod pushed;
mod sign_out;

pub(super) use next::hint;
pub use next::{Consenting, FlowError, Moment, Next, next, refuse};
pub use participants::{Participants, participants};
pub use pushed::open_pushed;
pub use sign_out::{EndSession, ReturnTo, end_session};
