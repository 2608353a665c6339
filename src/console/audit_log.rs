//! The audit log.

use std::net::IpAddr;

use chrono::{NaiveDate, NaiveTime, TimeZone};

use super::answers::Page;
use super::cells::{cut, short};
use super::gate::{self, Answer};
use super::page::{Cell, Choice, Empty, Filter, FilterField, Part, Row, Table};
use super::sent::Sent;
use super::visit::{Outcome, Signed};
use super::{clients, operators, roles, tokens, wechat};
use crate::audit::{self, Action, Line};
use crate::base::{Timestamp, TokenId};
use crate::http::{Anyone, Call};

pub(super) const PATH: &str = "/console/audit";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let asked = |name: &str| signed.asked(name).trim().to_owned();
    let text = |name: &str| Some(asked(name)).filter(|text| !text.is_empty());
    let mut actions = Vec::new();
    for (_, word) in signed.query.iter().filter(|(name, _)| name == "action") {
        match word.parse::<Action>() {
            Ok(action) => actions.push(action),
            Err(_) => ignored.push("action"),
        }
    }
    let address: Option<IpAddr> = asked("address").parse().ok();
    if address.is_none() && text("address").is_some() {
        ignored.push("address");
    }
    let mut day = |name: &'static str, after: bool| {
        let typed = text(name)?;
        let found = instant(signed, &typed, after);
        if found.is_none() {
            ignored.push(name);
        }
        found
    };
    let (from, to) = (day("from", false), day("to", true));
    let filter = audit::Filter {
        actions: actions.clone(),
        actor: text("actor"),
        target: text("subject"),
        address,
        request_id: text("request"),
        from,
        to,
    };
    let before = signed.asked("cursor").parse().ok();
    let is_filtered = before.is_some()
        || [
            "actor", "action", "subject", "address", "request", "from", "to",
        ]
        .iter()
        .any(|name| text(name).is_some());
    let page = audit::Page {
        organization: signed.organization(),
        filter,
        before,
        limit: limit + 1,
    };
    let read = move |conn: &mut _| audit::page(conn, page);
    let mut lines = signed.app.db.read(read).await?;
    let last = cut(&mut lines, limit).map(|last| last.id.to_string());

    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter_form(signed, &actions)));
    if lines.is_empty() && is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else if lines.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("audit-empty"),
            action: None,
            command: None,
        }));
    } else {
        parts.push(Part::Table(table(signed, &lines)));
        parts.push(Part::Pages(signed.pages(last)));
    }
    let heading = signed.phrase("audit-log");
    signed.page(Page::new("audit", heading, parts)).await
}

/// Returns the beginning of a day in the person's zone, or of the day after it; or an instant.
fn instant(signed: &Signed, text: &str, after: bool) -> Option<Timestamp> {
    let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") else {
        return Timestamp::parse(text).ok();
    };
    let day = if after { day.succ_opt()? } else { day };
    let begins = day.and_time(NaiveTime::MIN);
    let begins = signed
        .preferences
        .zone
        .from_local_datetime(&begins)
        .earliest()?;
    Some(Timestamp::from_seconds(begins.timestamp()))
}

fn filter_form(signed: &Signed, actions: &[Action]) -> Filter {
    let typed = |name: &'static str, label: &str| FilterField {
        name,
        label: signed.text(label),
        value: signed.asked(name).to_owned(),
        choices: Vec::new(),
        hint: None,
    };
    let mut choices = vec![Choice::new("", signed.text("any"), actions.is_empty())];
    for one in Action::ALL {
        let label = signed.text(act(one));
        choices.push(Choice::new(one.as_str(), label, actions.contains(&one)));
    }
    let day = signed.text_with("day-hint", "zone", signed.preferences.zone.name());
    Filter {
        action: PATH.to_owned(),
        fields: vec![
            FilterField {
                name: "action",
                label: signed.text("act"),
                value: String::new(),
                choices,
                hint: None,
            },
            typed("actor", "actor"),
            typed("subject", "subject"),
            typed("address", "address"),
            typed("request", "request-id"),
            FilterField {
                hint: Some(day.clone()),
                ..typed("from", "from")
            },
            FilterField {
                hint: Some(day),
                ..typed("to", "until")
            },
        ],
        clear: PATH.to_owned(),
    }
}

