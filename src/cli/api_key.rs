//! `lanyard api-key …`. Changes the database directly, also while nodes run: they apply the changes
//! from the feed.

mod add;
mod check;
mod list;
mod set;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json};
use super::receipt::{ReceiptView, describe};
use crate::api_key::manage::{self, ManageError};
use crate::api_key::{KeyStatus, SigningSecret, StoredKey};
use crate::audit::Origin;
use crate::base::{ApiKeyId, Clock, OrganizationId, Timestamp};
use crate::config::Config;
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::revocation::{self, Receipt};
use crate::seal::MasterKeys;

const EXAMPLES: &str = "\
`lanyard key` manages signing keys. These commands change the database directly, also while the service runs: its nodes apply \
the change within feed.poll (a quarter of a second). Organizations can do the same over /api/v1/api-keys.

Examples:
  lanyard api-key add --organization 7 --name 'Till 3' --scope 'read write' --expires-in 90d
  lanyard api-key set key_0123456789abcdef --scope read --allow-ip 203.0.113.0/24
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
    /// Change the settings of a key; what is not given stays
    Set(Box<set::Set>),
    /// List the keys that are not revoked, newest first
    List {
        /// The organization's id
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// Print JSON, one key a line
        #[arg(long)]
        json: bool,
    },
    /// Give a key another text, and another signing secret if it has one, and print them; the present
    /// ones stay valid for a while
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
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
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
    revocation: ReceiptView,
}

impl ApiKey {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => add.run((&config, &db), &origin, now),
            Self::Set(set) => set.run(&db, &origin, now),
            Self::List { organization, json } => list::list(&db, *organization, *json, now),
            Self::Rotate { one, overlap } => {
                let signing = db.read_blocking(|conn| manage::is_signing(conn, one.id));
                let signing = signing.map_err(|error: ManageError| Failure::new(error))?;
                let masters = masters_if(signing, &config, &db)?;
                let ends_now = |made: &manage::Made| made.ends_now;
                let (made, _) = revocation::enforce_from_cli(&db, ends_now, |conn| {
                    let which = (manage::organization_of(conn, one.id)?, one.id);
                    manage::rotate(conn, masters.as_ref(), which, *overlap, &origin, now)
                })
                .map_err(|error: ManageError| Failure::new(error))?;
                if one.json {
                    return say_json(&Rotated {
                        id: one.id,
                        key: made.text.text(),
                        signing_secret: made.secret.as_ref().map(SigningSecret::text),
                        previous_expires_at: made.stored.previous_ends_at(now),
                    });
                }
                say_secrets(&made)
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
                revoke_all(&db, organization, *json, &origin)
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
        receipt.map_or(Ok(()), |receipt| say(describe(Some(receipt))))
    }
}

/// Revokes all keys of an organization, and waits for the nodes after the last batch. If it is ended
/// meanwhile, some keys are revoked, and a second call revokes the others.
fn revoke_all(
    db: &Db,
    organization: OrganizationId,
    json: bool,
    origin: &Origin,
) -> Result<(), Failure> {
    let is_last = |count: &usize| *count < manage::BATCH;
    let mut revoked = 0;
    let receipt = loop {
        let now = Clock::System.now();
        let (count, receipt) = revocation::enforce_from_cli(db, is_last, |conn| {
            manage::revoke_some(conn, organization, origin, now)
        })
        .map_err(|error: ManageError| Failure::new(error))?;
        revoked += count;
        if let Some(receipt) = receipt {
            break receipt;
        }
    };
    if json {
        return say_json(&AllRevoked {
            organization_id: organization,
            revoked,
            revocation: ReceiptView::from(receipt),
        });
    }
    say(format_args!("keys revoked: {revoked}"))?;
    say(describe(Some(receipt)))
}

/// Returns the master keys if something must be sealed. Other commands need not read them.
fn masters_if(signing: bool, config: &Config, db: &Db) -> Result<Option<MasterKeys>, Failure> {
    let load = || MasterKeys::load_or_make(config, db).map_err(Failure::new);
    signing.then(load).transpose()
}

/// Prints the text of a key, and on a line of its own its signing secret if it has one.
fn say_secrets(made: &manage::Made) -> Result<(), Failure> {
    say(made.text.text())?;
    made.secret
        .as_ref()
        .map_or(Ok(()), |secret| say(secret.text()))
}

/// Returns the status that a reader sees.
fn status(stored: &StoredKey, now: Timestamp) -> &'static str {
    let end = stored.key.settings.expires_at;
    match stored.key.status {
        KeyStatus::Active if end.is_some_and(|end| end <= now) => "expired",
        status => status.as_str(),
    }
}
