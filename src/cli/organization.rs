//! `lanyard organization …`. Works on the database itself, also while servers run: they follow.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;
use zeroize::Zeroize;

use super::Common;
use super::output::{Failure, say, say_json};
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Timestamp};
use crate::company::{self, NewOrganization};
use crate::password::Password;

/// Manage organizations.
#[derive(Subcommand)]
pub(super) enum Organization {
    /// Add an organization and print its id
    Add(Add),
    /// List all organizations
    List {
        /// Print JSON, one organization a line
        #[arg(long)]
        json: bool,
    },
    /// Suspend an organization: nobody logs in, and all its tokens are revoked
    Suspend {
        /// Its id
        id: OrganizationId,
    },
    /// Let a suspended organization in again; revoked tokens stay revoked
    Resume {
        /// Its id
        id: OrganizationId,
    },
    /// Set an organization's password
    SetPassword {
        /// Its id
        id: OrganizationId,
        #[command(flatten)]
        password: PasswordFile,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// The name it logs in with, unique without regard to case
    #[arg(long)]
    login: String,
    /// The name people call it
    #[arg(long)]
    name: String,
    #[command(flatten)]
    password: PasswordFile,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct PasswordFile {
    /// A file whose first line is the password, or - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
}

impl PasswordFile {
    fn read(&self) -> Result<Password, Failure> {
        let fault = |why: std::io::Error| {
            Failure::new(format_args!(
                "cannot read the password from {}: {why}",
                self.password_file.display()
            ))
        };
        let mut text = if self.password_file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(fault)?;
            text
        } else {
            std::fs::read_to_string(&self.password_file).map_err(fault)?
        };
        let password = SecretString::from(text.lines().next().unwrap_or_default());
        text.zeroize();
        Password::new(password).map_err(Failure::new)
    }
}

#[derive(Serialize)]
struct Added {
    id: OrganizationId,
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

/// Organizations read at once.
const PAGE: i64 = 500;

impl Organization {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let cost = config.login.bcrypt_cost;
        match self {
            Self::Add(add) => {
                let new = NewOrganization {
                    login: add.login.clone(),
                    name: add.name.clone(),
                    password: add.password.read()?,
                };
                let id = company::add(&db, &new, cost, &origin, now).map_err(Failure::new)?;
                if add.json {
                    say_json(&Added { id })
                } else {
                    say(id)
                }
            }
            Self::List { json } => {
                let mut after = OrganizationId(0);
                loop {
                    let page = company::list(&db, after, PAGE)?;
                    let Some(last) = page.last() else {
                        return Ok(());
                    };
                    after = last.id;
                    for organization in page {
                        let listed = Listed {
                            id: organization.id,
                            login: organization.login,
                            name: organization.name,
                            status: organization.status.as_str(),
                            created_at: organization.created_at,
                        };
                        if *json {
                            say_json(&listed)?;
                        } else {
                            let Listed {
                                id,
                                login,
                                name,
                                status,
                                created_at,
                            } = listed;
                            say(format_args!(
                                "{id:>8}  {status:<9}  {created_at}  {login}  {name}"
                            ))?;
                        }
                    }
                }
            }
            Self::Suspend { id } => company::suspend(&db, *id, &origin, now).map_err(Failure::new),
            Self::Resume { id } => company::resume(&db, *id, &origin, now).map_err(Failure::new),
            Self::SetPassword { id, password } => {
                company::set_password(&db, *id, &password.read()?, cost, &origin, now)
                    .map_err(Failure::new)
            }
        }
    }
}
