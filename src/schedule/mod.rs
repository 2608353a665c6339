//! When the jobs run that are done once for all nodes (`jobs/` has what they do), and the job that
//! somebody wants to run at once. The node on duty finds the request in the database.

mod due;
mod requested;
mod service_jobs;
mod store;

pub use due::Record;
pub use requested::{RequestError, list, request};
pub use service_jobs::{Listed, NOTED, SERVICE, Scheduled};
pub use store::{load, save, wanted};
