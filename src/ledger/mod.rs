//! The ledger: the record of issued tokens, committed before a token is returned. It never contains
//! the tokens themselves.

mod ancestry;
mod company_tokens;
pub mod http;
pub mod job;
mod label;
mod line;
mod list;
mod page;
mod rotation;
mod store;
mod uses;
mod why_refused;
mod writer;

pub use ancestry::Ancestry;
pub use company_tokens::{company_tokens, count_of_children, successors_used};
pub use label::{Label, LabelError};
pub use line::{Filter, Issued, Line, Record};
pub use list::{
    MOST_COUNTED, count_of_client, count_of_operator, count_of_operators, count_of_organization,
    examine, unrevoked,
};
pub use page::{COUNTED, Counted, Found, LOOKED_AT, OfOperator, Recent, count, page, recent};
pub use rotation::{
    Handover, Key, Retirement, Unrotated, Wanted, describe, end, hand_over, issued_in, key_of,
    label, report_due, unrotated,
};
use store::{Part, children};
pub use store::{count_live, find, find_anywhere, first_uses, insert, live};
pub use uses::{Use, Uses};
pub use why_refused::{Reason, Why, why, why_not};
pub use writer::{WriteError, Writer};
