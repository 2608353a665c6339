//! What people write beside a token.

use std::fmt;
use std::str::FromStr;

use crate::base::name;

/// The label of a company token, or the note of an issue: 1 to 200 characters, at least one of them
/// visible, and no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

/// The text cannot be a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 200 characters, at least one of them visible, and no control characters")]
pub struct LabelError;

impl Label {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let text = text.trim();
        if name::is_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(LabelError)
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
