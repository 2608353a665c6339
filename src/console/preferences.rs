//! Language, theme and time zone: how a person wants pages to be.

use chrono_tz::Tz;

use crate::page::{Language, LanguageSources, Theme};

/// How pages are shown to one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences {
    /// What names the language. The account is unknown to this type.
    languages: LanguageSources,
    pub(crate) theme: Theme,
    pub(crate) zone: Tz,
}

/// The parameters of every page that choose a preference, each with its cookie.
const COOKIES: [(&str, &str); 3] = [
    ("lang", "lanyard_lang"),
    ("theme", "lanyard_theme"),
    ("tz", "lanyard_tz"),
];

/// The names of the parameters.
pub(super) const PARAMETERS: [&str; 3] = ["lang", "theme", "tz"];

/// The zones that the form offers.
pub(super) const ZONES: &[Tz] = &[
    Tz::UTC,
    Tz::Asia__Ho_Chi_Minh,
    Tz::Asia__Shanghai,
    Tz::Asia__Singapore,
    Tz::Asia__Tokyo,
    Tz::Asia__Kolkata,
    Tz::Europe__Moscow,
    Tz::Europe__Berlin,
    Tz::Europe__London,
    Tz::America__Sao_Paulo,
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Los_Angeles,
    Tz::Australia__Sydney,
];

fn theme(name: &str) -> Option<Theme> {
    match name {
        "auto" => Some(Theme::Auto),
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

impl Preferences {
    /// Returns the preferences of a request: as its query says, else as the cookies say. The language
    /// is else that of the account, or the one that the browser prefers.
    pub(super) fn of(
        query: &[(String, String)],
        cookies: &[&str],
        accept_language: Option<&str>,
    ) -> Self {
        let asked = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let kept = |name: &str| {
            let cookie = COOKIES.iter().find(|(known, _)| *known == name)?.1;
            let pairs = cookies.iter().flat_map(|header| header.split(';'));
            let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
            pairs
                .find(|(known, _)| *known == cookie)
                .map(|(_, value)| value)
        };
        let of_tag = Language::of_tag;
        let languages = LanguageSources {
            switched: asked("lang").and_then(of_tag),
            kept: kept("lang").and_then(of_tag),
            account: None,
            client: None,
            browser: accept_language.and_then(Language::of_accept_language),
        };
        let found = asked("theme").and_then(theme);
        let zone = |name: &str| name.replace("%2F", "/").parse::<Tz>().ok();
        let chosen = asked("tz").and_then(zone);
        Self {
            languages,
            theme: found
                .or_else(|| kept("theme").and_then(theme))
                .unwrap_or_default(),
            zone: chosen
                .or_else(|| kept("tz").and_then(zone))
                .unwrap_or(Tz::UTC),
        }
    }

    /// Returns the language of the pages. `account` is what the account of the person has stored; `None`
    /// if it has nothing stored, or if nobody has signed in.
    pub(super) fn language(self, account: Option<Language>) -> Language {
        let languages = LanguageSources {
            account,
            ..self.languages
        };
        languages.language()
    }

    /// Returns the language of the pages after a person has stored `chosen` with the account.
    pub(super) fn language_after(self, chosen: Option<Language>) -> Language {
        let languages = LanguageSources {
            switched: None,
            kept: chosen,
            ..self.languages
        };
        languages.language()
    }

    /// Returns the `Set-Cookie` headers for what the query chooses. A language that no page is written in
    /// chooses nothing.
    pub(super) fn cookies(self, query: &[(String, String)], is_https: bool) -> Vec<String> {
        let chosen = COOKIES
            .iter()
            .filter(|(name, _)| query.iter().any(|(known, _)| known == name));
        chosen
            .filter_map(|(name, cookie)| {
                let value = match *name {
                    "lang" => self.languages.switched?.tag(),
                    "theme" => self.theme.name(),
                    _ => self.zone.name(),
                };
                Some(set(cookie, value, YEAR, is_https))
            })
            .collect()
    }
}

/// A year (seconds).
const YEAR: u32 = 31_536_000;

/// Returns the `Set-Cookie` header that makes this browser show pages in a language; `None` makes it
/// forget the one that it has.
pub(super) fn language_cookie(language: Option<Language>, is_https: bool) -> String {
    let [(_, cookie), ..] = COOKIES;
    match language {
        Some(language) => set(cookie, language.tag(), YEAR, is_https),
        None => set(cookie, "", 0, is_https),
    }
}

fn set(cookie: &str, value: &str, max_age: u32, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{cookie}={value}; Path=/console; Max-Age={max_age}; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_comes_before_the_cookie_and_the_cookie_before_the_browser() {
        let query = [
            ("tz".to_owned(), "Asia/Tokyo".to_owned()),
            ("lang".to_owned(), "xx".to_owned()),
        ];
        let cookies = ["lanyard_lang=vi; lanyard_theme=dark; lanyard_tz=UTC"];
        let found = Preferences::of(&query, &cookies, Some("zh"));
        assert_eq!(found.language(None), Language::Vietnamese);
        assert_eq!(found.theme, Theme::Dark);
        assert_eq!(found.zone, Tz::Asia__Tokyo);
        let none = Preferences::of(&[], &[], Some("zh"));
        let english = Some(Language::English);
        assert_eq!(
            (none.language(None), none.zone),
            (Language::Chinese, Tz::UTC)
        );
        // The account comes between the cookie and the browser.
        assert_eq!(found.language(english), Language::Vietnamese);
        assert_eq!(none.language(english), Language::English);
        // No page is in the language of the query, so it is not kept.
        assert_eq!(
            found.cookies(&query, true),
            ["lanyard_tz=Asia/Tokyo; Path=/console; Max-Age=31536000; SameSite=Lax; Secure"]
        );
    }

    #[test]
    fn what_was_stored_holds_in_this_browser_at_once() {
        let query = [("lang".to_owned(), "vi".to_owned())];
        let found = Preferences::of(&query, &["lanyard_lang=vi"], Some("zh"));
        let english = Some(Language::English);
        assert_eq!(found.language_after(english), Language::English);
        assert_eq!(found.language_after(None), Language::Chinese);
        assert_eq!(
            language_cookie(english, false),
            "lanyard_lang=en; Path=/console; Max-Age=31536000; SameSite=Lax"
        );
        assert_eq!(
            language_cookie(None, true),
            "lanyard_lang=; Path=/console; Max-Age=0; SameSite=Lax; Secure"
        );
    }
}
