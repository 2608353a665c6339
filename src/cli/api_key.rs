//! `lanyard api-key …`. Changes the database directly, also while nodes run: they apply the changes
//! from the feed.

mod add;
mod check;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, tell};
use crate::access::Scope;
use crate::api_key::manage::{self, ManageError, Wanted};
use crate::api_key::{KeyStatus, StoredKey};
use crate::audit::Origin;
use crate::base::{ApiKeyId, Clock, OrganizationId, Timestamp};
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::organization;
use crate::revocation::{self, Receipt};

const EXAMPLES: &str = "\
`lanyard key` manages signing keys. These commands change the database directly, also while the service runs: its nodes apply \
the change within feed.poll (a quarter of a second). Organizations can do the same over /api/v1/api-keys.

Examples:
  lanyard api-key add --organization 7 --name 'Till 3' --scope 'read write' --expires-in 90d
  lanyard api-key list --organization 7
  lanyard api-key rotate key_0123456789abcdef
  lanyard api-key revoke --organization 7 --all
  pass show till | lanyard api-key check";

/// Manage the API keys of an organization
#[derive(Subcommand)]
#[command(name = "api-key", after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum ApiKey {
    /// Make a key and print it; it is shown only once
    Add(Box<add::Add>),
    /// List the keys that are not revoked, newest first
    List {
        /// The organization's id
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// Print JSON, one key a line
        #[arg(long)]
        json: bool,
    },
    /// Give a key another text and print it; the present one stays valid for a while
    Rotate {
        #[command(flatten)]
        one: One,
        /// How long the present text stays valid; 0 ends it at once [default: a day]
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<i64>,
    },
    /// Revoke a key for good, or all keys of an organization
    Revoke {
        /// The key's id
        #[arg(value_name = "KEY", required_unless_present = "all")]
        id: Option<ApiKeyId>,
        /// The organization's id
        #[arg(long, value_name = "ID", requires = "all")]
        organization: Option<OrganizationId>,
        /// Revoke all keys of the organization
        #[arg(long, requires = "organization", conflicts_with = "id")]
        all: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Refuse a key until it is released
    Quarantine {
        #[command(flatten)]
        one: One,
        /// For the audit log
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Release a quarantined key
    Release(One),
    /// Say what the key on standard input is and may do; exit code 1 if it is refused
    Check(check::Check),
}

#[derive(Args)]
pub(super) struct One {
    /// The key's id
    #[arg(value_name = "KEY")]
    id: ApiKeyId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated<'a> {
    id: ApiKeyId,
    key: &'a str,
    previous_expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    id: ApiKeyId,
    organization_id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AllRevoked {
    organization_id: OrganizationId,
    revoked: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: ApiKeyId,
    name: &'a str,
    environment: &'static str,
    start: &'a str,
    status: &'static str,
    scopes: Vec<&'a str>,
    role: Option<&'a str>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// The number of keys read at a time.
const PAGE: i64 = 500;

impl ApiKey {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => add.run(&db, &origin, now),
            Self::List { organization, json } => list(&db, *organization, *json, now),
            Self::Rotate { one, overlap } => {
                let ends_now = |made: &manage::Made| made.ends_now;
                let (made, _) = revocation::enforce_from_cli(&db, ends_now, |conn| {
                    let which = (manage::organization_of(conn, one.id)?, one.id);
                    manage::rotate(conn, which, *overlap, &origin, now)
                })
                .map_err(|error: ManageError| Failure::new(error))?;
                if one.json {
                    return say_json(&Rotated {
                        id: one.id,
                        key: made.text.text(),
                        previous_expires_at: made.stored.previous_ends_at(now),
                    });
                }
                say(made.text.text())
            }
            Self::Revoke {
                id: Some(id), json, ..
            } => {
                let one = One {
                    id: *id,
                    json: *json,
                };
                let what = |conn: &mut Conn, which| manage::revoke(conn, which, &origin, now);
                let done = one.commit(&db, true, what)?;
                one.changed("revoked", "is revoked on every node", done)
            }
            Self::Revoke {
                organization, json, ..
            } => {
                let organization = organization.unwrap_or(OrganizationId::SERVICE);
                let all = |_: &usize| true;
                let (revoked, receipt) = revocation::enforce_from_cli(&db, all, |conn| {
                    manage::revoke_all(conn, organization, &origin, now)
                })
                .map_err(|error: ManageError| Failure::new(error))?;
                if *json {
                    return say_json(&AllRevoked {
                        organization_id: organization,
                        revoked,
                        revocation: receipt.map(ReceiptView::from),
                    });
                }
                say(format_args!("keys revoked: {revoked}"))?;
                receipt.map_or(Ok(()), |receipt| say(tell(Some(receipt))))
            }
            Self::Quarantine { one, reason } => {
                let what = |conn: &mut Conn, which| {
                    let held = manage::quarantine(conn, which, reason.as_deref(), &origin, now);
                    held.map(|(_, entries)| entries)
                };
                let done = one.commit(&db, true, what)?;
                one.changed("quarantined", "is refused until it is released", done)
            }
            Self::Release(one) => {
                let what = |conn: &mut Conn, which| {
                    manage::release(conn, which, &origin, now).map(|(_, entries)| entries)
                };
                let done = one.commit(&db, false, what)?;
                one.changed("active", "is released", done)
            }
            Self::Check(check) => check.run(&db, now),
        }
    }
}

impl One {
    fn commit(
        &self,
        db: &Db,
        takes_away: bool,
        body: impl FnOnce(&mut Conn, (OrganizationId, ApiKeyId)) -> Result<Vec<Entry>, ManageError>,
    ) -> Result<(OrganizationId, Option<Receipt>), Failure> {
        let takes_away = |_: &OrganizationId| takes_away;
        revocation::enforce_from_cli(db, takes_away, |conn| {
            let organization = manage::organization_of(conn, self.id)?;
            body(conn, (organization, self.id)).map(|entries| (organization, entries))
        })
        .map_err(|error: ManageError| Failure::new(error))
    }

    fn changed(
        &self,
        status: &'static str,
        what: &str,
        (organization, receipt): (OrganizationId, Option<Receipt>),
    ) -> Result<(), Failure> {
        if self.json {
            return say_json(&Changed {
                id: self.id,
                organization_id: organization,
                status,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!("key {} {what}", self.id))?;
        receipt.map_or(Ok(()), |receipt| say(tell(Some(receipt))))
    }
}

/// Returns the status that a reader sees.
fn status(stored: &StoredKey, now: Timestamp) -> &'static str {
    let end = stored.key.settings.expires_at;
    match stored.key.status {
        KeyStatus::Active if end.is_some_and(|end| end <= now) => "expired",
        status => status.as_str(),
    }
}

fn list(db: &Db, organization: OrganizationId, json: bool, now: Timestamp) -> Result<(), Failure> {
    if !db.read_blocking(|conn| organization::exists(conn, organization))? {
        return Err(Failure::new(ManageError::UnknownOrganization));
    }
    let (mut after, mut rows) = (None, Vec::new());
    loop {
        let page = db.read_blocking(|conn| {
            manage::list(conn, organization, &Wanted::default(), after, PAGE, now)
        })?;
        let Some((last, _)) = page.last() else { break };
        after = Some((last.key.created_at, last.key.id));
        for (stored, last) in &page {
            let (key, settings) = (&stored.key, &stored.key.settings);
            let row = Row {
                id: key.id,
                name: &settings.name,
                environment: key.environment.as_str(),
                start: &key.start,
                status: status(stored, now),
                scopes: settings.scopes.iter().map(Scope::as_str).collect(),
                role: settings.role.as_deref(),
                expires_at: settings.expires_at,
                created_at: key.created_at,
                last_used_at: last.at,
            };
            if json {
                say_json(&row)?;
            } else {
                let or_never =
                    |at: Option<Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
                rows.push([
                    row.id.to_string(),
                    row.status.to_owned(),
                    format!("{}…", row.start),
                    or_never(row.expires_at),
                    or_never(row.last_used_at),
                    row.scopes.join(" "),
                    row.name.to_owned(),
                ]);
            }
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say(format_args!(
            "organization {organization} has no API keys; `lanyard api-key add` makes one"
        )),
        (false, false) => say_table(
            [
                "ID",
                "STATUS",
                "KEY",
                "EXPIRES",
                "LAST USED",
                "SCOPES",
                "NAME",
            ],
            &rows,
        ),
    }
}
