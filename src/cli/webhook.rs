//! `lanyard webhook …`: the service's own endpoints. Changes the database directly, also while
//! nodes run.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::signing_key::keeper;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Timestamp, WebhookId};
use crate::outbox::EventKind;
use crate::webhook::{self, Change};

const EXAMPLES: &str = "\
These endpoints belong to the service: they receive the events of every organization and of the signing keys. Organizations \
manage their own over /api/company/webhooks. Messages are signed as defined by Standard Webhooks 1.0.

Examples:
  lanyard webhook add --url https://ops.example.com/lanyard --event key.rotated --event token.revoked
  lanyard webhook list
  lanyard webhook remove 3";

/// Manage the service's own webhook endpoints
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Webhook {
    /// Add an endpoint; print its id and its secret, which is shown only once
    Add(Add),
    /// List the endpoints
    List {
        /// Print JSON, one endpoint a line
        #[arg(long)]
        json: bool,
    },
    /// Remove an endpoint with all its messages
    Remove {
        /// The endpoint's id
        id: WebhookId,
    },
}

#[derive(Args)]
pub(super) struct Add {
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
        let service = OrganizationId::SERVICE;
        match self {
            Self::Add(add) => {
                let keeper = keeper(&config)?;
                let new = Change {
                    url: Some(add.url.clone()),
                    events: Some(add.events.clone()),
                    active: None,
                };
                let how = (keeper.masters(), config.webhooks.allow_private);
                let added =
                    db.write_blocking(|conn| webhook::add(conn, service, new, how, &origin, now));
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
            Self::List { json } => {
                let found =
                    db.read_blocking(|conn| webhook::list(conn, service, WebhookId(0), ALL))?;
                list(&found, *json)
            }
            Self::Remove { id } => {
                db.write_blocking(|conn| webhook::remove(conn, service, *id, &origin, now))
                    .map_err(Failure::new)?;
                say(format_args!("webhook {id} is removed"))
            }
        }
    }
}

fn list(found: &[webhook::Webhook], json: bool) -> Result<(), Failure> {
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
