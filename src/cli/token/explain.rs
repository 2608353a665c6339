//! `lanyard token explain`: why a token is refused, since when, and who caused that.

mod prose;

use clap::Args;
use serde::Serialize;

use super::named::{Found, Named, bare, given};
use super::reading::Reason;
use super::{UNKNOWN, check};
use crate::base::{Clock, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::ledger::{self, Retirement, Why};
use crate::token::Kind;
use prose::prose;

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
