//! Forms.

use crate::page::Language;

use super::{Link, Phrase};

/// A form that is sent by POST.
#[derive(Debug)]
pub(crate) struct Form {
    /// Its id in the page, and `data-testid`.
    pub(crate) id: &'static str,
    pub(crate) action: String,
    /// The hidden fields, `csrf` first.
    pub(crate) hidden: Vec<(&'static str, String)>,
    pub(crate) fields: Vec<Field>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) cancel: Option<Link>,
    /// Whether it has a file.
    pub(crate) multipart: bool,
    /// Why it was refused; empty if it was not.
    pub(crate) errors: Vec<FormError>,
}

/// A field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) control: Control,
    /// What stands in it. Always empty for a secret.
    pub(crate) value: String,
    pub(crate) hint: Option<Phrase>,
    pub(crate) required: bool,
}

/// How a field is filled in.
#[derive(Debug, Clone)]
pub(crate) enum Control {
    /// One line: `type`, `autocomplete`, `inputmode`.
    Line {
        kind: &'static str,
        autocomplete: &'static str,
        mode: &'static str,
    },
    /// A file of these types.
    File { accept: &'static str },
    /// Several lines. Browsers neither remember nor check what is typed.
    Area,
    /// One of some choices.
    Select(Vec<Choice>),
    /// One of some choices, all of them seen.
    Radios(Vec<Choice>),
    /// Any of some choices.
    Checks(Vec<Choice>),
    /// Yes or no.
    Check { ticked: bool },
}

/// A choice.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
    /// What it means. `None` if the label says enough.
    pub(crate) hint: Option<String>,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            chosen,
            hint: None,
        }
    }
}

/// A button that sends a form.
#[derive(Debug, Clone)]
pub(crate) struct Button {
    /// The value of `do`.
    pub(crate) verb: &'static str,
    pub(crate) label: String,
    pub(crate) danger: bool,
}

/// Why a form was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormError {
    /// The field to change; `None` if it is none of them.
    pub(crate) field: Option<&'static str>,
    pub(crate) text: String,
}

impl FormError {
    /// The message `id`, at a field or at none.
    pub(crate) fn of(language: Language, field: Option<&'static str>, id: &str) -> Self {
        Self {
            field,
            text: language.text(id),
        }
    }
}

impl Field {
    /// A line of text with `value` in it.
    pub(crate) fn line(name: &'static str, label: String, value: &str) -> Self {
        Self {
            name,
            label,
            control: Control::Line {
                kind: "text",
                autocomplete: "off",
                mode: "",
            },
            value: value.to_owned(),
            hint: None,
            required: false,
        }
    }

    /// An empty line for a password. `autocomplete` says which one.
    pub(crate) fn password(name: &'static str, label: String, autocomplete: &'static str) -> Self {
        Self::controlled(
            name,
            label,
            Control::Line {
                kind: "password",
                autocomplete,
                mode: "",
            },
        )
    }

    /// A field without a value of its own.
    pub(crate) fn controlled(name: &'static str, label: String, control: Control) -> Self {
        Self {
            control,
            ..Self::line(name, label, "")
        }
    }

    /// Whether one choice excludes the others.
    pub(super) const fn is_single(&self) -> bool {
        matches!(self.control, Control::Radios(_))
    }

    pub(crate) fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    pub(crate) fn hinted(self, hint: String) -> Self {
        Self {
            hint: Some(Phrase::plain(hint)),
            ..self
        }
    }
}

impl Form {
    /// A form without fields and buttons.
    pub(crate) fn new(id: &'static str, action: impl Into<String>, csrf: String) -> Self {
        Self {
            id,
            action: action.into(),
            hidden: vec![("csrf", csrf)],
            fields: Vec::new(),
            buttons: Vec::new(),
            cancel: None,
            multipart: false,
            errors: Vec::new(),
        }
    }

    pub(crate) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    pub(crate) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub(crate) fn button(mut self, verb: &'static str, label: String) -> Self {
        self.buttons.push(Button {
            verb,
            label,
            danger: false,
        });
        self
    }

    pub(crate) fn danger(mut self, verb: &'static str, label: String) -> Self {
        self.buttons.push(Button {
            verb,
            label,
            danger: true,
        });
        self
    }

    pub(crate) fn cancel(mut self, href: impl Into<String>, label: String) -> Self {
        self.cancel = Some(Link {
            href: href.into(),
            label,
        });
        self
    }

    /// A form with a file.
    pub(crate) fn multipart(self) -> Self {
        Self {
            multipart: true,
            ..self
        }
    }

    pub(crate) fn errors(mut self, errors: Vec<FormError>) -> Self {
        let place = |name| self.fields.iter().position(|field| field.name == name);
        self.errors = errors;
        // In the order in which the fields stand; those of no field come first.
        self.errors.sort_by_key(|error| error.field.map(place));
        self
    }

    /// Returns the errors of a field.
    pub(super) fn errors_of(&self, field: &Field) -> Vec<&str> {
        let of_field = |error: &&FormError| error.field == Some(field.name);
        let found = self.errors.iter().filter(of_field);
        found.map(|error| error.text.as_str()).collect()
    }

    /// Returns an error as the list above the form has it: with the label of its field, since several
    /// fields can have the same error.
    pub(super) fn listed(&self, error: &FormError) -> String {
        let named = |field: &&Field| error.field == Some(field.name);
        match self.fields.iter().find(named) {
            Some(field) => format!("{}: {}", field.label, error.text),
            None => error.text.clone(),
        }
    }

    /// Returns the ids of what describes a field; empty if nothing does.
    pub(super) fn described_by(&self, field: &Field) -> String {
        let wrong = !self.errors_of(field).is_empty();
        let error = wrong.then(|| format!("{}-error", field.name));
        let hint = field.hint.as_ref().map(|_| format!("{}-hint", field.name));
        error.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }
}
