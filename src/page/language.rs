//! The languages that pages are written in, and which one a request gets.

use std::sync::atomic::{AtomicBool, Ordering};

/// A language of the pages. There is a file of messages for each, `texts/<tag>.ftl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English; the language of a request that asks for none of these.
    #[default]
    English,
    /// Chinese as written on the mainland (`zh-CN`); every other Chinese gets it too.
    Chinese,
    /// Vietnamese.
    Vietnamese,
    /// No language that people read: English with accents, longer by half, by which tests find what a
    /// longer text breaks. It is known only where [`Language::allow_pseudo`] was called.
    Pseudo,
}

/// Whether [`Language::Pseudo`] is known.
static PSEUDO: AtomicBool = AtomicBool::new(false);

impl Language {
    /// All languages that people read, in the order in which a page offers them.
    pub const ALL: [Self; 3] = [Self::English, Self::Chinese, Self::Vietnamese];

    /// The language tag (RFC 5646), as in `<html lang>`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
            Self::Vietnamese => "vi",
            Self::Pseudo => "en-XA",
        }
    }

    /// The language's name in the language itself, for the links that switch to it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
            Self::Vietnamese => "Tiếng Việt",
            Self::Pseudo => "Ṕšéúḍó",
        }
    }

    /// Makes [`Language::Pseudo`] known in this process, by its tag `en-XA`. It is never offered.
    pub fn allow_pseudo() {
        PSEUDO.store(true, Ordering::Relaxed);
    }

    /// Returns the language of a tag by its first subtag, without regard to case: `zh`, `zh-TW` and
    /// `zh-Hans-CN` are [`Language::Chinese`]. `None` if the pages are not written in it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        if PSEUDO.load(Ordering::Relaxed) && tag.trim() == Self::Pseudo.tag() {
            return Some(Self::Pseudo);
        }
        let first = tag.trim().split(['-', '_']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            "vi" => Some(Self::Vietnamese),
            _ => None,
        }
    }

    /// Returns the language that people read with exactly this tag, as [`Language::tag`] writes it. `None`
    /// if there is none. So it reads what was stored.
    #[must_use]
    pub fn of_own_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Returns the first language of `ui_locales` (OIDC Core, section 3.1.2.1: tags by preference,
    /// with spaces between them) that the pages are written in.
    #[must_use]
    pub fn of_ui_locales(tags: &str) -> Option<Self> {
        tags.split_whitespace().find_map(Self::of_tag)
    }

    /// Returns the language that an `Accept-Language` header (RFC 9110, section 12.5.4) prefers
    /// among those of the pages. Elements that cannot be read, or have the weight 0, do nothing; of
    /// equal weights the first wins.
    #[must_use]
    pub fn of_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for element in header.split(',') {
            let (tag, parameters) = element.split_once(';').unwrap_or((element, ""));
            let weight = match parameters.trim().split_once('=') {
                None if parameters.trim().is_empty() => Some(1.0),
                Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                    value.trim().parse().ok()
                }
                _ => None,
            };
            let weight = weight.filter(|weight| *weight > 0.0 && *weight <= 1.0);
            if let (Some(weight), Some(language)) = (weight, Self::of_tag(tag))
                && best.is_none_or(|(most, _)| weight > most)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Language::{self, Chinese, English, Vietnamese};

    #[test]
    fn a_tag_is_read_by_its_first_subtag() {
        for (tag, language) in [
            ("en", Some(English)),
            ("EN-us", Some(English)),
            ("zh", Some(Chinese)),
            ("zh-TW", Some(Chinese)),
            ("zh_Hant_HK", Some(Chinese)),
            (" vi-VN ", Some(Vietnamese)),
            ("zha", None),
            // Unless the process allows the pseudo-language.
            ("en-XA", Some(English)),
            ("de", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn what_was_stored_is_read_exactly() {
        for language in Language::ALL {
            assert_eq!(Language::of_own_tag(language.tag()), Some(language));
        }
        for other in ["EN", "zh", "zh-TW", "vi ", "en-XA", ""] {
            assert_eq!(Language::of_own_tag(other), None, "{other}");
        }
    }

    #[test]
    fn of_ui_locales_the_first_that_is_written_wins() {
        assert_eq!(Language::of_ui_locales("de fr-CA zh-TW vi"), Some(Chinese));
        assert_eq!(Language::of_ui_locales("de fr"), None);
    }

    #[test]
    fn accept_language_goes_by_weight_and_then_by_order() {
        for (header, language) in [
            ("vi", Some(Vietnamese)),
            ("de-DE, vi;q=0.5, zh;q=0.9", Some(Chinese)),
            ("vi;q=0.8, zh-CN;q=0.8", Some(Vietnamese)),
            ("vi;q=0, en;q=0.1", Some(English)),
            ("vi;q=x, zh ; q=0.2", Some(Chinese)),
            ("vi;q=NaN, zh;q=7, en;level=1", None),
            ("de, *", None),
            ("", None),
        ] {
            assert_eq!(Language::of_accept_language(header), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(header in ".*") {
            let _ = Language::of_accept_language(&header);
            let _ = Language::of_ui_locales(&header);
        }
    }
}
