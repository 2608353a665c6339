//! The components that a signature may cover (RFC 9421, section 2).

use sfv::{BareItem, Item};

use super::{Message, SignatureError};

/// Names of components of a request that are no fields, with the component.
const DERIVED: [(&str, Component); 7] = [
    ("@method", Component::Method),
    ("@target-uri", Component::TargetUri),
    ("@authority", Component::Authority),
    ("@scheme", Component::Scheme),
    ("@path", Component::Path),
    ("@query", Component::Query),
    ("@request-target", Component::RequestTarget),
];

/// A component that a signature may cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// The method.
    Method,
    /// Scheme, host, path and query.
    TargetUri,
    /// Host and port.
    Authority,
    /// The scheme.
    Scheme,
    /// The path.
    Path,
    /// The query, with its question mark.
    Query,
    /// The target of the request line.
    RequestTarget,
    /// A field, by its name in lower case.
    Field(Box<str>),
}

impl Component {
    /// Returns the component with this name; `None` if there is none.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if name.starts_with('@') {
            let mut known = DERIVED.into_iter();
            return known.find(|(own, _)| *own == name).map(|(_, found)| found);
        }
        // The characters of a token (RFC 9110, section 5.6.2) without capital letters.
        let may = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
        };
        let is_name = !name.is_empty() && name.bytes().all(may);
        is_name.then(|| Self::Field(name.into()))
    }

    /// Reads a component of a list.
    pub(super) fn read(item: &Item) -> Result<Self, SignatureError> {
        let BareItem::String(name) = &item.bare_item else {
            return Err(SignatureError::Component);
        };
        let found = Self::of(name.as_str()).ok_or(SignatureError::Component)?;
        if !item.params.is_empty() {
            return Err(SignatureError::ComponentParameter);
        }
        Ok(found)
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        if let Self::Field(name) = self {
            return name;
        }
        let mut known = DERIVED.iter();
        known
            .find(|(_, own)| own == self)
            .map_or("", |(name, _)| name)
    }

    /// Returns the value in a request.
    pub(super) fn value(&self, message: &Message<'_>) -> Result<String, SignatureError> {
        let authority = || message.normal_authority().ok_or(SignatureError::Host);
        let (path, query) = message.split();
        Ok(match self {
            Self::Method => message.method.to_owned(),
            Self::TargetUri => format!(
                "{}://{}{}",
                message.scheme,
                authority()?,
                message.path_and_query
            ),
            Self::Authority => authority()?,
            Self::Scheme => message.scheme.to_owned(),
            Self::Path => path.to_owned(),
            Self::Query => format!("?{}", query.unwrap_or_default()),
            Self::RequestTarget => message.request_target.to_owned(),
            Self::Field(name) => field(message, name)?,
        })
    }
}

/// Returns the value of a field: its lines, trimmed and joined (RFC 9421, section 2.1).
pub(super) fn field(message: &Message<'_>, name: &str) -> Result<String, SignatureError> {
    let lines = message.fields.lines(name);
    if lines.is_empty() {
        return Err(SignatureError::Missing(name.into()));
    }
    let mut value = String::new();
    for (index, line) in lines.into_iter().enumerate() {
        let line = Some(line).filter(|line| line.is_ascii() && !line.contains(&b'\n'));
        let text = line.and_then(|line| std::str::from_utf8(line).ok());
        let text = text.ok_or_else(|| SignatureError::NotAscii(name.into()))?;
        if index > 0 {
            value.push_str(", ");
        }
        value.push_str(text.trim_matches([' ', '\t']));
    }
    Ok(value)
}
