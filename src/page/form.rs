//! The one form of a page that asks.

use std::time::Duration;

use super::{Ask, Language};

/// A field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name under which it is sent; also its `id`.
    pub name: &'static str,
    /// The text of its label.
    pub label: String,
    /// Whether what is typed is hidden.
    pub secret: bool,
    /// What a browser or a password manager may fill in (HTML, section 4.10.18.7).
    pub autocomplete: &'static str,
    /// Whether letters are capitals: a hint to keyboards on a screen.
    pub capitals: bool,
    /// What stands in it. Always empty for a password.
    pub value: String,
    /// Whether it is sent. One that is not is shown only, and has no name.
    pub sent: bool,
    /// What helps to fill it in; `None` if the label says enough.
    pub hint: Option<String>,
}

impl Field {
    /// A field whose text is seen, with `value` in it.
    #[must_use]
    pub fn plain(
        name: &'static str,
        label: String,
        autocomplete: &'static str,
        value: &str,
    ) -> Self {
        Self {
            name,
            label,
            secret: false,
            autocomplete,
            capitals: false,
            value: value.to_owned(),
            sent: true,
            hint: None,
        }
    }

    /// An empty field for a password.
    #[must_use]
    pub fn password(name: &'static str, label: String, autocomplete: &'static str) -> Self {
        Self {
            secret: true,
            ..Self::plain(name, label, autocomplete, "")
        }
    }

    /// A field that only shows `value`, so that a password manager sees whose password this is.
    #[must_use]
    pub fn shown(id: &'static str, label: String, autocomplete: &'static str, value: &str) -> Self {
        Self {
            sent: false,
            ..Self::plain(id, label, autocomplete, value)
        }
    }

    /// The same field with a hint.
    #[must_use]
    pub fn hinted(self, hint: String) -> Self {
        Self {
            hint: Some(hint),
            ..self
        }
    }
}

/// A button that sends a form.
#[derive(Clone, Debug)]
pub struct Button {
    /// The value of `do`: what happens.
    pub value: &'static str,
    /// What it says.
    pub label: String,
}

/// Why a form was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field that has to be changed; `None` if it is none of them.
    pub field: Option<&'static str>,
    /// What is wrong, and what to do.
    pub text: String,
}

impl FieldError {
    /// The message `id`, at a field or at none.
    #[must_use]
    pub fn of(language: Language, field: Option<&'static str>, id: &str) -> Self {
        Self {
            field,
            text: language.text(id),
        }
    }

    /// Too many attempts; the time to wait.
    #[must_use]
    pub fn throttled(language: Language, wait: Duration) -> Self {
        Self {
            field: None,
            text: language.text_with_wait("throttled", wait),
        }
    }
}

/// The one form of a page that asks. The template is `templates/form.html`.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// The text of the hidden field `csrf`.
    pub csrf: String,
    /// The text of the hidden field `request`; `None` if there is no such field.
    pub request: Option<String>,
    /// The fields, from top to bottom.
    pub fields: Vec<Field>,
    /// The buttons. The first is what the return key does, and stands out; the others do not look
    /// at the fields.
    pub buttons: Vec<Button>,
    /// Why it was refused, the page being shown again; empty if it was not.
    pub errors: Vec<FieldError>,
}

impl Form {
    /// A form without fields and buttons.
    pub(super) fn new(ask: &Ask<'_>, path: &str) -> Self {
        Self {
            action: ask.look.link(path, &[]),
            csrf: ask.csrf.as_str().to_owned(),
            request: ask.request.map(str::to_owned),
            fields: Vec::new(),
            buttons: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub(super) fn button(mut self, value: &'static str, label: String) -> Self {
        self.buttons.push(Button { value, label });
        self
    }

    pub(super) fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Returns the errors of a field.
    pub(super) fn errors_of(&self, field: &Field) -> Vec<&str> {
        let of_field = |error: &&FieldError| error.field == Some(field.name);
        self.errors
            .iter()
            .filter(of_field)
            .map(|error| error.text.as_str())
            .collect()
    }

    /// Returns whether a field has an error.
    pub(super) fn is_wrong(&self, field: &Field) -> bool {
        self.errors
            .iter()
            .any(|error| error.field == Some(field.name))
    }

    /// Returns the ids of what describes a field, for `aria-describedby`; empty if nothing does.
    pub(super) fn described_by(&self, field: &Field) -> String {
        let error = self
            .is_wrong(field)
            .then(|| format!("{}-error", field.name));
        let hint = field.hint.as_ref().map(|_| format!("{}-hint", field.name));
        error.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }

    /// Returns whether the page is shown with the cursor in this field: the first that is empty,
    /// unless there are errors, which then have the focus.
    pub(super) fn focused(&self, field: &Field) -> bool {
        let first = self
            .fields
            .iter()
            .find(|field| field.sent && field.value.is_empty());
        self.errors.is_empty() && first.is_some_and(|first| first.name == field.name)
    }
}
