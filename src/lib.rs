//! placeholder

pub mod config;
pub mod token;
