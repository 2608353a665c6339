//! The use of the service by each organization: what is counted, and the series that plots and the
//! API show. A number that is not known is no 0.
//!
//! - `counter` counts in memory, `write` adds to the rows.
//! - `store` has the rows: three for each organization that did anything in a minute.
//! - `load_series` reads the rows of a range, and `series` makes its points of them.

mod counter;
mod counts;
mod entries;
mod grain;
pub mod http;
pub mod job;
mod load_series;
mod series;
mod store;
mod view;
mod write;

pub use counter::{Pending, Usage};
pub use counts::{Count, Counts};
pub use entries::{record_entries, record_issued};
pub use grain::{Grain, Range};
pub use load_series::read;
pub use series::{Bucket, Point, Series, series};
pub use store::{Line, add, set_live};
pub use view::UsageView;
pub use write::spread;
