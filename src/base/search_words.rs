//! The words by which operators, organizations and API keys are found: without regard to case and
//! diacritics, so `nguyen van` finds Nguyễn Văn An.

use std::collections::BTreeSet;

use icu_normalizer::DecomposingNormalizer;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};

use super::caseless;

/// The largest number of words of one record.
const MOST: usize = 40;

/// The largest number of words of one search. Each costs a look into the index, and no person has more
/// names than that.
const MOST_ASKED: usize = 8;

/// The longest word (characters). A longer one is found by its beginning.
const LONGEST: usize = 64;

/// Returns a text without case and diacritics.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        // It has no marks, and nothing to decompose.
        return text.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizer::new_nfkd();
    let text = caseless::key(&decomposed.normalize(text));
    let categories = CodePointMapData::<GeneralCategory>::new();
    let text = decomposed.normalize(&text);
    let kept = text
        .chars()
        .filter(|c| categories.get(*c) != GeneralCategory::NonspacingMark);
    // Letters that Unicode does not decompose.
    kept.map(|c| match c {
        'đ' | 'ð' => 'd',
        'ł' => 'l',
        'ø' => 'o',
        'ı' => 'i',
        other => other,
    })
    .collect()
}

/// Returns the words of a text that a person types to find something: the first eight of them.
#[must_use]
pub fn asked(text: &str) -> Vec<String> {
    let text = folded(text);
    let mut words = Vec::new();
    for word in text.split_whitespace().map(cut) {
        if words.len() < MOST_ASKED && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Returns the words of some texts, each as a whole and in its parts. Chinese text has no spaces, so there
/// each character begins a word.
#[must_use]
pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let scripts = CodePointMapData::<Script>::new();
    for text in texts {
        let text = folded(text);
        for whole in text.split_whitespace() {
            words.insert(cut(whole));
            for part in whole.split(|c: char| !c.is_alphanumeric()) {
                words.insert(cut(part));
                for (at, c) in part.char_indices() {
                    if scripts.get(c) == Script::Han {
                        words.insert(cut(part.get(at..).unwrap_or_default()));
                    }
                }
            }
        }
    }
    words.remove("");
    words.into_iter().take(MOST).collect()
}

/// Returns whether each word of a search begins one of these words.
#[must_use]
pub fn matches(asked: &[String], words: &BTreeSet<String>) -> bool {
    asked.iter().all(|asked| {
        let mut from = words.range(asked.clone()..);
        from.next().is_some_and(|word| word.starts_with(asked))
    })
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(name: &str, text: &str) -> bool {
        matches(&asked(text), &of([name, "An.Nguyen@example.com", "U-1042"]))
    }

    #[test]
    fn starts_of_words_find_without_case_and_diacritics() {
        for text in [
            "nguyen van",
            "VĂN nguyễn",
            "ng",
            "Đăng",
            "dang",
            "an.nguyen@example.com",
            "example",
            "u-1042",
            "1042",
            "u-1",
        ] {
            assert!(found("Nguyễn Văn Đăng", text), "{text}");
        }
        for text in ["guyen", "an van binh", "u-2", "nguyenvan"] {
            assert!(!found("Nguyễn Văn Đăng", text), "{text}");
        }
        for text in ["王", "小明", "明", "王小"] {
            assert!(found("王小明", text), "{text}");
        }
        assert!(found("ΟΔΟΣ", "οδο"));
        assert!(found("Straße", "strasse"));
    }

    #[test]
    fn a_search_has_eight_words_at_most() {
        let text = "one two three one four five six seven eight nine ten";
        let words = asked(text);
        assert_eq!(words.len(), 8);
        assert_eq!(words.last().map(String::as_str), Some("eight"));
    }

    proptest! {
        #[test]
        fn every_start_of_every_word_of_a_name_finds_it(name in "(\\w{1,12} ?){1,4}", take in 1..12_usize) {
            for word in name.split_whitespace() {
                let start: String = word.chars().take(take).collect();
                prop_assert!(found(&name, word), "{word}");
                // A start that ends within a letter and its marks is not a start of what is seen.
                if start.is_ascii() {
                    prop_assert!(found(&name, &start), "{start}");
                }
            }
        }
    }
}
