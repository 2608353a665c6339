//! What is wrong with a configuration, all of it at once.

use std::{
    error::Error,
    fmt::{self, Write as _},
    path::PathBuf,
};

/// Where a setting was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the configuration file, at a line counted from 1 where it is known.
    File(PathBuf, Option<usize>),
    /// In the environment variable of this name.
    Environment(String),
    /// In a credential of this name that the service manager put into `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// On the command line.
    Flag,
    /// Nowhere: the default stands, or something required is absent.
    Unset,
}

/// One thing wrong: which key, where it was given, what is wrong and what would be accepted.
///
/// Never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    key: Option<String>,
    origin: Origin,
    what: String,
}

impl SettingError {
    /// A fault of one key; `what` continues the sentence that the key begins.
    pub(super) fn of(key: impl Into<String>, origin: Origin, what: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            origin,
            what: what.into(),
        }
    }

    /// A fault of the file as a whole; `what` is a sentence of its own.
    pub(super) fn of_file(origin: Origin, what: impl Into<String>) -> Self {
        Self {
            key: None,
            origin,
            what: what.into(),
        }
    }

    /// The key at fault, or the name of an unknown variable; none when the file as a whole is at fault.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Where the faulty value was given.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for SettingError {
    /// One line, whatever control characters the configuration held.
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

/// Everything wrong with a configuration; never empty. `Display` gives one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingErrors(pub(super) Vec<SettingError>);

impl SettingErrors {
    /// The errors: the file's syntax first, then by section, then unknown keys.
    pub fn iter(&self) -> impl Iterator<Item = &SettingError> {
        self.0.iter()
    }
}

impl fmt::Display for SettingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char('\n')?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for SettingErrors {}
