//! `/auth/…` and `/v1/profile`: operators who sign in.

mod ends;
mod guides;
mod log_in;
mod names;
mod password;
mod profile;
mod second_factor;

pub(crate) use second_factor::code;
