//! The form of a page, as a browser reads it.

use html5gum::{Token, Tokenizer};

/// The one form of a page.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// Where it is sent, relative to the page.
    pub(crate) action: String,
    /// Names and values of what a person does not see.
    pub(crate) hidden: Vec<(String, String)>,
    /// The names of the fields that a person fills in.
    pub(crate) fields: Vec<String>,
    /// What stands in the field `user_code`, as the URL of a device fills it in. `None` if there is no
    /// such field.
    pub(crate) user_code: Option<String>,
    /// The values of the buttons named `do`.
    pub(crate) buttons: Vec<String>,
}

impl Form {
    /// Reads a page. `None` if it has no form.
    pub(crate) fn read(html: &str) -> Option<Self> {
        let mut form = None;
        for token in Tokenizer::new(html) {
            let Token::StartTag(tag) = token.unwrap() else {
                continue;
            };
            let get = |name: &str| {
                let found = tag.attributes.get(name.as_bytes());
                found.map(|value| String::from_utf8(value.to_vec()).unwrap())
            };
            let name = String::from_utf8(tag.name.to_vec()).unwrap();
            if name == "form" {
                let action = get("action").unwrap();
                form = Some(Self {
                    action,
                    ..Self::default()
                });
                continue;
            }
            let Some(form) = &mut form else { continue };
            match (&*name, get("name")) {
                ("button", Some(named)) if named == "do" => {
                    form.buttons.push(get("value").unwrap());
                }
                ("input", Some(named)) if get("type").as_deref() == Some("hidden") => {
                    form.hidden.push((named, get("value").unwrap()));
                }
                ("input", Some(named)) => {
                    if named == "user_code" {
                        form.user_code = get("value");
                    }
                    form.fields.push(named);
                }
                _ => {}
            }
        }
        form
    }
}
