//! What holds for all pages.

mod contract;
mod escaping;
mod files;
mod reading;
mod samples;
mod templates;
mod texts;
