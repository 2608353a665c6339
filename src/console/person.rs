//! Who has signed in, as every page shows it.

use super::page::{Item, NavigationGroup};
use super::visit::{Signed, Visit};
use super::{
    account, api_keys, audit_log, clients, operators, organization, overview, roles, rotation,
    sessions, sign_out, tokens, webhooks, wechat,
};
use crate::base::Timestamp;
use crate::session::Lives;

/// A person who has signed in.
pub(super) trait Person {
    /// Returns what a page shows of the person. `is_there` says whether there is such a page,
    /// `is_followed` whether it shows new lines by itself: then it does not use the session.
    fn shown(&self, is_there: bool, is_followed: bool) -> Shown;
}

/// What a page shows of the person who has signed in.
pub(super) struct Shown {
    /// The organization, or the platform.
    pub(super) place: String,
    pub(super) who: String,
    /// The page of the account.
    pub(super) account: &'static str,
    /// Where the form that signs out is sent.
    pub(super) sign_out: &'static str,
    pub(super) navigation: Vec<NavigationGroup>,
    /// The token for the forms of the session.
    pub(super) csrf: String,
    /// When the session ends, unless it is used before.
    pub(super) ends: Timestamp,
    /// When it ends in any case.
    pub(super) ends_at_most: Timestamp,
    /// Where the form is sent that only uses the session.
    pub(super) keep: &'static str,
}

impl Person for Signed {
    fn shown(&self, is_there: bool, is_followed: bool) -> Shown {
        let lives = Lives::of_console(&self.app);
        let session = &self.found.session;
        let used_at = if is_followed {
            session.last_seen_at
        } else {
            self.now
        };
        let ends_at_most = session.ends_at(lives);
        Shown {
            place: self.found.organization.name.clone(),
            who: match self.found.operator() {
                Some(operator) => operator.profile.name.clone(),
                None => self.found.organization.login.clone(),
            },
            account: account::PATH,
            sign_out: sign_out::PATH,
            navigation: navigation(self, is_there),
            csrf: self.csrf(),
            ends: used_at.plus(lives.idle).min(ends_at_most),
            ends_at_most,
            keep: sign_out::KEEP,
        }
    }
}

/// The links of the navigation, with the message of each and of each group.
fn navigation(visit: &Visit, is_there: bool) -> Vec<NavigationGroup> {
    let main = [
        (overview::PATH, "overview"),
        (operators::PATH, "operators"),
        (tokens::PATH, "tokens"),
        (rotation::PATH, "rotation"),
        (audit_log::PATH, "audit-log"),
    ];
    let settings = [
        (api_keys::PATH, "api-keys"),
        (clients::PATH, "clients"),
        (webhooks::PATH, "webhooks"),
        (roles::PATH, "roles"),
        (wechat::PATH, "wechat"),
        (organization::PATH, "organization"),
        (sessions::PATH, "sessions"),
        (account::PATH, "account"),
    ];
    vec![
        group(visit, is_there, None, &main),
        group(visit, is_there, Some("settings"), &settings),
    ]
}

/// A group of links, each with its path and its message.
pub(super) fn group(
    visit: &Visit,
    is_there: bool,
    heading: Option<&str>,
    links: &[(&str, &str)],
) -> NavigationGroup {
    let item = |(path, id): &(&str, &str)| Item {
        link: visit.link(*path, id),
        current: is_there
            && if *path == visit.area.home() {
                visit.path == *path
            } else {
                visit.path.starts_with(path)
            },
    };
    NavigationGroup {
        heading: heading.map(|id| visit.text(id)),
        items: links.iter().map(item).collect(),
    }
}
