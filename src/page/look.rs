//! How the pages of one request look. Links and forms repeat it, so that the next page looks the
//! same.

use form_urlencoded::Serializer;

use super::{Address, CsrfToken, Language, LanguageSources};

/// What `view=` asked for (guide 003). All three have one layout, which fits every screen; the
/// pages say which one was asked for in `<body data-view>` and in a class of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// A browser; also every view that is not known.
    #[default]
    Web,
    /// A phone.
    Wap,
    /// Inside the client of a shop platform.
    Tmall,
}

impl View {
    /// Returns the view of that name; [`View::Web`] if there is none.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "wap" => Self::Wap,
            "tmall" => Self::Tmall,
            _ => Self::Web,
        }
    }

    /// The name, as in `view=`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Wap => "wap",
            Self::Tmall => "tmall",
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the browser prefers (`prefers-color-scheme`).
    #[default]
    Auto,
    /// Light, whatever the browser prefers.
    Light,
    /// Dark, whatever the browser prefers.
    Dark,
}

impl Theme {
    /// The name, as in `<html data-theme>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How the pages of one request look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The language of all texts.
    pub language: Language,
    /// Whether `?lang=` chose the language. Then links and forms repeat it, so that the next page
    /// has it too.
    pub switched: bool,
    /// What `view=` asked for.
    pub view: View,
    /// Light or dark.
    pub theme: Theme,
}

impl Look {
    /// Returns the look that the parts of a request ask for, each `None` if the request does not
    /// have it. The language is that of `lang`, else that of the `account` of the operator who has
    /// signed in, else of `ui_locales`, else of the header `Accept-Language`, else English.
    #[must_use]
    pub fn of(
        lang: Option<&str>,
        account: Option<Language>,
        ui_locales: Option<&str>,
        accept_language: Option<&str>,
        view: Option<&str>,
    ) -> Self {
        let switched = lang.and_then(Language::of_tag);
        let sources = LanguageSources {
            switched,
            kept: None,
            account,
            client: ui_locales.and_then(Language::of_ui_locales),
            browser: accept_language.and_then(Language::of_accept_language),
        };
        Self {
            language: sources.language(),
            switched: switched.is_some(),
            view: view.map(View::of).unwrap_or_default(),
            theme: Theme::Auto,
        }
    }

    /// Returns the URL of another page that shall look the same: `path`, and a query of the
    /// parameters that are there, of `lang` if it was chosen, and of `view` unless it is
    /// [`View::Web`].
    #[must_use]
    pub fn link(self, path: &str, parameters: &[(&str, Option<&str>)]) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in parameters {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if self.switched {
            query.append_pair("lang", self.language.tag());
        }
        if self.view != View::Web {
            query.append_pair("view", self.view.name());
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    /// The same look in another language, chosen by the person.
    #[must_use]
    pub const fn switched_to(self, language: Language) -> Self {
        Self {
            language,
            switched: true,
            ..self
        }
    }
}

/// What every page that asks is given.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// How the page looks.
    pub look: Look,
    /// The token that belongs to the browser's session cookie.
    pub csrf: &'a CsrfToken,
    /// The client's request that is being answered; `None` if there is none.
    pub request: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// Returns the address of a page about the same request.
    pub(super) fn address(&self, path: &'static str) -> Address<'a> {
        Address {
            path,
            parameters: vec![("request", self.request)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_lang_then_the_account_then_ui_locales_then_the_header() {
        let of = |lang, account, ui, header| {
            let look = Look::of(lang, account, ui, header, None);
            (look.language, look.switched)
        };
        let (vi, zh, english) = (Some("vi"), Some("zh-TW"), Some(Language::English));
        assert_eq!(of(vi, english, zh, None), (Language::Vietnamese, true));
        assert_eq!(of(Some("xx"), english, zh, vi), (Language::English, false));
        assert_eq!(of(Some("xx"), None, zh, vi), (Language::Chinese, false));
        assert_eq!(
            of(None, None, Some("de"), vi),
            (Language::Vietnamese, false)
        );
        assert_eq!(of(None, None, None, None), (Language::English, false));
    }

    #[test]
    fn a_view_that_is_not_known_is_web() {
        let view = |name| Look::of(None, None, None, None, name).view.name();
        assert_eq!(view(Some("wap")), "wap");
        assert_eq!(view(Some("tmall")), "tmall");
        assert_eq!(view(Some("TMALL\"><script>")), "web");
        assert_eq!(view(None), "web");
    }

    #[test]
    fn a_link_repeats_what_was_chosen_and_encodes_what_others_gave() {
        let plain = Look::of(None, None, None, Some("vi"), None);
        assert_eq!(
            plain.link("/oauth/login", &[("request", None)]),
            "/oauth/login"
        );
        let chosen = Look::of(Some("zh"), None, None, None, Some("wap"));
        assert_eq!(
            chosen.link("/oauth/login", &[("request", Some("a b&\"'<é"))]),
            "/oauth/login?request=a+b%26%22%27%3C%C3%A9&lang=zh-CN&view=wap"
        );
    }
}
