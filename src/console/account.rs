//! The pages about one's own account.

pub(super) mod password;
pub(super) mod totp;

use super::account_language::{self, Typed};
use super::answers::Page;
use super::gate::{self, Answer, Needs};
use super::page::{Action, Cell, Part, Tone};
use super::refusal::Problem;
use super::sent::Sent;
use super::sessions;
use super::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call, Endpoint};
use crate::operator;
use crate::session::console::Right;

pub(super) const PATH: &str = "/console/account";
const PASSWORD: &str = "/console/account/password";
const TOTP: &str = "/console/account/totp";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, self::get),
        Endpoint::form(PATH, post),
        Endpoint::page(PASSWORD, password::get),
        Endpoint::form(PASSWORD, password::post),
        Endpoint::page(TOTP, totp::get),
        Endpoint::form(TOTP, totp::post),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        form(signed, Typed::default()).await
    })
    .await
}

/// Shows the page.
pub(super) async fn form(signed: &Signed, typed: Typed<'_>) -> Outcome {
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
    let status = typed.status();
    let language = account_language::form(signed, PATH, signed.csrf(), typed);
    parts.push(Part::Form(language));
    let heading = signed.phrase("account");
    let page = Page::new("account", heading, parts).with_status(status);
    signed.page(page).await
}

async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, store_language).await
}

/// Stores the language of pages. It is a preference, like the theme: it gives no right and is not in the
/// audit log.
async fn store_language(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != account_language::SAVE {
        return gate::unknown_button();
    }
    let language = match account_language::chosen(signed) {
        Ok(language) => language,
        Err(error) => {
            let typed = Typed {
                sent: Some(&signed.sent),
                errors: vec![error],
            };
            return form(signed, typed).await;
        }
    };
    let (organization, operator) = (signed.organization(), signed.found.session.operator);
    let write =
        move |conn: &mut Conn| operator::set_language(conn, organization, operator, language);
    if !signed.app.db.write(write).await? {
        // The operator has been deactivated meanwhile.
        return Err(Problem::Changed.into());
    }
    let notice = signed.language_stored(language);
    signed.done(PATH, notice).await
}
