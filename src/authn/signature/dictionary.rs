//! The members of a dictionary (RFC 9651, section 3.2), each with its text as it was sent: that text
//! is signed.

use sfv::{Dictionary, ListEntry, Parser};

use super::{Fields, SignatureError};

/// The most members of a dictionary. Proxies add one signature each.
const MOST: usize = 16;

/// A member of a dictionary.
#[derive(Debug)]
pub(super) struct Member<'a> {
    /// The label.
    pub(super) label: &'a str,
    /// What follows the equals sign, as it was sent.
    pub(super) text: &'a str,
    /// The value.
    pub(super) value: ListEntry,
}

/// Returns the value of a field as one text. `None` if the request does not have the field.
pub(super) fn joined(fields: &dyn Fields, name: &str) -> Result<Option<String>, SignatureError> {
    let lines = fields.lines(name);
    if lines.is_empty() {
        return Ok(None);
    }
    let joined = lines.join(b", ".as_slice());
    String::from_utf8(joined)
        .ok()
        .filter(|text| text.is_ascii())
        .map(Some)
        .ok_or(SignatureError::Malformed)
}

/// Returns the members of a dictionary. Unlike RFC 9651 it refuses two members with one label,
/// instead of forgetting the first.
pub(super) fn members(text: &str) -> Result<Vec<Member<'_>>, SignatureError> {
    let mut found: Vec<Member<'_>> = Vec::new();
    for piece in pieces(text) {
        if found.len() == MOST {
            return Err(SignatureError::Malformed);
        }
        let piece = piece.trim_matches([' ', '\t']);
        let (label, text) = piece.split_once('=').ok_or(SignatureError::Malformed)?;
        // A piece that was cut at a wrong comma is not one whole member.
        let parsed: Dictionary = Parser::new(piece)
            .parse()
            .map_err(|_| SignatureError::Malformed)?;
        let mut parsed = parsed.into_iter();
        let (Some((key, value)), None) = (parsed.next(), parsed.next()) else {
            return Err(SignatureError::Malformed);
        };
        // An equals sign that belongs to a parameter of a member without a value is none of ours.
        if key.as_str() != label || found.iter().any(|other| other.label == label) {
            return Err(SignatureError::Malformed);
        }
        found.push(Member { label, text, value });
    }
    Ok(found)
}

/// Cuts a text at the commas outside of strings.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let comma = text.bytes().position(|byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b',' if !quoted => return true,
                _ => {}
            }
            false
        });
        let (piece, after) = match comma {
            None => (text, None),
            Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        };
        rest = after;
        Some(piece)
    })
}
