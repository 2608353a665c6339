//! Which texts can be names that people give.

use super::caseless;

/// Longest name (characters).
const LONGEST: usize = 200;

/// Returns whether a text can be one that was stored as a name: it has 1 to 200 characters, is not all
/// white space, and has no control character.
#[must_use]
pub fn is_text(name: &str) -> bool {
    (1..=LONGEST).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control)
}

/// Returns whether a text can become a name: it is as [`is_text`] says, and a reader sees at least one
/// of its characters.
#[must_use]
pub fn is_name(name: &str) -> bool {
    is_text(name) && caseless::is_visible(name)
}

/// Returns whether a text can be the login of an organization: it has 1 to 200 characters, none of
/// them a control character or white space. A login that an older release accepted may have
/// characters that a new one may not have.
#[must_use]
pub fn can_be_login(login: &str) -> bool {
    (1..=LONGEST).contains(&login.chars().count())
        && !login.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_has_something_to_see() {
        for bad in ["\u{200b}", "\u{200b}\u{202e}", "\u{3164}", "\u{2800}"] {
            assert!(is_text(bad) && !is_name(bad), "{bad:?}");
        }
        for bad in ["", " ", "a\nb", &"x".repeat(201)] {
            assert!(!is_text(bad) && !is_name(bad), "{bad:?}");
        }
        assert!(is_name("Công ty \u{200d}"));
    }
}
