//! What all pages of the console have in common.

use super::{Notice, Phrase};
use crate::console::shown::Instant;
use crate::page::{Language, LanguageLink, Theme};

/// A link.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: String,
}

/// A link of the navigation.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) link: Link,
    pub(crate) current: bool,
}

/// Some links of the navigation, with a heading if they have one.
#[derive(Debug)]
pub(crate) struct NavigationGroup {
    pub(crate) heading: Option<String>,
    pub(crate) items: Vec<Item>,
}

/// The form in which the time zone is chosen.
#[derive(Debug)]
pub(crate) struct Zone {
    /// The path of this page.
    pub(crate) action: String,
    /// The other parameters of its query.
    pub(crate) hidden: Vec<(String, String)>,
    /// The zones, each with whether it is the chosen one.
    pub(crate) zones: Vec<(String, bool)>,
}

/// The line that only printed pages have.
#[derive(Debug)]
pub(crate) struct Printed {
    /// When the page was made. Where a browser runs scripts, it becomes the time of printing.
    pub(crate) at: Instant,
    /// The name of the zone in which instants are shown.
    pub(crate) zone: &'static str,
}

/// When the session ends, for the script that asks before it whether to go on (WCAG 2.2, 2.2.1).
#[derive(Debug)]
pub(crate) struct TimeOut {
    /// In how many seconds the session ends, unless it is used.
    pub(crate) seconds: i64,
    /// In how many seconds it ends in any case.
    pub(crate) at_most: i64,
    /// Where the form is sent that only uses the session.
    pub(crate) keep: &'static str,
}

/// The frame around the parts of a page.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) page: &'static str,
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    pub(crate) heading: Phrase,
    /// The organization. `None` before the sign-in.
    pub(crate) organization: Option<String>,
    /// Who has signed in. `None` before the sign-in.
    pub(crate) who: Option<String>,
    /// The page of the account.
    pub(crate) account: &'static str,
    /// Where the form that signs out is sent.
    pub(crate) sign_out: &'static str,
    pub(crate) navigation: Vec<NavigationGroup>,
    /// The field `csrf` of the form that signs out.
    pub(crate) csrf: String,
    pub(crate) notice: Option<Notice>,
    pub(crate) languages: Vec<LanguageLink>,
    /// The links that choose a theme, each with whether it is the chosen one.
    pub(crate) themes: Vec<(Link, bool)>,
    pub(crate) zone: Zone,
    pub(crate) printed: Printed,
    /// When the session ends. `None` before the sign-in.
    pub(crate) ends: Option<String>,
    /// The same for the script.
    pub(crate) time_out: Option<TimeOut>,
    /// Whether the page reloads itself.
    pub(crate) reloads: bool,
    pub(crate) stylesheet: &'static str,
    pub(crate) script: &'static str,
}

impl Frame {
    /// The sentence of a receipt, after what was revoked.
    pub(super) fn receipt(&self, notice: &Notice) -> Option<String> {
        let receipt = notice.receipt.as_ref()?;
        let values = [
            ("since", crate::page::Value::Text(&receipt.since)),
            ("ms", crate::page::Value::Text(&receipt.millis)),
            (
                "confirmed",
                crate::page::Value::Count(receipt.confirmed.into()),
            ),
            ("nodes", crate::page::Value::Count(receipt.nodes.into())),
            ("sequence", crate::page::Value::Count(receipt.sequence)),
        ];
        let id = if receipt.confirmed < receipt.nodes {
            "receipt-unconfirmed"
        } else {
            "receipt"
        };
        Some(self.language.text_with(id, &values))
    }
}
