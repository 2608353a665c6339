//! What all pages have in common: the frame around their content.

use std::fmt;

use askama::Template;

use super::assets::stylesheet;
use super::{Language, Look};

/// A page. Its template extends `templates/layout.html`, which fills in the [`Frame`].
pub trait Page: Template {
    /// Its name, as in `<body data-page>`.
    const NAME: &'static str;

    /// How it looks.
    fn look(&self) -> Look;

    /// What it is about: the first part of `<title>`, and its heading unless the template has
    /// another.
    fn heading(&self) -> String;

    /// Returns the address at which a GET shows it; `None` if there is none.
    fn address(&self) -> Option<Address<'_>>;

    /// Whether it shows a form that was refused.
    fn refused(&self) -> bool {
        false
    }

    /// Returns the message `id` in the page's language.
    fn text(&self, id: &str) -> String {
        self.look().language.text(id)
    }

    /// Returns the frame around the content.
    fn frame(&self) -> Frame {
        let look = self.look();
        let title = if self.refused() {
            "title-refused"
        } else {
            "title"
        };
        let link = |address: &Address<'_>, language| LanguageLink {
            language,
            url: look
                .switched_to(language)
                .link(address.path, &address.parameters),
            current: language == look.language,
        };
        let address = self.address();
        let links = address
            .iter()
            .flat_map(|address| Language::ALL.map(|language| link(address, language)));
        Frame {
            page: Self::NAME,
            look,
            title: look.language.text_of_page(title, &self.heading()),
            stylesheet: &stylesheet().path,
            languages: links.collect(),
        }
    }

    /// Returns the page as HTML. The error is that of a value that cannot be written as a text; the
    /// values of these pages can.
    fn html(&self) -> Result<String, fmt::Error> {
        self.render().map_err(|_| fmt::Error)
    }
}

/// Where a GET shows a page.
#[derive(Clone, Debug)]
pub struct Address<'a> {
    /// The path.
    pub path: &'static str,
    /// The parameters of the query, each `None` if it is left out. How the page looks is no part of
    /// them.
    pub parameters: Vec<(&'static str, Option<&'a str>)>,
}

/// The frame around a page's content.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The page's name, as in `<body data-page>`.
    pub page: &'static str,
    /// How the page looks.
    pub look: Look,
    /// The content of `<title>`.
    pub title: String,
    /// The path of the stylesheet.
    pub stylesheet: &'static str,
    /// The links that show the page in other languages; empty if no GET shows it.
    pub languages: Vec<LanguageLink>,
}

/// A link that shows a page in another language.
#[derive(Clone, Debug)]
pub struct LanguageLink {
    /// The language.
    pub language: Language,
    /// Where it leads.
    pub url: String,
    /// Whether the page is in this language already.
    pub current: bool,
}
