//! `lanyard restore`: run after a copy of the database was put in place, before any node starts.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use super::output::{Failure, say, say_json};
use super::{Common, absent};
use crate::app::open_database;
use crate::base::{Clock, KeyId, Sequence};
use crate::db::{self, Db};
use crate::restore::{self, RestoreError, Restored};
use crate::seal::MasterKeys;
use crate::signing_keys::{Keeper, Rules};

const EXAMPLES: &str = "\
A copy of the database does not contain what was written after it was made: ids that were given out, tokens and keys that \
were revoked. This command revokes every token and every signing key, creates a new key, and raises the feed's head and \
all ids far above any value that can have been used. Companies must log in again. It cannot be undone.

To restore:

  1. Stop every node, and every other program that uses the database.
  2. Put the copy in place. On SQLite, move the old file away together with its -wal and its -shm first.
  3. lanyard restore, with the configuration of the nodes. It watches for the length of a lease whether a node is \
still running, and refuses if one is.
  4. Start the nodes.

A second run also revokes what was issued since the first, and does no other harm.

Examples:
  lanyard restore --yes --config /etc/lanyard/lanyard.toml
  lanyard restore --yes --head 5000000000 --json";

/// Make a restored copy of the database safe to use
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Restore {
    /// Do not ask for confirmation; required if there is no terminal
    #[arg(long)]
    yes: bool,
    /// The highest `lanyard_feed_sequence` that monitoring has recorded: the feed continues far
    /// above it, and above the copy's head
    #[arg(long, value_name = "N", value_parser = sequence)]
    head: Option<Sequence>,
    /// SQLite: the write-ahead log beside the database belongs to the copy
    #[arg(long)]
    keep_wal: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn sequence(text: &str) -> Result<Sequence, String> {
    text.parse()
        .ok()
        .filter(|seq| *seq >= Sequence(0))
        .ok_or_else(|| "must be a whole number, such as 5000000000".to_owned())
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        Self::new(error)
    }
}

/// Changes of the lost time that a restore cannot undo or repeat. The administrator has to check
/// them.
const UNKNOWN: [&str; 6] = [
    "passwords of organizations and operators, and secrets of OAuth clients, that were replaced since the copy was made: the old ones are in force again",
    "organizations that were suspended since, operators that were deactivated or deleted, OAuth clients that were disabled, and platform admins that were removed: they are active again",
    "second factors that were set since: they are gone",
    "organizations, operators, OAuth clients, API keys and platform admins that were added since: they are gone, and their ids are not used again",
    "token policies, profiles, scopes, roles and webhooks that were changed since: they are as they were",
    "lines of the audit log that were written since: they are gone",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    head: Sequence,
    sequence: Sequence,
    ids: serde_json::Map<String, serde_json::Value>,
    nodes_removed: &'a [String],
    keys_revoked: &'a [KeyId],
    key: KeyId,
    api_keys_quarantined: usize,
    messages_waiting: i64,
    unknown: [&'a str; 6],
}

impl Restore {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let config = common.load()?;
        let database = &config.database;
        if let Some(why) = absent(&database.url) {
            return Err(Failure::new(why));
        }
        let masters = MasterKeys::load(&config)?;
        self.confirm(&database.url.to_string())?;
        restore::check(&database.url, self.keep_wal)?;
        // Before migrations: a node of an earlier version that is still running cannot work with a
        // later schema.
        let watched = restore::watch(&Db::open(&db::Options {
            url: database.url.clone(),
            pool_size: database.pool_size,
            acquire_timeout: database.acquire_timeout,
        })?)?;
        let db = open_database(database)?;
        let masters = match masters {
            Some(masters) => masters,
            // The key file does not exist. A new key is created if the copy has no sealed keys;
            // otherwise this fails.
            None => MasterKeys::load_or_make(&config, &db)?,
        };
        let keeper = Keeper::new(masters, Rules::of(&config));
        let now = Clock::System.now();
        let restored = restore::restore(&db, &keeper, &watched, self.head, now)?;
        if self.json {
            return report(&restored);
        }
        print(&restored)
    }

    fn confirm(&self, database: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                "this revokes every token and every signing key; say --yes if that is meant",
            ));
        }
        write!(
            io::stderr(),
            "This revokes every token and every signing key of {database}. Type yes to go on: "
        )?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() == "yes" {
            Ok(())
        } else {
            Err(Failure::new("nothing was done"))
        }
    }
}

fn report(restored: &Restored) -> Result<(), Failure> {
    let ids = restored.ids.iter().cloned();
    say_json(&Report {
        head: restored.head,
        sequence: restored.sequence,
        ids: ids.map(|(name, last)| (name, last.into())).collect(),
        nodes_removed: &restored.nodes,
        keys_revoked: &restored.revoked_keys,
        key: restored.key,
        api_keys_quarantined: restored.quarantined_api_keys,
        messages_waiting: restored.waiting_messages,
        unknown: UNKNOWN,
    })
}

fn print(restored: &Restored) -> Result<(), Failure> {
    let Restored {
        head,
        sequence,
        ids,
        nodes,
        revoked_keys,
        key,
        quarantined_api_keys,
        waiting_messages,
    } = restored;
    say(format_args!(
        "every token is revoked: companies have to log in again (sequence {sequence}; the head of the copy was {head})"
    ))?;
    say(format_args!(
        "signing keys revoked: {}; {key} signs from now on",
        revoked_keys.len()
    ))?;
    if *quarantined_api_keys > 0 {
        say(format_args!(
            "API keys quarantined: {quarantined_api_keys}; release those that are still in use with `lanyard api-key release`"
        ))?;
    }
    let ids: Vec<_> = ids
        .iter()
        .map(|(name, last)| format!("{name} {}", last + 1))
        .collect();
    say(format_args!("the next ids are: {}", ids.join(", ")))?;
    if !nodes.is_empty() {
        say(format_args!(
            "nodes that no longer run were taken out of the registry: {}",
            nodes.join(", ")
        ))?;
    }
    if *waiting_messages > 0 {
        say(format_args!(
            "messages to webhooks that wait: {waiting_messages}; they are sent with the ids they have, perhaps for a second time"
        ))?;
    }
    say(
        "agents that follow the revocation list need nothing: they receive that everything is revoked",
    )?;
    say("what a copy does not show:")?;
    UNKNOWN
        .iter()
        .try_for_each(|line| say(format_args!("- {line}")))?;
    say("now start the nodes")
}
