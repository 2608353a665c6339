//! A setting as it was written, before anyone knows its type.

/// A value from one of the layers. It may be a secret: there is no `Debug`, and only
/// [`Value::shown`] prints it.
pub(super) enum Value {
    /// From the environment or the command line: text that may stand for anything.
    Bare(String),
    /// A string of the file.
    Text(String),
    /// An integer of the file.
    Integer(i64),
    /// A boolean of the file.
    Boolean(bool),
    /// An array of the file.
    List(Vec<Value>),
    /// Something of the file that no setting takes, by the name of its type.
    Other(&'static str),
}

const LONGEST_SHOWN: usize = 60;

impl Value {
    /// The text, when it is text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Bare(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, when it is one. A quoted number of the file is text.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Bare(text) => text.trim().parse().ok(),
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// How a fault quotes the value. Not for secrets: see [`Value::kind`].
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Bare(text) => quoted(text),
            Self::Text(text) => format!("the text {}", quoted(text)),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::List(_) | Self::Other(_) => self.kind().to_owned(),
        }
    }

    /// What sort of thing the value is, giving nothing of it away.
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

/// The text in quotes, cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
    }
}
