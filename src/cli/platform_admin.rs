//! `lanyard platform-admin …`: who may sign in to the pages of the platform. Changes the database
//! directly, also while nodes run.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::organization::PasswordFile;
use super::output::{Failure, say, say_json, say_table};
use crate::access::recovery_code::RecoveryCode;
use crate::audit::Origin;
use crate::base::{Clock, PlatformAdminId, Timestamp};
use crate::operator::PasswordHash;
use crate::platform::{self, Added, ManageError, NewAdmin};
use crate::seal::MasterKeys;

const EXAMPLES: &str = "\
A platform admin runs the service, not an organization, and signs in at /console/platform/sign-in. The second factor is printed once: \
put the secret into an authenticator app, and keep the recovery codes in a safe place.

Examples:
  openssl rand -base64 24 > root.password
  lanyard platform-admin add --login root --password-file root.password
  lanyard platform-admin list
  lanyard platform-admin end-sessions 1
  lanyard platform-admin remove 1";

/// Manage those who may sign in to the platform
#[derive(Subcommand)]
#[command(name = "platform-admin", after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum PlatformAdmins {
    /// Add a platform admin and print its second factor, once
    Add(Add),
    /// List the platform admins
    List {
        /// Print JSON, one admin a line
        #[arg(long)]
        json: bool,
    },
    /// Sign a platform admin out everywhere; it can sign in again
    EndSessions {
        /// The admin's id
        #[arg(value_name = "ID")]
        id: PlatformAdminId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a platform admin: it is signed out everywhere and cannot sign in again
    Remove {
        /// The admin's id
        #[arg(value_name = "ID")]
        id: PlatformAdminId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// The login: unique among platform admins, without regard to upper and lower case
    #[arg(long)]
    login: String,
    #[command(flatten)]
    password: PasswordFile,
    /// Print JSON: the id, the secret, the text of the QR code and the recovery codes
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AddedView<'a> {
    id: PlatformAdminId,
    totp_secret: &'a str,
    /// What apps read from a QR code.
    uri: &'a str,
    recovery_codes: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: PlatformAdminId,
    login: &'a str,
    created_at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedOut {
    id: PlatformAdminId,
    status: &'static str,
    sessions_ended: usize,
}

impl PlatformAdmins {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(common),
            Self::List { json } => list(common, *json),
            Self::EndSessions { id, json } => end_sessions(common, *id, *json),
            Self::Remove { id, json } => remove(common, *id, *json),
        }
    }
}

impl Add {
    fn run(&self, common: &Common) -> Result<(), Failure> {
        let password = self.password.read()?;
        let (config, db) = common.database()?;
        let masters = MasterKeys::load_or_make(&config, &db).map_err(Failure::new)?;
        let hash = password.hash(config.login.bcrypt_cost);
        let hash =
            hash.map_err(|why| Failure::new(format_args!("the password cannot be hashed: {why}")))?;
        let new = NewAdmin {
            login: self.login.clone(),
            password: PasswordHash::new(hash),
        };
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let added = db
            .write_blocking(|conn| platform::add(conn, &masters, &new, &origin, now))
            .map_err(Failure::new)?;
        self.say(&added)
    }

    fn say(&self, added: &Added) -> Result<(), Failure> {
        let (secret, uri) = (added.secret.text(), added.uri());
        let codes = added.recovery_codes.iter();
        let codes: Vec<&str> = codes.map(RecoveryCode::text).collect();
        if self.json {
            return say_json(&AddedView {
                id: added.admin.id,
                totp_secret: &secret,
                uri: &uri,
                recovery_codes: codes,
            });
        }
        say(format_args!(
            "platform admin {} signs in at /console/platform/sign-in as {}",
            added.admin.id, added.admin.login
        ))?;
        say(
            "This is shown once. The secret for an authenticator app, and the same as the text of a QR code:",
        )?;
        say(secret.as_str())?;
        say(uri.as_str())?;
        say("Recovery codes, each good once in place of a code of the app:")?;
        codes.iter().try_for_each(say)
    }
}

fn list(common: &Common, json: bool) -> Result<(), Failure> {
    let (_, db) = common.existing_database()?;
    let found = db.read_blocking(platform::list)?;
    let mut rows = Vec::new();
    for admin in &found {
        let listed = Listed {
            id: admin.id,
            login: &admin.login,
            created_at: admin.created_at,
        };
        if json {
            say_json(&listed)?;
        } else {
            rows.push([
                listed.id.to_string(),
                listed.created_at.to_string(),
                listed.login.to_owned(),
            ]);
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => {
            say("there are no platform admins; `lanyard platform-admin add` makes one")
        }
        (false, false) => say_table(["ID", "ADDED", "LOGIN"], &rows),
    }
}

fn end_sessions(common: &Common, id: PlatformAdminId, json: bool) -> Result<(), Failure> {
    let (_, db) = common.existing_database()?;
    let (origin, now) = (Origin::command_line(), Clock::System.now());
    let found = db
        .write_blocking(|conn| platform::end_all(conn, id, &origin, now))
        .map_err(Failure::new)?;
    let Some((admin, sessions_ended)) = found else {
        return Err(Failure::new(ManageError::Unknown));
    };
    if json {
        return say_json(&SignedOut {
            id,
            status: "active",
            sessions_ended,
        });
    }
    say(format_args!(
        "{} is signed out everywhere; sessions that have ended: {sessions_ended}",
        admin.login
    ))
}

fn remove(common: &Common, id: PlatformAdminId, json: bool) -> Result<(), Failure> {
    let (_, db) = common.existing_database()?;
    let (origin, now) = (Origin::command_line(), Clock::System.now());
    let (admin, sessions_ended) = db
        .write_blocking(|conn| platform::remove(conn, id, &origin, now))
        .map_err(Failure::new)?;
    if json {
        return say_json(&SignedOut {
            id,
            status: "removed",
            sessions_ended,
        });
    }
    say(format_args!(
        "{} is no platform admin any more; its sessions have ended ({sessions_ended})",
        admin.login
    ))
}
