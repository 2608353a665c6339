//! `lanyard webhook …`: the service's own endpoints, or those of an organization. Changes the database
//! directly, also while nodes run.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::signing_key::keeper;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Timestamp, WebhookId};
use crate::db::Db;
use crate::organization;
use crate::outbox::{EventKind, MessageId};
use crate::webhook::{self, Change};

const EXAMPLES: &str = "\
Without --organization these endpoints belong to the service: they receive the events of every organization and of the \
signing keys. Organizations manage their own over /api/company/webhooks. Messages are signed as defined by Standard \
Webhooks 1.0.

Examples:
  lanyard webhook add --url https://ops.example.com/lanyard --event key.rotated --event token.revoked
  lanyard webhook list --organization 7
  lanyard webhook retry --organization 7 3
  lanyard webhook remove 3";

/// Manage webhook endpoints: the service's own, or an organization's
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Webhook {
    /// Add an endpoint; print its id and its secret, which is shown only once
    Add(Add),
    /// List the endpoints
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one endpoint a line
        #[arg(long)]
        json: bool,
    },
    /// Change an endpoint
    Set(Set),
    /// Send an endpoint a test message, and print the message's id
    Test {
        #[command(flatten)]
        of: Of,
        /// The endpoint's id
        id: WebhookId,
    },
    /// Try messages that were given up once more, and print how many
    Retry {
        #[command(flatten)]
        of: Of,
        /// The endpoint's id
        id: WebhookId,
        /// Only the message with this id
        #[arg(long, value_name = "ID", value_parser = message)]
        delivery: Option<MessageId>,
        /// Print JSON: {"retried": …}
        #[arg(long)]
        json: bool,
    },
    /// Remove an endpoint with all its messages
    Remove {
        #[command(flatten)]
        of: Of,
        /// The endpoint's id
        id: WebhookId,
    },
}

#[derive(Args)]
pub(super) struct Of {
    /// The organization's id [default: the service itself]
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

impl Of {
    /// Returns the owner of the endpoints.
    fn owner(&self, db: &Db) -> Result<OrganizationId, Failure> {
        let Some(id) = self.organization else {
            return Ok(OrganizationId::SERVICE);
        };
        if db.read_blocking(|conn| organization::exists(conn, id))? {
            Ok(id)
        } else {
            Err(Failure::new("there is no organization with this id"))
        }
    }
}

#[derive(Args)]
pub(super) struct Set {
    #[command(flatten)]
    of: Of,
    /// The endpoint's id
    id: WebhookId,
    /// The URL that receives the messages
    #[arg(long)]
    url: Option<String>,
    /// The events to send instead of the present ones; may be repeated
    #[arg(long = "event", value_name = "EVENT", value_parser = event)]
    events: Vec<EventKind>,
    /// Whether messages are sent to it: active or inactive
    #[arg(long, value_parser = activity)]
    status: Option<bool>,
}

fn activity(text: &str) -> Result<bool, &'static str> {
    match text {
        "active" => Ok(true),
        "inactive" => Ok(false),
        _ => Err("it must be active or inactive"),
    }
}

fn message(text: &str) -> Result<MessageId, &'static str> {
    text.parse().map_err(|()| "it must be the id of a message")
}

#[derive(Serialize)]
struct Retried {
    retried: usize,
}

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    of: Of,
    /// The URL that receives the messages
    #[arg(long)]
    url: String,
    /// An event to send; may be repeated
    #[arg(long = "event", value_name = "EVENT", required = true, value_parser = event)]
    events: Vec<EventKind>,
    /// Print JSON: {"id": …, "secret": …}
    #[arg(long)]
    json: bool,
}

fn event(text: &str) -> Result<EventKind, String> {
    EventKind::SUBSCRIBABLE
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or_else(|| {
            let words = EventKind::SUBSCRIBABLE.map(EventKind::as_str).join(", ");
            format!("must be one of {words}")
        })
}

