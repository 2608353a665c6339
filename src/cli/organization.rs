//! `lanyard organization …`. Changes the database directly, also while nodes run: they apply the
//! changes from the feed.

mod console_sign_in;
mod key_alerts;
mod set;

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;
use zeroize::Zeroize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, describe};
use crate::access::Preset;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Timestamp, bom};
use crate::db::Db;
use crate::organization::{self, NewOrganization};
use crate::password::Password;
use crate::revocation::Receipt;

const EXAMPLES: &str = "\
These commands change the database directly, also while the service runs: its nodes apply the change within feed.poll (a \
quarter of a second).

Examples:
  openssl rand -base64 24 > acme.password
  lanyard organization add --login acme --name Acme --password-file acme.password
  lanyard organization list
  lanyard organization set 7 --operator-token-max 3600 --rotation-period 90
  lanyard organization suspend 7
  lanyard organization set-console-sign-in 7 operators";

/// Manage organizations: those who log in
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Organization {
    /// Add an organization and print its id
    Add(Add),
    /// List all organizations
    List {
        /// Print JSON, one organization a line
        #[arg(long)]
        json: bool,
    },
    /// Change the name of an organization and the terms of its tokens; what is not given stays
    Set(Box<set::Set>),
    /// Suspend an organization: it cannot log in, and all its tokens are revoked
    Suspend(One),
    /// Let a suspended organization log in again; its revoked tokens stay revoked
    Resume(One),
    /// Revoke every token of an organization; it may log in again at once
    RevokeAll(One),
    /// Change the login of an organization; its password and its tokens stay
    SetLogin {
        #[command(flatten)]
        one: One,
        /// The new login
        #[arg(long, value_name = "LOGIN")]
        login: String,
    },
    /// Set an organization's password; its tokens stay
    SetPassword {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        password: PasswordFile,
    },
    /// Set which alerts an organization receives about the use of its API keys
    SetKeyAlerts(key_alerts::SetKeyAlerts),
    /// Set who may sign in to the console: anyone with the organization's login, or operators only
    SetConsoleSignIn(console_sign_in::SetConsoleSignIn),
}

