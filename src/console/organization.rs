//! The organization: its name, and the policy of its tokens.

pub(super) mod password;
pub(super) mod revoke_all;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::answers::{Page, redirect};
use super::gate::{self, Answer, Needs};
use super::page::{Action, Cell, Choice, Control, Field, Form, FormError, Notice, Part, Tone};
use super::policy;
use super::refusal::Refusal;
use super::sent::Sent;
use super::shown;
use super::sign_in;
use super::visit::{Outcome, Signed, Visit};
use crate::http::{Anyone, Call};
use crate::organization::{
    self as record, ConsoleSignIn, Organization, Profile, ProfileChange, ProfileError,
};
use crate::revocation;
use crate::session::console::Right;

pub(super) const PATH: &str = "/console/organization";
pub(super) const PASSWORD: &str = "/console/organization/password";
pub(super) const REVOKE_ALL: &str = "/console/organization/revoke-all";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let profile = record::read(&signed.app, signed.organization()).await?;
        let page = page(signed, &profile, None, Vec::new());
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(super) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let profile = record::read(&signed.app, signed.organization()).await?;
    let page = page(signed, &profile, sent, errors);
    signed.answer(&page.with_status(status))
}

fn page(signed: &Signed, profile: &Profile, sent: Option<&Sent>, errors: Vec<FormError>) -> Page {
    let organization = &profile.organization;
    let mut parts = vec![Part::Facts("organization", facts(signed, organization))];
    if signed.found.right == Right::Admin {
        let name = sent.map_or(organization.name.as_str(), |sent| sent.text("name"));
        let version = sent.and_then(|sent| sent.optional("version"));
        let mut form = Form::new("organization-form", PATH, signed.csrf())
            .hidden("version", version.unwrap_or_else(|| organization.version()))
            .field(Field::line("name", signed.text("name"), name).required());
        for field in policy::fields(signed, organization, sent) {
            form = form.field(field);
        }
        let chosen = match sent {
            Some(sent) => sent.text("console_sign_in"),
            None => organization.console_sign_in.as_str(),
        };
        let choices = ConsoleSignIn::ALL.map(|one| {
            let word = one.as_str();
            Choice::new(word, signed.text(sign_in_rule(one)), word == chosen)
        });
        let control = Control::Radios(choices.into());
        let label = signed.text("console-sign-in-rule");
        let hint = signed.text("console-sign-in-hint");
        let field = Field::controlled("console_sign_in", label, control).hinted(hint);
        let form = form
            .field(field)
            .button("save", signed.text("save"))
            .errors(errors);
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(Part::Form(form));
        let act = |path: &str, id: &str| Action {
            link: signed.link(path, id),
            primary: false,
        };
        parts.push(Part::Actions(vec![
            act(PASSWORD, "organization-password-set"),
            act(REVOKE_ALL, "revoke-everything"),
        ]));
    }
    Page::new("organization", signed.phrase("organization"), parts)
}

/// What an organization is, and the terms of its tokens.
pub(super) fn facts(signed: &Visit, organization: &Organization) -> Vec<(String, Vec<Cell>)> {
    let policy = &organization.policy;
    let terms = policy.terms(&signed.app.settings.company_tokens);
    let span = |length| vec![Cell::Text(shown::span(length, signed.language()))];
    vec![
        (
            signed.text("login"),
            vec![Cell::Code(organization.login.clone())],
        ),
        (
            signed.text("id"),
            vec![Cell::Code(organization.id.to_string())],
        ),
        (
            signed.text("added"),
            vec![signed.time(organization.created_at)],
        ),
        (
            signed.text("policy-operator-max"),
            span(policy.operator_token_cap()),
        ),
        (signed.text("policy-rotation"), span(terms.period)),
        (signed.text("policy-grace"), span(terms.grace)),
        (
            signed.text("rotated"),
            signed.time_or(organization.rotated_at, "never"),
        ),
        (
            signed.text("console-sign-in-rule"),
            vec![Cell::Text(
                signed.text(sign_in_rule(organization.console_sign_in)),
            )],
        ),
    ]
}

