//! The pages about one's own account.

pub(super) mod password;
pub(super) mod totp;

use super::answers::Page;
use super::gate::{self, Answer};
use super::page::{Action, Cell, Part, Tone};
use super::sent::Sent;
use super::sessions;
use super::visit::{Outcome, Signed};
use crate::http::{Anyone, Call, Endpoint};
use crate::session::console::Right;

pub(super) const PATH: &str = "/console/account";
const PASSWORD: &str = "/console/account/password";
const TOTP: &str = "/console/account/totp";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, self::get),
        Endpoint::page(PASSWORD, password::get),
        Endpoint::form(PASSWORD, password::post),
        Endpoint::page(TOTP, totp::get),
        Endpoint::form(TOTP, totp::post),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let right = match signed.found.right {
        Right::Admin => "right-admin",
        Right::Auditor => "right-auditor",
    };
    let mut facts = vec![(signed.text("right"), vec![Cell::Text(signed.text(right))])];
    let mut acts = Vec::new();
    let act = |href: &str, id: &str| Action {
        link: signed.link(href, id),
        primary: false,
    };
    if let Some(operator) = signed.found.operator() {
        let profile = &operator.profile;
        facts.insert(
            0,
            (signed.text("name"), vec![Cell::Name(profile.name.clone())]),
        );
        if let Some(username) = &profile.username {
            let username = vec![Cell::Name(username.clone())];
            facts.push((signed.text("operator-username"), username));
        }
        let (word, tone) = if operator.second_factor {
            ("yes", Tone::Good)
        } else {
            ("no", Tone::Caution)
        };
        facts.push((
            signed.text("has-second-factor"),
            vec![signed.badge(word, tone)],
        ));
        acts.push(act(PASSWORD, "password-heading"));
        acts.push(act(
            TOTP,
            if operator.second_factor {
                "totp-remove"
            } else {
                "totp-set-up"
            },
        ));
    } else {
        facts.insert(
            0,
            (
                signed.text("login"),
                vec![Cell::Code(signed.found.organization.login.clone())],
            ),
        );
    }
    acts.push(act(sessions::PATH, "sessions"));
    let mut parts = vec![Part::Facts("account", facts)];
    if signed.found.operator().is_none() {
        parts.push(Part::Warning(signed.phrase("account-of-organization")));
    }
    parts.push(Part::Actions(acts));
    let heading = signed.phrase("account");
    signed.page(Page::new("account", heading, parts)).await
}
