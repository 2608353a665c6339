//! The audit log: read, follow and export it, and see whether the chain over it is whole.

mod chain;
mod export;
mod filter;

use actix_web::http::Method;

use self::filter::Wanted;
use super::answers::Page;
use super::cells::short;
use super::gate::{self, Answer};
use super::page::{Cell, Empty, Follow, Part, Row, Table};
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use super::{clients, operators, roles, tokens, wechat};
use crate::audit::{self, Action, Line, seal};
use crate::base::{Seek, TokenId};
use crate::db;
use crate::http::{Anyone, Call, Endpoint};

pub(super) const PATH: &str = "/console/audit";

const EXPORT: &str = "/console/audit/export";

/// How often a page that follows the log shows new lines (seconds).
const EVERY: u32 = 5;

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::hidden(PATH, Method::GET, get),
        Endpoint::hidden(EXPORT, Method::GET, export::get),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    // New lines come without anybody doing something, so following is no use of the session.
    let is_use = !follows(&visit);
    gate::show_as(visit, is_use, show).await
}

fn follows(visit: &Visit) -> bool {
    visit.asked("follow") == "1"
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let wanted = Wanted::read(signed, &mut ignored);
    let follows = follows(signed);
    let seek: Seek<i64> = if follows { Seek::First } else { signed.seek() };
    let is_filtered = !seek.is_first() || !wanted.names.is_empty();
    let organization = signed.organization();
    let page = audit::Page {
        organization: Some(organization),
        filter: wanted.filter.clone(),
        seek,
        limit,
    };
    let read = move |conn: &mut _| {
        let found = audit::page(conn, page)?;
        Ok::<_, db::Error>((found, seal::state(conn, Some(organization))?))
    };
    let (found, state) = signed.app.db.read(read).await?;

    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Filter(filter::form(signed, &wanted)));
    parts.push(Part::Actions(export::links(signed)));
    parts.push(Part::Follow(follow(signed, follows)));
    parts.push(chain::facts(signed, &state));
    if !found.page.rows.is_empty() {
        parts.push(Part::Table(table(signed, &found.page.rows)));
    } else if is_filtered {
        parts.push(Part::Nothing {
            text: signed.text("nothing-found"),
            clear: signed.link(PATH, "filter-clear"),
        });
    } else {
        parts.push(Part::Empty(Empty {
            text: signed.text("audit-empty"),
            action: None,
            command: None,
        }));
    }
    if let Some(at) = found.looked_up_to {
        let how_far = vec![signed.time(at)];
        parts.push(Part::Facts(
            "looked-back",
            vec![(signed.text("audit-looked-back"), how_far)],
        ));
    }
    if !follows {
        parts.push(Part::Pages(signed.pages(&found.page)));
    }
    let page = Page::new("audit", signed.phrase("audit-log"), parts);
    if follows {
        // What the last act has to say stays for the page that somebody opens.
        signed.answer(&page)
    } else {
        signed.page(page).await
    }
}

/// The button that begins to follow the log, or pauses that.
fn follow(signed: &Signed, follows: bool) -> Follow {
    let kept = signed.query.iter();
    let kept = kept.filter(|(name, _)| !["follow", "cursor"].contains(&name.as_str()));
    let mut hidden: Vec<_> = kept.cloned().collect();
    if !follows {
        hidden.push(("follow".to_owned(), "1".to_owned()));
    }
    Follow {
        action: PATH.to_owned(),
        hidden,
        label: signed.text(if follows {
            "audit-pause"
        } else {
            "audit-follow"
        }),
        every: follows.then_some(EVERY),
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
        Action::OperatorErased => "act-operator-erased",
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
        Action::AuditExported => "act-audit-exported",
        Action::DatabaseRestored => "act-database-restored",
    }
}
