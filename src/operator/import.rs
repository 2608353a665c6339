//! Importing operators from a table (CSV): the bytes become text (`text.rs`), the text becomes lines
//! (`table.rs`), the lines are checked against the operators that are there (`check.rs`, pure), and
//! what was checked is applied (`apply.rs`). Nothing is written before the check has been seen.
//!
//! The law: a line is applied as it was checked, or not at all. A line whose operator was changed
//! meanwhile is reported and leaves that operator as it is.

mod apply;
mod check;
mod effect;
mod export;
mod fault;
mod files;
pub mod job;
mod line;
mod session;
mod some_lines;
mod step;
mod store;
mod stored;
mod table;
mod text;

pub use apply::{Applied, MOST_AT_ONCE, apply};
pub use check::{Seen, check, plan};
use effect::version_of;
pub use effect::{Checked, Done, Effect, Outcome, Summary};
pub use export::{COLUMNS, add_line};
pub use fault::Fault;
pub use files::{ReadError, read};
pub use line::{Column, Line};
pub use step::{Progress, Step, next};
pub(super) use store::forget;
pub use stored::{Import, StartError, State, claim, find, open, results, save, stop};
pub use table::{TableError, Text, rows};
pub use text::{Encoding, TextError, decode};

/// The largest number of lines of one table, without the header line.
pub const MOST_LINES: usize = 20_000;

/// The largest file (bytes).
pub const LARGEST: usize = 4 * 1024 * 1024;
