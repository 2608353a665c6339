//! Whether a text has a name of a person.

use crate::audit::chain::ERASED;
use crate::base::caseless;

/// The shortest name that is looked for in texts about somebody else (bytes).
const SURE: usize = 3;

/// What identifies a person: name, email and the like.
#[derive(Debug, Clone)]
pub(super) struct Names(Vec<String>);

impl Names {
    /// Returns the names, which are compared without regard to case.
    pub(super) fn of(names: Vec<String>) -> Self {
        let names = names.into_iter().filter(|name| name != ERASED);
        let names = names.map(|name| caseless::key(name.trim()));
        Self(names.filter(|name| !name.is_empty()).collect())
    }

    /// Returns whether a text has one of the names as a word.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.at_least(1, text)
    }

    /// The same without names so short that they are likely another word.
    pub(super) fn are_surely_in(&self, text: &str) -> bool {
        self.at_least(SURE, text)
    }

    fn at_least(&self, bytes: usize, text: &str) -> bool {
        let text = caseless::key(text);
        let mut names = self.0.iter().filter(|name| name.len() >= bytes);
        names.any(|name| has_word(&text, name))
    }
}

/// Returns whether `text` has `word`, and neither end of it goes on as a longer word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|after| after.chars().next());
        !goes_on(before, word.chars().next()) && !goes_on(word.chars().next_back(), after)
    })
}

/// Returns whether two characters belong to one word. Chinese is written without spaces.
fn goes_on(one: Option<char>, other: Option<char>) -> bool {
    let spells =
        |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() && char < '\u{2e80}');
    spells(one) && spells(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        Names::of(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_name_is_found_as_a_word_in_any_case() {
        let names = names(&["Nguyễn An", "an@a.example", "u-10", "王伟"]);
        for text in [
            "NGUYỄN AN",
            "by nguyễn an.",
            "<AN@a.example>",
            "ids u-10, u-11",
            "操作员王伟已登录",
        ] {
            assert!(names.are_in(text) && names.are_surely_in(text), "{text}");
        }
        for text in ["Nguyễn Anh", "u-101", "fan@a.example", "", "An"] {
            assert!(!names.are_in(text), "{text}");
        }
    }

    #[test]
    fn a_short_name_is_looked_for_in_texts_about_the_person_only() {
        let names = names(&["An"]);
        assert!(names.are_in("An signed in"));
        assert!(!names.are_surely_in("an hour"));
        assert!(!names.are_in("and"));
    }

    #[test]
    fn what_was_erased_has_no_name() {
        let names = names(&[ERASED, " ", ""]);
        assert!(!names.are_in(ERASED));
        assert!(!names.are_in("any text"));
    }
}
