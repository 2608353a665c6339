//! Reads a page as a browser does.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

/// An element's start: its name and its attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Tag {
    /// The value of an attribute; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

/// A page as a browser reads it.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The starts of elements, from first to last.
    pub(super) tags: Vec<Tag>,
    /// All text between the elements, a line for each piece.
    pub(super) text: String,
    /// What a browser calls a mistake.
    pub(super) mistakes: Vec<String>,
}

impl Read {
    pub(super) fn all(&self, name: &str) -> Vec<&Tag> {
        self.tags.iter().filter(|tag| tag.name == name).collect()
    }

    /// The names of elements and attributes, without any value.
    pub(super) fn skeleton(&self) -> Vec<String> {
        let names = |tag: &Tag| {
            let attributes: Vec<_> = tag.attributes.keys().map(String::as_str).collect();
            format!("{} {}", tag.name, attributes.join(" "))
        };
        self.tags.iter().map(names).collect()
    }
}

pub(super) fn read(html: &str) -> Read {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut read = Read::default();
    for token in Tokenizer::new(html) {
        match token.unwrap() {
            Token::StartTag(tag) => {
                read.text.push('\n');
                let attributes = tag.attributes.iter();
                read.tags.push(Tag {
                    name: text(&tag.name),
                    attributes: attributes
                        .map(|(name, value)| (text(name), text(value)))
                        .collect(),
                });
            }
            Token::String(piece) => read.text.push_str(&text(&piece)),
            Token::Error(error) => read.mistakes.push(error.to_string()),
            Token::EndTag(_) => read.text.push('\n'),
            Token::Comment(_) | Token::Doctype(_) => {}
        }
    }
    read
}
