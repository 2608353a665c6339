//! Tokens as pure values.

pub mod algorithm;
