//! A text around a name that somebody else gave.

use crate::page::{Language, Value};

/// A text, with the place of one name. The name is escaped and set apart (`<bdi>`), and never goes
/// through Fluent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub(crate) before: String,
    pub(crate) name: Option<String>,
    pub(crate) after: String,
}

impl Phrase {
    /// A text without a name.
    pub(crate) fn plain(text: String) -> Self {
        Self {
            before: text,
            ..Self::default()
        }
    }

    /// The message `id` around a name.
    pub(crate) fn around(language: Language, id: &str, name: &str) -> Self {
        Self::around_with(language, id, name, &[])
    }

    /// The message `id` around a name, with further values.
    pub(crate) fn around_with(
        language: Language,
        id: &str,
        name: &str,
        values: &[(&str, Value<'_>)],
    ) -> Self {
        let around = language.around_with(id, values);
        Self {
            before: around.before,
            name: Some(name.to_owned()),
            after: around.after,
        }
    }

    /// Returns the phrase as plain text, for `<title>`.
    pub(crate) fn to_text(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        format!("{}{name}{}", self.before, self.after)
    }
}
