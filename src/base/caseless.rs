//! Decides when two names are the same: Unicode 3.13, default caseless matching, full case folding
//! without the Turkic rules. Used for logins, emails and passwords. `str::to_lowercase` is not
//! enough: it keeps `ΟΔΟΣ` and `οδοσ` different, and also composed and decomposed letters.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Returns the composed form (NFC) of a text. Copies the text only if it is not in that form
/// already.
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfc().normalize(text)
}

/// Returns the key of a name, NFC(toCasefold(NFC(name))). Two names are the same if their keys are
/// equal.
#[must_use]
pub fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    any_key(name)
}

fn any_key(name: &str) -> String {
    let folded = CaseMapper::new().fold_string(&composed(name)).into_owned();
    composed(&folded).into_owned()
}

/// The blank Braille pattern. Unicode classifies it as a symbol, but readers see nothing.
const BLANK_CELL: char = '\u{2800}';

/// Returns whether a character shows nothing itself or moves other characters: default-ignorable
/// characters, controls, white space, bidirectional controls, and unassigned code points.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    let unseen = matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    unseen
        || c == BLANK_CELL
        || c.is_whitespace()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<BidiControl>().contains(c)
}

/// Returns whether a text has at least one visible character.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !is_invisible(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_normalizer::DecomposingNormalizer;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_the_same() {
        for (one, other) in [
            ("Acme", "ACME"),
            ("công-ty", "co\u{302}ng-ty"),
            ("CÔNG-TY", "co\u{302}ng-ty"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("straße", "STRASSE"),
            ("ẞ", "ss"),
            ("ﬁ", "FI"),
            ("ǰ", "J\u{30c}"),
            // Ypogegrammeni and a breathing in either order.
            ("α\u{345}\u{313}", "α\u{313}\u{345}"),
            ("ᾀ", "ἀι"),
            ("Ångström", "\u{212b}ngstro\u{308}m"),
            ("K", "\u{212a}"),
            ("İ", "i\u{307}"),
            ("Ꭰ", "ꭰ"),
        ] {
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
        for (one, other) in [
            ("ı", "i"),
            ("cong", "công"),
            ("a", "а"),
            ("ﾊ", "ハ"),
            ("²", "2"),
        ] {
            assert_ne!(key(one), key(other), "{one} and {other}");
        }
    }

    /// Its upper case is `I`, which is `i` without the Turkic rules. So it is a letter of its own,
    /// and the only one whose upper case has another key.
    const DOTLESS_I: char = 'ı';

    /// Checks every character, because the folding rule is a table.
    #[test]
    fn the_key_of_every_character_is_its_own_key_and_that_of_its_other_cases() {
        for c in '\0'..=char::MAX {
            let (text, name) = (c.to_string(), key(&c.to_string()));
            assert_eq!(key(&name), name, "{c:?}");
            assert_eq!(key(&text.to_lowercase()), name, "{c:?} in lower case");
            if c != DOTLESS_I {
                assert_eq!(key(&text.to_uppercase()), name, "{c:?} in upper case");
            }
            let decomposed = DecomposingNormalizer::new_nfd()
                .normalize(&text)
                .into_owned();
            assert_eq!(key(&decomposed), name, "{c:?} decomposed");
        }
    }

    #[test]
    fn what_nobody_sees() {
        for c in "\0\n \u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{202e}\u{2028}\u{2060}\u{2066}\u{2800}\u{3000}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0001}\u{e0020}\u{378}"
            .chars()
        {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in "aÔ一ก\u{e31}😀-._@/\u{301}".chars() {
            assert!(!is_invisible(c), "{c:?}");
        }
        assert!(!is_visible("\u{200b}"));
        assert!(!is_visible(""));
        assert!(is_visible("\u{200b}x"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in any::<String>()) {
            let name = key(&text);
            prop_assert_eq!(key(&name), name);
        }

        #[test]
        fn the_short_way_for_ascii_is_the_same(text in "[\\x00-\\x7f]{0,40}") {
            prop_assert_eq!(key(&text), any_key(&text));
        }

        #[test]
        fn a_name_is_the_same_however_it_is_composed(text in any::<String>(), marks in "[a-zα-ωơư\u{300}-\u{345}]{0,12}") {
            for text in [text, marks] {
                let decomposed = DecomposingNormalizer::new_nfd().normalize(&text).into_owned();
                prop_assert_eq!(key(&decomposed), key(&text));
                prop_assert_eq!(key(&composed(&text)), key(&text));
            }
        }

        #[test]
        fn what_lower_case_made_one_is_one(text in "[a-zA-ZÀ-ỹΑ-Ωα-ωςА-я]{0,12}") {
            prop_assert_eq!(key(&text.to_lowercase()), key(&text));
            if !text.contains(DOTLESS_I) {
                prop_assert_eq!(key(&text.to_uppercase()), key(&text));
            }
        }
    }
}
