//! The page of one operator.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{MAKE, error, fields, find, id_of, new, path_of, status, wrong_members};
use crate::base::Timestamp;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Form, FormError, Notice, Part, Phrase, Tone};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::console::{audit_log, tokens};
use crate::http::{Anyone, Call};
use crate::operator::{self, Change, ManageError, Operator, OperatorStatus, Profile};
use crate::revocation;
use crate::session::console::{self, Claim, Right};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let id = signed.id.clone();
        let operator = find(signed, &id).await?;
        let page = page(signed, &operator, None, Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let operator = find(signed, id).await?;
    let page = page(signed, &operator, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

/// The tabs of an operator's pages.
fn tabs(signed: &Signed, operator: &Operator) -> Part {
    let id = operator.id;
    let tab = |href: String, id: &str| signed.link(href, id);
    Part::Tabs(
        signed.text("operator-pages"),
        vec![
            (tab(path_of(id), "profile"), true),
            (
                tab(format!("{}?operator={id}", tokens::PATH), "tokens"),
                false,
            ),
            (
                tab(
                    format!("{}?subject=operator%3A{id}", audit_log::PATH),
                    "audit-log",
                ),
                false,
            ),
        ],
    )
}

async fn page(
    signed: &Signed,
    operator: &Operator,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let profile = &operator.profile;
    let (word, tone) = status(operator.status);
    let yes_or_no = |yes: bool| {
        let (id, tone) = if yes {
            ("yes", Tone::Good)
        } else {
            ("no", Tone::Quiet)
        };
        vec![signed.badge(id, tone)]
    };
    let mut parts = vec![
        tabs(signed, operator),
        Part::Facts(
            "operator-facts",
            vec![
                (signed.text("id"), vec![Cell::Code(operator.id.to_string())]),
                (signed.text("status"), vec![signed.badge(word, tone)]),
                (signed.text("added"), vec![signed.time(operator.created_at)]),
                (
                    signed.text("has-password"),
                    yes_or_no(operator.password.is_some()),
                ),
                (
                    signed.text("has-second-factor"),
                    yes_or_no(operator.second_factor),
                ),
            ],
        ),
    ];
    let may_change = signed.found.right == Right::Admin;
    if may_change && operator.status == OperatorStatus::Deleted {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(format!("{}/erase", path_of(operator.id)), "erase"),
            primary: false,
        }]));
    }
    if may_change && operator.status != OperatorStatus::Deleted {
        parts.push(Part::Actions(acts(signed, operator)));
        let base = path_of(operator.id);
        let kept = Sent::of(vec![
            ("name".to_owned(), profile.name.clone()),
            pair("external_id", profile.external_id.as_ref()),
            pair("email", profile.email.as_ref()),
            pair("role", profile.role.as_ref()),
            pair("username", profile.username.as_ref()),
        ]);
        let version = sent.map_or("", |sent| sent.text("version"));
        let version = if version.is_empty() {
            operator.version.as_micros().to_string()
        } else {
            version.to_owned()
        };
        let once = sent.and_then(|sent| sent.optional("once"));
        let once = once.unwrap_or_else(Signed::once);
        let mut form = Form::new("operator", base, signed.csrf())
            .hidden("version", version)
            .hidden("once", once)
            .button("save", signed.text("save"))
            .errors(errors);
        form.fields = fields(signed, sent.unwrap_or(&kept), false).await?;
        parts.push(Part::Heading(signed.text("profile")));
        parts.push(Part::Form(form));
    } else {
        let optional = |text: &Option<String>| match text {
            Some(text) => vec![Cell::Name(text.clone())],
            None => vec![Cell::Quiet(signed.text("none"))],
        };
        parts.push(Part::Facts(
            "operator-profile",
            vec![
                (signed.text("external-id"), optional(&profile.external_id)),
                (signed.text("email"), optional(&profile.email)),
                (signed.text("role"), optional(&profile.role)),
                (
                    signed.text("operator-username"),
                    optional(&profile.username),
                ),
            ],
        ));
    }
    let heading = Phrase {
        name: Some(profile.name.clone()),
        ..Phrase::default()
    };
    Ok(Page::new("operator", heading, parts))
}

fn pair(name: &str, value: Option<&String>) -> (String, String) {
    (name.to_owned(), value.cloned().unwrap_or_default())
}

