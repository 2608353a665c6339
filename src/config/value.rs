//! A setting as it was written, before it has a type.

/// A value from one of the layers. It may be a secret, so it has no `Debug`, and only
/// [`Value::shown`] prints it.
pub(super) enum Value {
    /// From the environment or the command line: text that can mean any type.
    Bare(String),
    /// A string in the file.
    Text(String),
    /// An integer in the file.
    Integer(i64),
    /// A boolean in the file.
    Boolean(bool),
    /// An array in the file.
    List(Vec<Value>),
    /// A type that no setting accepts, by its name.
    Other(&'static str),
}

const LONGEST_SHOWN: usize = 60;

impl Value {
    /// Returns the text; `None` if the value is of another type.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Bare(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the whole number; `None` if the value is of another type. A quoted number in the
    /// file is text.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Bare(text) => text.trim().parse().ok(),
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the value as an error quotes it. Not for secrets: use [`Value::kind`].
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Bare(text) => quoted(text),
            Self::Text(text) => format!("the text {}", quoted(text)),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::List(_) | Self::Other(_) => self.kind().to_owned(),
        }
    }

    /// Returns the type of the value, which reveals nothing of its content.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Bare(_) | Self::Text(_) => "text",
            Self::Integer(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }
}

/// Returns the text in quotes, shortened if it is long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
    }
}
