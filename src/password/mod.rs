//! Passwords: which texts are allowed, and bcrypt on a few threads of its own.

mod check;
mod cost;
mod hasher;
mod text;

pub use check::{Attempt, Verdict};
pub use hasher::{Busy, HashError, Hasher};
use text::Typed;
pub use text::{LONGEST, Password, PasswordError};
