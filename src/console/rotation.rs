//! The pages about the rotation of company tokens and of signing keys.

mod end;
pub(super) mod keys;
pub(super) mod label;
mod list;
pub(super) mod new;
pub(super) mod record;
mod rotate;

use super::cells::short;
use super::page::Tone;
use super::refusal::{Problem, Refusal};
use super::visit::Signed;
use crate::base::TokenId;
use crate::http::Endpoint;
use crate::ledger::{self, Record, Retirement, Why};
use crate::organization::Terms;
use crate::token::Kind;

pub(super) const PATH: &str = "/console/rotation";
pub(super) const NEW: &str = "/console/rotation/new";
const LABEL: &str = "/console/rotation/{id}/label";
const ROTATE: &str = "/console/rotation/{id}/rotate";
const RETIRE: &str = "/console/rotation/{id}/retire";
const REVOKE: &str = "/console/rotation/{id}/revoke";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(LABEL, label::get),
        Endpoint::form(LABEL, label::post),
        Endpoint::page(ROTATE, rotate::get),
        Endpoint::form(ROTATE, rotate::post),
        Endpoint::page(RETIRE, end::get),
        Endpoint::form(RETIRE, end::post),
        Endpoint::page(REVOKE, end::get),
        Endpoint::form(REVOKE, end::post),
    ]
}

/// Returns the page of an act on a company token.
fn path_of(jti: TokenId, act: &str) -> String {
    format!("{PATH}/{jti}/{act}")
}

/// Returns the page of a company token.
fn record_of(jti: TokenId) -> String {
    format!("{}/{jti}", super::tokens::PATH)
}

/// Returns a company token of the organization by the text of a path, with its last use on this node,
/// and why it is refused.
async fn find(signed: &Signed, id: &str) -> Result<(Record, Option<Why>), Refusal> {
    let jti: TokenId = id.parse().map_err(|_| Problem::NotFound)?;
    let found = ledger::examine(&signed.app, signed.organization(), jti).await?;
    let (record, why) = found.ok_or(Problem::NotFound)?;
    if record.line.claims.kind() != Kind::Company {
        return Err(Problem::NotFound.into());
    }
    Ok((with_use(signed, record), why))
}

/// Returns the record with a use that this node has not written yet.
fn with_use(signed: &Signed, record: Record) -> Record {
    let unwritten = signed.app.tokens.uses.unwritten(record.line.claims.jti);
    Record {
        line: record.line.with_use(unwritten),
        ..record
    }
}

/// What people call a company token: its label, or its shortened id.
fn name_of(record: &Record) -> String {
    let short = || short(record.line.claims.jti);
    record.line.label.clone().unwrap_or_else(short)
}

/// Returns the terms of rotation of the organization.
async fn terms(signed: &Signed) -> Result<Terms, Refusal> {
    let policies = &signed.app.tokens.policies;
    let policy = policies.get(&signed.app.db, signed.organization()).await?;
    let policy = policy.ok_or(Problem::NotFound)?;
    Ok(policy.terms(&signed.app.settings.company_tokens))
}

/// Returns whether a rotated token is still needed. `None` if it was not rotated.
async fn retirement(signed: &Signed, record: &Record) -> Result<Option<Retirement>, Refusal> {
    let line = std::iter::once(&record.line);
    let used = ledger::successors_used(&signed.app, signed.organization(), line).await?;
    Ok(record.line.retirement(used.into_values().next()))
}

/// The messages for whether a token is still needed: in a word and in a sentence; and how it stands
/// out.
const fn words(retirement: Retirement) -> (&'static str, &'static str, Tone) {
    match retirement {
        Retirement::Safe => ("retire-safe", "retire-safe-text", Tone::Good),
        Retirement::SuccessorUnused => ("retire-waiting", "retire-waiting-text", Tone::Quiet),
        Retirement::InUse => ("retire-in-use", "retire-in-use-text", Tone::Caution),
    }
}
