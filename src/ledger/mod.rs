//! The ledger: the record of issued tokens, committed before a token is returned. It never contains
//! the tokens themselves.

mod ancestry;
mod company_tokens;
mod counted;
mod examine;
mod facts;
pub mod http;
pub mod job;
mod label;
mod line;
mod page;
mod rotation;
mod store;
mod uses;
mod verdict;
mod why_refused;
mod writer;

pub use ancestry::Ancestry;
pub use company_tokens::{company_tokens, successors_used};
pub use counted::{
    COUNTED, Counted, OfOperator, Recent, count, count_of_children, count_of_client,
    count_of_operators, count_of_organization, recent,
};
pub use examine::{Beside, beside, examine};
pub use label::{Label, LabelError};
pub use line::{Filter, Issued, Line, Narrow, Record};
pub use page::{Found, LOOKED_AT, page};
pub use rotation::{
    Handover, Key, Retirement, Unrotated, Wanted, describe, end, hand_over, issued_in, key_of,
    label, report_due, unrotated,
};
use store::Part;
pub use store::{count_live, find, find_anywhere, first_uses, insert, live};
pub use uses::{Use, Uses};
pub use verdict::Reason;
pub use why_refused::{Why, why, why_not};
pub use writer::{WriteError, Writer};
