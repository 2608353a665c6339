//! The first page of the platform: figures, what needs attention, and what was done last.

use super::visit::Admin;
use super::{HOME, audit as log, gate, jobs, keys, nodes, organizations, webhooks};
use crate::audit::{self, seal};
use crate::base::{OrganizationId, Seek, WebhookId};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::gate::Answer;
use crate::console::page::{Attention, Figure, Link, Part};
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::db::{self, Conn};
use crate::feed::{self, Members};
use crate::http::{Anyone, Call, Endpoint};
use crate::organization::{self, OrganizationStatus};
use crate::schedule;
use crate::signing_keys::{self, KeyState};
use crate::webhook;

/// How many lines of the audit log the page has.
const LINES: i64 = 10;

/// More webhooks than the service can have.
const ALL: i64 = 100;

/// The endpoint of this page.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::page(HOME, get)]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

/// What the page shows.
struct State {
    active: i64,
    suspended: i64,
    members: Members,
    /// The keys that sign.
    signing: usize,
    /// The keys that verify only, or will sign.
    others: usize,
    failing_jobs: usize,
    failing_webhooks: usize,
    is_broken: bool,
    lines: Vec<audit::Line>,
}

fn read(conn: &mut Conn) -> db::Result<State> {
    let keys = signing_keys::all(conn)?;
    let count = |of: &dyn Fn(KeyState) -> bool| {
        let states = keys.iter().map(|kept| kept.key.life);
        let trusted = states.filter(|life| !life.is_revoked());
        trusted.filter(|life| of(life.state())).count()
    };
    let endpoints = webhook::list(conn, OrganizationId::SERVICE, WebhookId(0), ALL)?;
    let gave_up = |webhook: &&webhook::Webhook| webhook.gave_up_at.is_some();
    let page = audit::Page {
        organization: None,
        filter: audit::Filter::default(),
        seek: Seek::First,
        limit: LINES,
    };
    let failing = schedule::list(conn)?;
    let failing = failing.iter().filter(|job| job.failed_at.is_some());
    Ok(State {
        active: organization::count(conn, OrganizationStatus::Active)?,
        suspended: organization::count(conn, OrganizationStatus::Suspended)?,
        members: feed::members(conn)?,
        signing: count(&|state| state == KeyState::Active),
        others: count(&|state| matches!(state, KeyState::Pending | KeyState::Retiring)),
        failing_jobs: failing.count(),
        failing_webhooks: endpoints.iter().filter(gave_up).count(),
        is_broken: seal::state(conn, None)?.broken.is_some(),
        lines: audit::platform_page(conn, &page)?.page.rows,
    })
}

async fn show(admin: &Admin) -> Outcome {
    let state = admin.app.db.read(read).await?;
    let mut parts = vec![Part::Figures(figures(admin, &state))];
    let attention = attention(admin, &state);
    parts.push(Part::Heading(admin.text("attention")));
    if attention.is_empty() {
        parts.push(Part::Text(admin.phrase("attention-none")));
    } else {
        parts.push(Part::Attention(attention));
    }
    parts.push(Part::Heading(admin.text("last-acts")));
    parts.push(Part::Table(audit_log::table(admin, &state.lines)));
    let heading = admin.phrase("overview");
    admin
        .page(Page::new("platform-overview", heading, parts))
        .await
}

fn figures(admin: &Admin, state: &State) -> Vec<Figure> {
    let number = |count: usize| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        admin.language().number(count)
    };
    let figure = |id: &'static str, label: &str, value: String, href: String| Figure {
        id,
        label: admin.text(label),
        value,
        href: Some(href),
    };
    let of = |status: OrganizationStatus| format!("{}?status={status}", organizations::PATH);
    vec![
        figure(
            "figure-organizations",
            "platform-figure-organizations",
            admin.language().number(state.active),
            of(OrganizationStatus::Active),
        ),
        figure(
            "figure-suspended",
            "platform-figure-suspended",
            admin.language().number(state.suspended),
            of(OrganizationStatus::Suspended),
        ),
        figure(
            "figure-nodes",
            "platform-nodes",
            number(state.members.nodes.len()),
            nodes::PATH.to_owned(),
        ),
        figure(
            "figure-keys",
            "platform-figure-keys",
            number(state.signing),
            keys::PATH.to_owned(),
        ),
        figure(
            "figure-other-keys",
            "platform-figure-other-keys",
            number(state.others),
            keys::PATH.to_owned(),
        ),
    ]
}

fn attention(admin: &Admin, state: &State) -> Vec<Attention> {
    let nodes = state.members.nodes.iter();
    let silent = nodes.filter(|node| node.is_silent(admin.now)).count();
    let attention = |id, count, path: &str, label| Attention {
        id,
        count,
        link: Link {
            href: path.to_owned(),
            label,
        },
    };
    let counted = [
        ("platform-attention-nodes", silent, nodes::PATH),
        ("platform-attention-jobs", state.failing_jobs, jobs::PATH),
        (
            "platform-attention-webhooks",
            state.failing_webhooks,
            webhooks::PATH,
        ),
    ];
    let some = counted.into_iter().filter(|(_, count, _)| *count > 0);
    let some = some.map(|(id, count, path)| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        attention(id, count, path, admin.count(id, count))
    });
    let chain = "platform-attention-chain";
    let broken = state
        .is_broken
        .then(|| attention(chain, 1, log::PATH, admin.text(chain)));
    some.chain(broken).collect()
}
