//! Parses paths of files, and detects a secret given where a path is expected.
//!
//! The rule: a path that is accepted is the path that was meant. Quotes, a line end, a byte-order
//! mark or an unexpanded `~`, left by a shell, an editor or a tool, would name another file, and
//! Lanyard would create a new database or key there.

use std::path::PathBuf;

use super::value::quoted;

/// Returns the path that a text names.
///
/// # Errors
/// The error continues the sentence "KEY …" and does not quote the text.
pub(super) fn path(text: &str) -> Result<PathBuf, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains(|c: char| c.is_control() || c == '\u{feff}') {
        return Err("holds a control character or a byte-order mark; write the bare path");
    }
    if text.trim() != text {
        return Err("begins or ends with white space; write the bare path");
    }
    if is_in_quotes(text) {
        return Err("is in quotes, which would become part of it; leave them out");
    }
    if text == "~" || text.starts_with("~/") {
        return Err("begins with ~, which only a shell replaces; write the path out");
    }
    Ok(PathBuf::from(text))
}

/// Returns whether a text begins or ends with a quote. `docker run --env-file` and some control
/// panels keep quotes.
pub(super) fn is_in_quotes(text: &str) -> bool {
    let quote = |c| c == '"' || c == '\'';
    text.starts_with(quote) || text.ends_with(quote)
}

/// Returns the text in quotes if it can only be a path, and otherwise words that reveal nothing of
/// it: users sometimes put a secret into a setting that takes the path of the secret's file.
pub(super) fn shown(text: &str) -> String {
    if may_be_secret(text) {
        "a text that is not shown here, since it may be a secret".to_owned()
    } else {
        quoted(text)
    }
}

/// The longest run of letters and digits expected in the name of a folder or file. 32 bytes in hex
/// are 64 characters, and the base64 of a key has runs longer than this.
const LONGEST_WORD: usize = 24;

/// The longest text without a dot, and without a slash at its start, that is expected to be a path.
/// A key in base64 (43 characters) can contain slashes.
const LONGEST_RELATIVE: usize = 40;

/// Returns whether a text may be a secret rather than a path.
pub(super) fn may_be_secret(text: &str) -> bool {
    let longest_word = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::len)
        .max()
        .unwrap_or_default();
    let is_plain_path = text.starts_with(['/', '.']) || text.contains('.');
    longest_word > LONGEST_WORD
        || text.contains("-----")
        || text.contains("://")
        || text.contains(['=', '@'])
        || text.contains(char::is_control)
        || (text.len() >= LONGEST_RELATIVE && !is_plain_path)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_left_around_a_path_is_refused() {
        for text in [
            "",
            "a.db\n",
            " a.db",
            "a.db ",
            "\u{feff}a.db",
            "\"a.db\"",
            "'a.db'",
            "a.db\"",
            "~",
            "~/a.db",
            "a\0b",
        ] {
            assert!(path(text).is_err(), "{text:?}");
        }
        for text in [
            "a.db",
            "/var/lib/a b.db",
            "a~",
            "./~/a",
            "it's",
            "..",
            "Оля.db",
        ] {
            assert_eq!(path(text), Ok(PathBuf::from(text)), "{text:?}");
        }
    }

    #[test]
    fn secrets_in_the_place_of_a_path_are_not_shown() {
        for text in [
            "postgres://u:hunter2@h/d",
            "host=h password=hunter2",
            "-----BEGIN PRIVATE KEY-----hunter2",
            "0001020304050607hunter2",
            "\"000102030405060708090a0b0c0d0e0f10hunter2\"",
        ] {
            let text = format!("{text}{}", "00".repeat(16));
            assert!(!shown(&text).contains("hunter2"), "{text}");
        }
        for text in [
            "/run/secrets/key",
            "keys/master",
            "/nonexistent",
            "/tmp/.tmpAb12Cd/key",
        ] {
            assert_eq!(shown(text), format!("{text:?}"));
        }
    }

    proptest! {
        #[test]
        fn a_path_that_is_taken_is_the_text_itself(text in "[ \\PC\n\"'~/]{0,12}") {
            if let Ok(path) = path(&text) {
                prop_assert_eq!(path.to_str().unwrap(), &text);
                prop_assert_eq!(text.trim(), &text);
                prop_assert!(!is_in_quotes(&text) && !text.contains(char::is_control));
            }
        }

        #[test]
        fn a_key_is_never_shown(bytes in any::<[u8; 32]>()) {
            let text = STANDARD.encode(bytes);
            // A leading slash makes it look like a path. One in 64 keys in base64 begins with a
            // slash.
            prop_assume!(!text.starts_with('/'));
            let bare = text.trim_end_matches('=');
            prop_assert!(!shown(bare).contains(&bare[..12]), "{}", bare);
        }
    }
}