/// Returns what can be done with the operator.
fn acts(signed: &Signed, operator: &Operator) -> Vec<Action> {
    let base = path_of(operator.id);
    let mut acts = Vec::new();
    let mut add = |what: &str, id: &str, primary| {
        acts.push(Action {
            link: signed.link(format!("{base}/{what}"), id),
            primary,
        });
    };
    if operator.status == OperatorStatus::Active {
        add("issue", "token-issue", true);
        add("revoke", "tokens-revoke-all", false);
        add("deactivate", "deactivate", false);
    } else {
        add("activate", "activate", false);
    }
    if operator.second_factor {
        add("reset-second-factor", "reset-second-factor", false);
    }
    add("delete", "delete", false);
    add("erase", "erase", false);
    acts
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, save).await
}

async fn save(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let (organization, id) = (signed.organization(), id_of(&signed.id)?);
    let before = find(signed, &signed.id).await?;
    let sent = &signed.sent;
    if sent.is_ticked(MAKE) && sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let widens = sent.optional("role") != before.profile.role
        || sent.optional("username") != before.profile.username
        || !sent.text("password").is_empty()
        || sent.is_ticked(MAKE);
    if widens && let Some(asked) = gate::ask_proof(signed) {
        return asked;
    }
    let version = sent.text("version").parse().map(Timestamp::from_micros);
    let Ok(version) = version else {
        return gate::unknown_button();
    };
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(signed, status, &signed.id, Some(sent), errors).await
    };
    let profile = Profile {
        name: sent.text("name").trim().to_owned(),
        external_id: sent.optional("external_id"),
        email: sent.optional("email"),
        role: sent.optional("role"),
        username: sent.optional("username"),
        ..before.profile.clone()
    };
    let faults = profile.faults_of_change(&before.profile);
    let mut wrong = wrong_members(signed, faults);
    let new = new::new_password(signed).unwrap_or_else(|error| {
        wrong.push(error);
        None
    });
    if !wrong.is_empty() {
        return again(wrong).await;
    }
    let (password, made) = new::hashed(signed, new).await?;
    let wanted = Change {
        name: Some(profile.name),
        external_id: Some(profile.external_id),
        email: Some(profile.email),
        role: Some(profile.role),
        username: Some(profile.username),
        password: password.map(Some),
        ..Change::default()
    };
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    // What makes a password works once.
    let once = made.is_some().then(|| sent.text("once").to_owned());
    let saved = revocation::enforce(db, feed, move |conn| {
        if let Some(once) = once
            && console::claim(conn, organization, &once, now)? != Claim::First
        {
            return Ok((None, Vec::new()));
        }
        let of = (organization, id);
        let changed = operator::change_version(conn, of, version, wanted, &origin, now)?;
        let (operator, entries) = changed;
        Ok::<_, ManageError>((Some(operator), entries))
    })
    .await;
    match saved {
        Ok((Some(operator), _)) => {
            let saved = signed.around("operator-saved", &operator.profile.name);
            match made {
                Some(made) => new::made_password(signed, id, saved, &made),
                None => signed.done(&path_of(id), Notice::new(saved)).await,
            }
        }
        // The form was sent before, and the password was shown then.
        Ok((None, _)) => signed.sent_before(&path_of(id)).await,
        Err(ManageError::Changed) => {
            let error = FormError::of(signed.language(), None, "changed-meanwhile");
            let newest = find(signed, &signed.id).await?;
            // Sent again, the form has the version that the person sees now.
            let typed = sent.without("version");
            let mut page = page(signed, &newest, Some(&typed), vec![error]).await?;
            page.parts.push(now_is(signed, &newest));
            signed.answer(&page.with_status(StatusCode::CONFLICT))
        }
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}

/// What the record is now, after somebody else has changed it.
fn now_is(signed: &Signed, operator: &Operator) -> Part {
    let profile = &operator.profile;
    let value = |text: &Option<String>| match text {
        Some(text) => vec![Cell::Name(text.clone())],
        None => vec![Cell::Quiet(signed.text("none"))],
    };
    Part::Facts(
        "newest",
        vec![
            (signed.text("name"), vec![Cell::Name(profile.name.clone())]),
            (signed.text("external-id"), value(&profile.external_id)),
            (signed.text("email"), value(&profile.email)),
            (signed.text("role"), value(&profile.role)),
            (signed.text("operator-username"), value(&profile.username)),
            (
                signed.text("changed-at"),
                vec![signed.time(operator.version)],
            ),
        ],
    )
}
