//! Which of the languages that are named for a request its pages are in.

use super::Language;

/// What names the language of a request's pages. Each is `None` if it names none of the languages in
/// which pages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LanguageSources {
    /// The parameter `lang`: the person has just switched.
    pub switched: Option<Language>,
    /// The cookie, which keeps what the person switched to in this browser.
    pub kept: Option<Language>,
    /// The account of the person who has signed in.
    pub account: Option<Language>,
    /// The client's parameter `ui_locales` (OIDC Core, section 3.1.2.1).
    pub client: Option<Language>,
    /// What the browser prefers (`Accept-Language`).
    pub browser: Option<Language>,
}

impl LanguageSources {
    /// Returns the language: that of the first source, in the order of the fields, that names one, else
    /// English.
    #[must_use]
    pub fn language(self) -> Language {
        self.switched
            .or(self.kept)
            .or(self.account)
            .or(self.client)
            .or(self.browser)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// The sources, from the strongest to the weakest.
    fn sources(named: [Option<Language>; 5]) -> LanguageSources {
        let [switched, kept, account, client, browser] = named;
        LanguageSources {
            switched,
            kept,
            account,
            client,
            browser,
        }
    }

    fn choices() -> impl Iterator<Item = Option<Language>> + Clone {
        std::iter::once(None).chain(Language::ALL.map(Some))
    }

    #[test]
    fn the_strongest_source_decides_in_every_combination() {
        let mut combinations = vec![[None; 5]];
        for at in 0..5 {
            combinations = combinations
                .into_iter()
                .flat_map(|named| {
                    choices().map(move |choice| {
                        let mut named = named;
                        named[at] = choice;
                        named
                    })
                })
                .collect();
        }
        assert_eq!(combinations.len(), 4_usize.pow(5));
        for named in combinations {
            let expected = named.iter().flatten().next();
            assert_eq!(
                sources(named).language(),
                expected.copied().unwrap_or(Language::English),
                "{named:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_weaker_source_changes_nothing(
            named in prop::array::uniform5(option::of(select(&Language::ALL[..]))),
            at in 0_usize..5,
            other in option::of(select(&Language::ALL[..])),
        ) {
            let before = sources(named).language();
            let mut changed = named;
            changed[at] = other;
            if named[..at].iter().any(Option::is_some) {
                prop_assert_eq!(sources(changed).language(), before);
            } else if let Some(other) = other {
                prop_assert_eq!(sources(changed).language(), other);
            }
        }
    }
}