#[derive(Serialize)]
struct Added<'a> {
    id: WebhookId,
    secret: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: WebhookId,
    url: &'a str,
    events: Vec<&'static str>,
    status: &'static str,
    gave_up_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// More than the largest possible number of endpoints.
const ALL: i64 = 1_000;

impl Webhook {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => {
                let owner = add.of.owner(&db)?;
                let keeper = keeper(&config)?;
                let new = Change {
                    url: Some(add.url.clone()),
                    events: Some(add.events.clone()),
                    active: None,
                };
                let how = (keeper.masters(), config.webhooks.allow_private);
                let added =
                    db.write_blocking(|conn| webhook::add(conn, owner, new, how, &origin, now));
                let (webhook, secret) = added.map_err(Failure::new)?;
                let secret = secret.text();
                if add.json {
                    return say_json(&Added {
                        id: webhook.id,
                        secret: &secret,
                    });
                }
                say(webhook.id)?;
                say(secret.as_str())
            }
            Self::List { of, json } => {
                let owner = of.owner(&db)?;
                let found =
                    db.read_blocking(|conn| webhook::list(conn, owner, WebhookId(0), ALL))?;
                list(&found, owner, *json)
            }
            Self::Set(set) => {
                let which = (set.of.owner(&db)?, set.id);
                let change = Change {
                    url: set.url.clone(),
                    events: (!set.events.is_empty()).then(|| set.events.clone()),
                    active: set.status,
                };
                let private = config.webhooks.allow_private;
                let webhook = db
                    .write_blocking(|conn| {
                        webhook::change(conn, which, change, private, &origin, now)
                    })
                    .map_err(Failure::new)?;
                list(&[webhook], which.0, false)
            }
            Self::Test { of, id } => {
                let owner = of.owner(&db)?;
                let sent = db.write_blocking(|conn| webhook::test(conn, owner, *id, now));
                say(sent.map_err(Failure::new)?)
            }
            Self::Retry {
                of,
                id,
                delivery,
                json,
            } => {
                let which = (of.owner(&db)?, *id);
                let retried = db
                    .write_blocking(|conn| webhook::retry(conn, which, *delivery, &origin, now))
                    .map_err(Failure::new)?;
                if *json {
                    return say_json(&Retried { retried });
                }
                say(format_args!("messages tried once more: {retried}"))
            }
            Self::Remove { of, id } => {
                let owner = of.owner(&db)?;
                db.write_blocking(|conn| webhook::remove(conn, owner, *id, &origin, now))
                    .map_err(Failure::new)?;
                say(format_args!("webhook {id} is removed"))
            }
        }
    }
}

fn list(found: &[webhook::Webhook], owner: OrganizationId, json: bool) -> Result<(), Failure> {
    let words = |webhook: &webhook::Webhook| -> Vec<&'static str> {
        webhook.events.iter().map(|kind| kind.as_str()).collect()
    };
    if json {
        return found.iter().try_for_each(|webhook| {
            say_json(&Listed {
                id: webhook.id,
                url: &webhook.url,
                events: words(webhook),
                status: webhook.status.as_str(),
                gave_up_at: webhook.gave_up_at,
                created_at: webhook.created_at,
            })
        });
    }
    if found.is_empty() && owner != OrganizationId::SERVICE {
        return say(format_args!(
            "organization {owner} has no webhooks; `lanyard webhook add --organization {owner}` makes one"
        ));
    }
    if found.is_empty() {
        return say("the service has no webhooks; `lanyard webhook add` makes one");
    }
    let rows: Vec<_> = found
        .iter()
        .map(|webhook| {
            [
                webhook.id.to_string(),
                webhook.status.as_str().to_owned(),
                webhook.created_at.to_string(),
                words(webhook).join(" "),
                webhook.url.clone(),
            ]
        })
        .collect();
    say_table(["ID", "STATUS", "CREATED", "EVENTS", "URL"], &rows)
}