/// A table of lines of the log.
pub(super) fn table(signed: &Signed, lines: &[Line]) -> Table {
    let heads = ["time", "actor", "act", "subject", "address", "details"];
    let row = |line: &Line| {
        let mut act_cell = vec![
            Cell::Text(signed.text(act(line.action))),
            Cell::Break,
            Cell::Word(line.action.as_str().to_owned()),
        ];
        if line.occurrences > 1 {
            act_cell.push(Cell::Break);
            act_cell.push(Cell::Text(signed.count("occurrences", line.occurrences)));
        }
        let mut detail = Vec::new();
        if let Some(text) = &line.detail {
            detail.push(Cell::Name(text.clone()));
            detail.push(Cell::Break);
        }
        if let Some(entry) = line.feed_seq {
            let entry = entry.to_string();
            detail.push(Cell::Text(signed.text_with("entry", "sequence", &entry)));
            detail.push(Cell::Break);
        }
        if let Some(id) = &line.request_id {
            detail.push(Cell::Code(id.clone()));
        }
        Row {
            id: line.id.to_string(),
            cells: vec![
                vec![signed.time(line.at)],
                vec![thing(&line.actor)],
                act_cell,
                line.target
                    .as_deref()
                    .map(|target| vec![thing(target)])
                    .unwrap_or_default(),
                line.address
                    .clone()
                    .map(|address| vec![Cell::Code(address)])
                    .unwrap_or_default(),
                detail,
            ],
        }
    };
    Table {
        id: "audit",
        caption: signed.text("audit-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: lines.iter().map(row).collect(),
    }
}

/// An actor or a subject: a link if there is a page about it. The id of a token is shortened.
fn thing(text: &str) -> Cell {
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    let of_token = id.parse::<TokenId>().ok();
    let page = match kind {
        "operator" => Some(operators::PATH),
        "api-key" => Some(super::api_keys::PATH),
        "company-token" | "operator-token" | "access-token" | "refresh-token" | "session" => {
            Some(tokens::PATH)
        }
        _ => None,
    };
    let of_name = match kind {
        "client" => Some(clients::path_of(id)),
        "role" => Some(roles::path_of(id)),
        "wechat-app" => Some(wechat::path_of(id)),
        _ => None,
    };
    if let Some(href) = of_name {
        let name = text.to_owned();
        return Cell::Link { href, name };
    }
    match (page, of_token) {
        (None, _) => Cell::Code(text.to_owned()),
        (Some(page), None) => Cell::Link {
            href: format!("{page}/{id}"),
            name: text.to_owned(),
        },
        (Some(page), Some(token)) => Cell::Link {
            href: format!("{page}/{token}"),
            name: format!("{kind}:{}", short(token)),
        },
    }
}

/// The message for an act.
const fn act(action: Action) -> &'static str {
    match action {
        Action::LoggedIn => "act-logged-in",
        Action::LoginFailed => "act-login-failed",
        Action::OrganizationCreated => "act-organization-created",
        Action::OrganizationUpdated => "act-organization-updated",
        Action::OrganizationSuspended => "act-organization-suspended",
        Action::OrganizationResumed => "act-organization-resumed",
        Action::OrganizationTokensRevoked => "act-organization-tokens-revoked",
        Action::LoginSet => "act-login-set",
        Action::PasswordSet => "act-password-set",
        Action::OperatorCreated => "act-operator-created",
        Action::OperatorUpdated => "act-operator-updated",
        Action::OperatorDeactivated => "act-operator-deactivated",
        Action::OperatorActivated => "act-operator-activated",
        Action::OperatorDeleted => "act-operator-deleted",
        Action::OperatorsImported => "act-operators-imported",
        Action::OperatorsExported => "act-operators-exported",
        Action::OperatorTokensRevoked => "act-operator-tokens-revoked",
        Action::SignedIn => "act-signed-in",
        Action::SignInFailed => "act-sign-in-failed",
        Action::CredentialsSet => "act-credentials-set",
        Action::TotpSet => "act-totp-set",
        Action::SessionEnded => "act-session-ended",
        Action::SessionDisowned => "act-session-disowned",
        Action::ClientCreated => "act-client-created",
        Action::ClientUpdated => "act-client-updated",
        Action::ClientSecretRotated => "act-client-secret-rotated",
        Action::ClientDeleted => "act-client-deleted",
        Action::ClientTokensRevoked => "act-client-tokens-revoked",
        Action::GrantCreated => "act-grant-created",
        Action::GrantRevoked => "act-grant-revoked",
        Action::RefreshReused => "act-refresh-reused",
        Action::ResourceUpdated => "act-resource-updated",
        Action::ApiKeyCreated => "act-api-key-created",
        Action::ApiKeyUpdated => "act-api-key-updated",
        Action::ApiKeyRotated => "act-api-key-rotated",
        Action::ApiKeyRevoked => "act-api-key-revoked",
        Action::ApiKeyQuarantined => "act-api-key-quarantined",
        Action::ApiKeyReleased => "act-api-key-released",
        Action::ApiKeyLeakReported => "act-api-key-leak-reported",
        Action::ApiKeyNewNetwork => "act-api-key-new-network",
        Action::ApiKeyWokeUp => "act-api-key-woke-up",
        Action::ApiKeyRateJump => "act-api-key-rate-jump",
        Action::WechatAppCreated => "act-wechat-app-created",
        Action::WechatAppUpdated => "act-wechat-app-updated",
        Action::WechatAppDeleted => "act-wechat-app-deleted",
        Action::WechatIdentityConflict => "act-wechat-identity-conflict",
        Action::WechatFailed => "act-wechat-failed",
        Action::ScopeUpdated => "act-scope-updated",
        Action::RoleUpdated => "act-role-updated",
        Action::TokenRevoked => "act-token-revoked",
        Action::CompanyTokenRevoked => "act-company-token-revoked",
        Action::CompanyTokenRotated => "act-company-token-rotated",
        Action::CompanyTokenIssued => "act-company-token-issued",
        Action::CompanyTokenLabelled => "act-company-token-labelled",
        Action::CompanyTokenRetired => "act-company-token-retired",
        Action::RotationEnforced => "act-rotation-enforced",
        Action::RotationDue => "act-rotation-due",
        Action::WebhookCreated => "act-webhook-created",
        Action::WebhookUpdated => "act-webhook-updated",
        Action::WebhookDeleted => "act-webhook-deleted",
        Action::WebhookRetried => "act-webhook-retried",
        Action::WebhookGone => "act-webhook-gone",
        Action::WebhookGaveUp => "act-webhook-gave-up",
        Action::KeyCreated => "act-key-created",
        Action::KeyActivated => "act-key-activated",
        Action::KeySuperseded => "act-key-superseded",
        Action::KeyRetired => "act-key-retired",
        Action::KeyRevoked => "act-key-revoked",
        Action::KeysResealed => "act-keys-resealed",
        Action::DatabaseRestored => "act-database-restored",
    }
}
