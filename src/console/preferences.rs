//! Language, theme and time zone: how a person wants pages to be.

use chrono_tz::Tz;

use crate::page::{Language, Theme};

/// How pages are shown to one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences {
    pub(crate) language: Language,
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
    /// is else the one that the browser prefers.
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
        let language = asked("lang")
            .and_then(of_tag)
            .or_else(|| kept("lang").and_then(of_tag))
            .or_else(|| accept_language.and_then(Language::of_accept_language));
        let found = asked("theme").and_then(theme);
        let zone = |name: &str| name.replace("%2F", "/").parse::<Tz>().ok();
        let chosen = asked("tz").and_then(zone);
        Self {
            language: language.unwrap_or_default(),
            theme: found
                .or_else(|| kept("theme").and_then(theme))
                .unwrap_or_default(),
            zone: chosen
                .or_else(|| kept("tz").and_then(zone))
                .unwrap_or(Tz::UTC),
        }
    }

    /// Returns the `Set-Cookie` headers for what the query chooses.
    pub(super) fn cookies(self, query: &[(String, String)], is_https: bool) -> Vec<String> {
        let secure = if is_https { "; Secure" } else { "" };
        let chosen = COOKIES
            .iter()
            .filter(|(name, _)| query.iter().any(|(known, _)| known == name));
        chosen
            .map(|(name, cookie)| {
                let value = match *name {
                    "lang" => self.language.tag(),
                    "theme" => self.theme.name(),
                    _ => self.zone.name(),
                };
                format!("{cookie}={value}; Path=/console; Max-Age=31536000; SameSite=Lax{secure}")
            })
            .collect()
    }
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
        assert_eq!(found.language, Language::Vietnamese);
        assert_eq!(found.theme, Theme::Dark);
        assert_eq!(found.zone, Tz::Asia__Tokyo);
        let none = Preferences::of(&[], &[], Some("zh"));
        assert_eq!((none.language, none.zone), (Language::Chinese, Tz::UTC));
        assert_eq!(
            found.cookies(&query, true)[1],
            "lanyard_tz=Asia/Tokyo; Path=/console; Max-Age=31536000; SameSite=Lax; Secure"
        );
    }
}