#[derive(Args)]
pub(super) struct One {
    /// The organization's id
    id: OrganizationId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Add {
    /// The login: unique, without regard to upper and lower case
    #[arg(long)]
    login: String,
    /// The display name
    #[arg(long)]
    name: String,
    #[command(flatten)]
    password: PasswordFile,
    /// The scopes and roles that it begins with: all, sbm, procure or none
    #[arg(long, value_name = "PRESET", default_value_t = Preset::All, value_parser = preset)]
    preset: Preset,
    /// Print JSON: {"id": …}
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct PasswordFile {
    /// A file whose first line is the password, at most 72 bytes; - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

impl PasswordFile {
    pub(super) fn read(&self) -> Result<Password, Failure> {
        read_password(&self.password_file)
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    text.parse().map_err(|_| {
        format!(
            "must be one of {}",
            Preset::ALL.map(Preset::as_str).join(", ")
        )
    })
}

/// Returns what messages call a file; `-` is standard input.
fn place(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

/// Reads the password in the first line of a file; `-` is standard input.
pub(super) fn read_password(file: &Path) -> Result<Password, Failure> {
    let password = read_secret("the password", file)?;
    Password::new(password)
        .map_err(|why| Failure::new(format_args!("{why} (the first line of {})", place(file))))
}

/// Reads a secret in the first line of a file; `-` is standard input. `what` it is, for messages.
pub(super) fn read_secret(what: &str, file: &Path) -> Result<SecretString, Failure> {
    let place = place(file);
    let failed =
        |why: std::io::Error| Failure::new(format_args!("cannot read {what} from {place}: {why}"));
    let mut text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(failed)?
    };
    let secret = SecretString::from(bom::strip(&text).lines().next().unwrap_or_default());
    text.zeroize();
    Ok(secret)
}

#[derive(Serialize)]
struct Added {
    id: OrganizationId,
}

#[derive(Serialize)]
struct Changed {
    id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: OrganizationId,
    login: String,
    name: String,
    status: &'static str,
    created_at: Timestamp,
}

/// The number of organizations read at a time.
const PAGE: i64 = 500;

impl Organization {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => {
                let new = NewOrganization {
                    login: add.login.clone(),
                    name: add.name.clone(),
                    password: add.password.read()?,
                    preset: add.preset,
                };
                let (config, db) = common.database()?;
                let id = organization::add(&db, &new, config.login.bcrypt_cost, &origin, now)
                    .map_err(Failure::new)?;
                if add.json {
                    say_json(&Added { id })
                } else {
                    say(id)
                }
            }
            Self::List { json } => list(&common.existing_database()?.1, *json),
            Self::Suspend(one) => {
                let (_, db) = common.existing_database()?;
                let done =
                    organization::suspend(&db, one.id, &origin, now).map_err(Failure::new)?;
                one.changed(
                    "suspended",
                    "is suspended; all its tokens are revoked",
                    done,
                )
            }
            Self::Resume(one) => {
                let (_, db) = common.existing_database()?;
                organization::resume(&db, one.id, &origin, now).map_err(Failure::new)?;
                one.changed(
                    "active",
                    "may log in again; tokens revoked before stay revoked",
                    None,
                )
            }
            Self::RevokeAll(one) => {
                let (_, db) = common.existing_database()?;
                let done =
                    organization::revoke_all(&db, one.id, &origin, now).map_err(Failure::new)?;
                one.changed("revoked", "has no valid token left", done)
            }
            Self::SetLogin { one, login } => {
                let (_, db) = common.existing_database()?;
                organization::set_login(&db, one.id, login, &origin, now).map_err(Failure::new)?;
                if one.json {
                    say_json(&Added { id: one.id })
                } else {
                    say(format_args!(
                        "organization {} logs in as {login} from now on",
                        one.id
                    ))
                }
            }
            Self::Set(set) => {
                let (_, db) = common.existing_database()?;
                set.run(&db, &origin, now)
            }
            Self::SetKeyAlerts(set) => {
                let (_, db) = common.existing_database()?;
                set.run(&db, &origin, now)
            }
            Self::SetConsoleSignIn(set) => {
                let (_, db) = common.existing_database()?;
                set.run(&db, &origin, now)
            }
            Self::SetPassword { one, password } => {
                let password = password.read()?;
                let (config, db) = common.existing_database()?;
                let cost = config.login.bcrypt_cost;
                organization::set_password(&db, one.id, &password, cost, &origin, now)
                    .map_err(Failure::new)?;
                if one.json {
                    say_json(&Added { id: one.id })
                } else {
                    say(format_args!(
                        "organization {} has a new password; the tokens it got with the old one still work",
                        one.id
                    ))
                }
            }
        }
    }
}

impl One {
    fn changed(
        &self,
        status: &'static str,
        what: &str,
        receipt: Option<Receipt>,
    ) -> Result<(), Failure> {
        if self.json {
            let revocation = receipt.map(ReceiptView::from);
            return say_json(&Changed {
                id: self.id,
                status,
                revocation,
            });
        }
        say(format_args!("organization {} {what}", self.id))?;
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}

fn list(db: &Db, json: bool) -> Result<(), Failure> {
    let (mut after, mut rows) = (OrganizationId(0), Vec::new());
    loop {
        let page = organization::list(db, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for organization in page {
            let listed = Listed {
                id: organization.id,
                login: organization.login,
                name: organization.name,
                status: organization.status.as_str(),
                created_at: organization.created_at,
            };
            if json {
                say_json(&listed)?;
            } else {
                rows.push([
                    listed.id.to_string(),
                    listed.status.to_owned(),
                    listed.created_at.to_string(),
                    listed.login,
                    listed.name,
                ]);
            }
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say("there are no organizations; `lanyard organization add` makes one"),
        (false, false) => say_table(["ID", "STATUS", "CREATED", "LOGIN", "NAME"], &rows),
    }
}
