//! The errors of a configuration, all reported at once.

use std::{
    error::Error,
    fmt::{self, Write as _},
    path::PathBuf,
};

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the configuration file, at this line (from 1) if it is known.
    File(PathBuf, Option<usize>),
    /// In the environment variable of this name.
    Environment(String),
    /// In the credential of this name in the service manager's `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// On the command line.
    Flag,
    /// Nowhere: the default applies, or a required setting is missing.
    Unset,
}

/// One error: the key, where it was given, what is wrong, and what is accepted instead.
///
/// Never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    key: Option<String>,
    origin: Origin,
    what: String,
}

impl SettingError {
    /// An error of one key. `what` continues the sentence that begins with the key.
    pub(super) fn of(key: impl Into<String>, origin: Origin, what: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            origin,
            what: what.into(),
        }
    }

    /// An error of the file as a whole. `what` is a full sentence.
    pub(super) fn of_file(origin: Origin, what: impl Into<String>) -> Self {
        Self {
            key: None,
            origin,
            what: what.into(),
        }
    }

    /// Returns the key, or the name of an unknown variable; `None` if the error is of the file as a
    /// whole.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Returns where the wrong value was given.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for SettingError {
    /// Writes one line. Control characters from the configuration are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        match &self.origin {
            Origin::File(path, None) => write!(line, "{}: ", path.display())?,
            Origin::File(path, Some(number)) => write!(line, "{}:{number}: ", path.display())?,
            Origin::Environment(name) if self.key.as_ref() != Some(name) => {
                write!(line, "{name}: ")?;
            }
            Origin::Credential(name) => write!(line, "credential {name}: ")?,
            Origin::Flag => line.push_str("command line: "),
            Origin::Environment(_) | Origin::Unset => {}
        }
        if let Some(key) = &self.key {
            write!(line, "{key} ")?;
        }
        line.push_str(&self.what);
        for character in line.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// All errors of a configuration, at least one. `Display` writes one line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingErrors(pub(super) Vec<SettingError>);

impl SettingErrors {
    /// Returns the errors: syntax errors of the file first, then by section, then unknown keys.
    pub fn iter(&self) -> impl Iterator<Item = &SettingError> {
        self.0.iter()
    }
}

impl fmt::Display for SettingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for SettingErrors {}
