//! The explanation of a token as a text for people.

use std::fmt::Write;

use crate::base::Timestamp;
use crate::cli::token::named::Named;
use crate::cli::token::report::relative;
use crate::cli::token::wording;
use crate::ledger::{Retirement, Why};
use crate::token::{Kind, TokenUse};

/// Returns the explanation as text: what the token is, whether it is valid, who did what, and what
/// the holder can do. `in_session` is whether it was issued in a console session.
pub(super) fn prose(
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