/// The message for who may sign in to the console.
const fn sign_in_rule(rule: ConsoleSignIn) -> &'static str {
    match rule {
        ConsoleSignIn::Anyone => "console-sign-in-anyone",
        ConsoleSignIn::Operators => "console-sign-in-operators",
    }
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, save).await
}

async fn save(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "save" {
        return gate::unknown_button();
    }
    // Operators can then allow clients more than their role allows.
    let widens =
        signed.found.organization.cap_scopes_by_role && !sent.is_ticked("cap_scopes_by_role");
    // A form without the field leaves the rule as it is.
    let rule: Option<ConsoleSignIn> = sent.text("console_sign_in").parse().ok();
    let before = signed.found.organization.console_sign_in;
    let changes_rule = rule.is_some_and(|rule| rule != before);
    if (widens || changes_rule)
        && let Some(asked) = gate::ask_proof(signed)
    {
        return asked;
    }
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(signed, status, Some(sent), errors).await
    };
    let wanted = match policy::change(signed) {
        Ok(wanted) => ProfileChange {
            name: Some(sent.text("name").trim().to_owned()),
            console_sign_in: rule,
            ..wanted
        },
        Err(errors) => return again(errors).await,
    };
    let (organization, origin) = (signed.organization(), signed.origin.clone());
    match record::change(&signed.app, organization, wanted, origin).await {
        Ok((_, written)) => {
            if sent.is_ticked("cap_scopes_by_role") {
                // What takes rights away is in force everywhere when this answers, also when
                // somebody else changed it a moment ago.
                revocation::settle(&signed.app.db, &signed.app.nodes.feed, written).await?;
            }
            if changes_rule && signed.found.operator().is_none() {
                // The act has ended the sessions of this account.
                return redirect(sign_in::PATH);
            }
            let notice = Notice::new(signed.phrase("organization-saved"));
            signed.done(PATH, notice).await
        }
        Err(ProfileError::NoAdminWithFactor) => {
            let (field, id) = (Some("console_sign_in"), "console-sign-in-no-admin");
            again(vec![FormError::of(signed.language(), field, id)]).await
        }
        Err(ProfileError::Changed) => changed(signed).await,
        Err(ProfileError::Name) => {
            let error = FormError::of(signed.language(), Some("name"), "name-wrong");
            again(vec![error]).await
        }
        Err(ProfileError::Policy(why)) => again(vec![policy::error(signed, &why)]).await,
        Err(why) => Err(why.into()),
    }
}

/// The page after somebody else has changed the record: with what was typed, which can be saved
/// again, and with what is stored now.
async fn changed(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "changed-meanwhile");
    let newest = record::read(&signed.app, signed.organization()).await?;
    let typed = signed.sent.without("version");
    let mut page = page(signed, &newest, Some(&typed), vec![error]);
    page.parts.push(now_is(signed, &newest.organization));
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}

/// What the record is now.
pub(super) fn now_is(signed: &Visit, organization: &Organization) -> Part {
    let policy = &organization.policy;
    let number = |stored: Option<i64>| match stored {
        Some(number) => vec![Cell::Text(signed.language().number(number))],
        None => vec![Cell::Quiet(signed.text("none"))],
    };
    let yes_or_no = |yes: bool| {
        let (id, tone) = if yes {
            ("yes", Tone::Good)
        } else {
            ("no", Tone::Quiet)
        };
        vec![signed.badge(id, tone)]
    };
    let stored = [
        policy.operator_token_max_seconds,
        policy.company_token_lifetime_seconds,
        policy.rotation_period_days,
        policy.rotation_grace_seconds,
    ];
    let name = vec![Cell::Name(organization.name.clone())];
    let mut facts = vec![(signed.text("name"), name)];
    for ((_, label, _), stored) in policy::NUMBERS.into_iter().zip(stored) {
        facts.push((signed.text(label), number(stored)));
    }
    let boxes = [
        ("policy-enforce", policy.enforce_rotation),
        ("policy-cap", organization.cap_scopes_by_role),
    ];
    for (label, stored) in boxes {
        facts.push((signed.text(label), yes_or_no(stored)));
    }
    let rule = signed.text(sign_in_rule(organization.console_sign_in));
    facts.push((signed.text("console-sign-in-rule"), vec![Cell::Text(rule)]));
    Part::Facts("newest", facts)
}
