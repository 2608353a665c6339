//! `lanyard token explain`: why a token is refused, since when, and who caused that.

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::named::{Found, Named, bare, given};
use super::reading::Reason;
use super::report::relative;
use super::{UNKNOWN, check, wording};
use crate::base::{Clock, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::ledger::{self, Retirement, Why};
use crate::token::{Kind, TokenUse};

const EXAMPLES: &str = "\
Exits with 0 if the token is valid, 1 if it is refused, 2 if that cannot be decided. Everything \
is read from the database, and nothing is changed; the token itself is never printed. An id (the \
claim jti) is enough if the ledger has it.

Examples:
  lanyard token explain 0190b6f0-5f5e-7a3c-9c4d-2f1d8a7b6c5d
  lanyard token explain - --json < token.txt";

/// Say why a token is refused: which rule, since when, by whom
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Explain {
    /// The token or its id; - for standard input, hidden from other users of the machine
    #[arg(value_name = "TOKEN|JTI")]
    token: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The explanation as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    status: &'static str,
    reason: Option<&'static str>,
    since: Option<Timestamp>,
    sequence: Option<Sequence>,
    by: Option<AuditEvent>,
    kind: &'static str,
    organization_id: OrganizationId,
    operator_id: Option<OperatorId>,
    jti: TokenId,
    parent: Option<TokenId>,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    /// Whether the ledger has the token. If not, the members after this one are `null`.
    in_ledger: bool,
    ends_at: Option<Timestamp>,
    successor: Option<TokenId>,
    label: Option<String>,
    note: Option<String>,
    safe_to_retire: Option<bool>,
    last_used_at: Option<Timestamp>,
    address: Option<String>,
    kid: Option<KeyId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditEvent {
    audit_id: i64,
    action: &'static str,
    actor: String,
    address: Option<String>,
    request_id: Option<String>,
}

#[derive(Serialize)]
struct NotOurs {
    status: &'static str,
    reasons: Vec<Reason>,
}

impl Explain {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        self.explain(common)
            .map_err(|failure| failure.or_code(UNKNOWN))
    }

    fn explain(&self, common: &Common) -> Result<(), Failure> {
        let text = given(&self.token)?;
        let config = common.load()?;
        let db = check::open(&config.database).map_err(Failure::new)?;
        let now = Clock::System.now();
        let named = match Found::of(bare(&text), &db, &config, now)? {
            Found::Token(named) => *named,
            Found::Foreign(reasons) => {
                self.print_foreign(reasons)?;
                return Err(Failure::silent(1));
            }
        };
        let ring = check::ring(&db, &config).ok();
        let why = db.read_blocking(|conn| match &named.record {
            Some(record) => {
                let knows = |kid: KeyId| {
                    let ring = ring.as_ref();
                    ring.is_none_or(|ring| ring.keys().any(|key| key.kid == kid))
                };
                ledger::why_not(conn, record, knows, now)
            }
            None => ledger::why(conn, &named.claims, now),
        })?;
        let retirement = match named.record.as_ref().map(|record| &record.line) {
            Some(line) => db.read_blocking(|conn| {
                let successor = line.handover.map(|handover| handover.successor);
                let ids: Vec<_> = successor.into_iter().collect();
                let used = ledger::first_uses(conn, named.claims.organization, &ids)?;
                Ok::<_, crate::db::Error>(line.retirement(used.into_values().next()))
            })?,
            None => None,
        };
        let parent = match named.claims.parent() {
            Some(jti) => {
                db.read_blocking(|conn| ledger::find(conn, named.claims.organization, jti))?
            }
            None => None,
        };
        let in_session = parent.is_some_and(|record| record.line.claims.kind() == Kind::Console);
        let refused = why.is_some();
        if self.json {
            say_json(&Explained::new(&named, why, retirement))?;
        } else {
            say(prose(&named, in_session, (why.as_ref(), retirement), now))?;
        }
        if refused {
            Err(Failure::silent(1))
        } else {
            Ok(())
        }
    }

    fn print_foreign(&self, reasons: Vec<Reason>) -> Result<(), Failure> {
        if self.json {
            return say_json(&NotOurs {
                status: "invalid",
                reasons,
            });
        }
        let lines: Vec<_> = reasons
            .iter()
            .map(|reason| format!("It is not a token of this service: {}.", reason.text))
            .collect();
        say(lines.join("\n"))
    }
}

impl Explained {
    fn new(named: &Named, why: Option<Why>, retirement: Option<Retirement>) -> Self {
        let claims = &named.claims;
        let line = named.record.as_ref().map(|record| &record.line);
        Self {
            status: why.as_ref().map_or("valid", |why| why.reason.status()),
            reason: why.as_ref().map(|why| why.reason.as_str()),
            since: why.as_ref().and_then(|why| why.since),
            sequence: why
                .as_ref()
                .and_then(|why| why.entry)
                .map(|entry| entry.seq),
            by: why.and_then(|why| why.audit_event).map(|line| AuditEvent {
                audit_id: line.id,
                action: line.action.as_str(),
                actor: line.actor,
                address: line.address,
                request_id: line.request_id,
            }),
            kind: claims.kind().as_str(),
            organization_id: claims.organization,
            operator_id: claims.operator(),
            jti: claims.jti,
            parent: claims.parent(),
            issued_at: claims.issued_at,
            expires_at: claims.expires_at(),
            in_ledger: line.is_some(),
            ends_at: line.and_then(|line| line.ends_at),
            successor: line.and_then(|line| Some(line.handover?.successor)),
            label: line.and_then(|line| line.label.clone()),
            note: named.record.as_ref().and_then(|record| record.note.clone()),
            safe_to_retire: retirement.map(|found| found == Retirement::Safe),
            last_used_at: line.and_then(|line| line.last_used_at),
            address: named
                .record
                .as_ref()
                .and_then(|record| record.address.clone()),
            kid: named.record.as_ref().and_then(|record| record.kid),
        }
    }
}

/// Returns the explanation as text: what the token is, whether it is valid, who did what, and what
/// the holder can do. `in_session` is whether it was issued in a console session.
fn prose(
    named: &Named,
    in_session: bool,
    (why, retirement): (Option<&Why>, Option<Retirement>),
    now: Timestamp,
) -> String {
    let claims = &named.claims;
    let instant = |at: Timestamp| format!("{at} ({})", relative(at, now));
    let mut out = what(named, in_session);
    let _ = write!(out, "Issued at {}", instant(claims.issued_at));
    match &named.record {
        Some(record) => {
            for text in record.line.label.iter().chain(&record.note) {
                let _ = write!(out, ", “{text}”");
            }
            if let Some(address) = &record.address {
                let _ = write!(out, " to {address}");
            }
            match record.line.last_used_at {
                Some(used) => {
                    let _ = write!(out, ", last used at {}", instant(used));
                }
                None => out.push_str(", no use recorded yet"),
            }
            out.push_str(".\n");
        }
        None => out.push_str("; the ledger has no line for it.\n"),
    }
    let line = named.record.as_ref().map(|record| &record.line);
    if let Some(handover) = line.and_then(|line| line.handover) {
        let used = match retirement {
            Some(Retirement::Safe) => "that one is in use, and this one can be retired",
            Some(Retirement::SuccessorUnused) => "it was not used since",
            _ => "it was used since",
        };
        let _ = writeln!(
            out,
            "Rotated at {}: its successor is {}; {used}.",
            instant(handover.at),
            handover.successor
        );
    }
    out.push('\n');
    match why {
        None => {
            let ends = line.and_then(|line| line.ends_at);
            match claims.expires_at().into_iter().chain(ends).min() {
                Some(end) => {
                    let _ = write!(out, "It is valid until {}.", instant(end));
                }
                None => out.push_str("It is valid and does not expire."),
            }
        }
        Some(why) => refused(&mut out, why, claims.kind(), now),
    }
    out
}

/// Returns what the token is and whose, as one line. `in_session` is whether it was issued in a
/// console session.
fn what(named: &Named, in_session: bool) -> String {
    let claims = &named.claims;
    match claims.token_use {
        TokenUse::Operator {
            operator, parent, ..
        } => {
            let from = if in_session {
                "console session"
            } else {
                "company token"
            };
            format!(
                "Operator token {} of operator {operator}, organization {}, derived from {from} {parent}.\n",
                claims.jti, claims.organization
            )
        }
        TokenUse::Company { .. } => format!(
            "Company token {} of organization {}.\n",
            claims.jti, claims.organization
        ),
        TokenUse::Session { operator, .. } => format!(
            "Session {} of operator {operator}, organization {}.\n",
            claims.jti, claims.organization
        ),
        TokenUse::Console { operator, .. } => {
            let of = operator.map_or_else(
                || "the organization's own account".to_owned(),
                |id| format!("operator {id}"),
            );
            format!(
                "Console session {} of {of}, organization {}.\n",
                claims.jti, claims.organization
            )
        }
        TokenUse::Access { .. } | TokenUse::Refresh { .. } => {
            let client = named
                .record
                .as_ref()
                .and_then(|record| record.line.client.clone());
            let client = client
                .map(|client| format!(" of client {client}"))
                .unwrap_or_default();
            let operator = claims.operator();
            let operator = operator
                .map(|id| format!(", for operator {id}"))
                .unwrap_or_default();
            let kind = if claims.kind() == Kind::Access {
                "Access"
            } else {
                "Refresh"
            };
            format!(
                "{kind} token {}{client}{operator}, organization {}.\n",
                claims.jti, claims.organization
            )
        }
    }
}

fn refused(out: &mut String, why: &Why, kind: Kind, now: Timestamp) {
    let _ = write!(out, "It is not valid: {}", wording::rule_since(why));
    if let Some(since) = why.since {
        let _ = write!(out, " ({})", relative(since, now));
    }
    out.push_str(".\n");
    match (&why.entry, &why.audit_event) {
        (Some(entry), Some(event)) => {
            let _ = write!(out, "Done by {}", event.actor);
            if let Some(address) = &event.address {
                let _ = write!(out, " from {address}");
            }
            if let Some(request) = &event.request_id {
                let _ = write!(out, " in request {request}");
            }
            let _ = writeln!(
                out,
                ", at {}: {}, audit entry {}, feed entry {}.",
                event.at, event.action, event.id, entry.seq
            );
        }
        (Some(entry), None) => {
            let _ = writeln!(
                out,
                "The feed has it as entry {}; the audit log no longer has a line for it.",
                entry.seq
            );
        }
        (None, _) => {}
    }
    let _ = write!(out, "What to do: {}.", wording::remedy(why.reason, kind));
}
