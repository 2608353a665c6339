//! The pages about tokens.

mod explain;
mod list;
mod record;
mod revoke;

pub(super) use list::{list_of, looked_back, revoke_selected};

use super::page::{Cell, Tone};
use super::visit::Visit;
use crate::feed::TargetKind;
use crate::http::Endpoint;
use crate::ledger::{Reason, Why};
use crate::token::Kind;

pub(super) const PATH: &str = "/console/tokens";
pub(super) const EXPLAIN: &str = "/console/tokens/explain";
const REVOKE: &str = "/console/tokens/revoke";
const RECORD: &str = "/console/tokens/{id}";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(EXPLAIN, explain::get),
        Endpoint::form(EXPLAIN, explain::post),
        Endpoint::page(REVOKE, revoke::get),
        Endpoint::form(REVOKE, revoke::post),
        Endpoint::page(RECORD, record::get),
    ]
}

/// The message for a kind of token.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Company => "kind-company",
        Kind::Operator => "kind-operator",
        Kind::Session => "kind-session",
        Kind::Access => "kind-access",
        Kind::Refresh => "kind-refresh",
        Kind::Console => "kind-console",
    }
}

/// The message for the rule that refuses a token.
const fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::Revoked(TargetKind::Token) => "why-token",
        Reason::Revoked(TargetKind::CompanyToken) => "why-company-token",
        Reason::Revoked(TargetKind::Operator) => "why-operator",
        Reason::Revoked(TargetKind::Organization) => "why-organization",
        Reason::Revoked(TargetKind::Key) => "why-key",
        Reason::Revoked(TargetKind::Client) => "why-client",
        Reason::Revoked(TargetKind::Grant) => "why-grant",
        Reason::Revoked(TargetKind::Session) => "why-session",
        Reason::Revoked(TargetKind::Sessions) => "why-sessions",
        Reason::Revoked(TargetKind::ApiKey) => "why-api-key",
        Reason::Expiry => "why-expiry",
        Reason::Rotation => "why-rotation",
        Reason::SessionEnded => "why-session-ended",
        Reason::RetiredKey => "why-retired-key",
        Reason::Clock => "why-clock",
    }
}

/// The word for the state of a token, and how it stands out. `status` is that of the reason for which the
/// token is refused; `None` if it is valid.
fn state(status: Option<&str>) -> (&'static str, Tone) {
    match status {
        None => ("state-valid", Tone::Good),
        Some("revoked") => ("state-revoked", Tone::Bad),
        Some("expired") => ("state-expired", Tone::Quiet),
        Some(_) => ("state-invalid", Tone::Bad),
    }
}

/// Why a token is refused, as names and values.
fn facts(visit: &Visit, why: &Why) -> Vec<(String, Vec<Cell>)> {
    let mut facts = vec![
        (
            visit.text("why-since"),
            visit.time_or(why.since, "not-recorded"),
        ),
        (
            visit.text("why-code"),
            vec![Cell::Code(why.reason.as_str().to_owned())],
        ),
    ];
    if let Some(entry) = &why.entry {
        let seq = entry.seq.to_string();
        facts.push((visit.text("why-entry"), vec![Cell::Code(seq)]));
    }
    if let Some(line) = &why.audit_event {
        facts.push((visit.text("why-by"), vec![Cell::Code(line.actor.clone())]));
        if let Some(address) = &line.address {
            facts.push((visit.text("address"), vec![Cell::Code(address.clone())]));
        }
        if let Some(id) = &line.request_id {
            facts.push((visit.text("request-id"), vec![Cell::Code(id.clone())]));
        }
    }
    facts
}
