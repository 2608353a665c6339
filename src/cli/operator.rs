//! `lanyard operator …`. Changes the database directly, also while nodes run: they apply the
//! changes from the feed.

mod edit;
mod end;
mod erase;
mod export;
mod import;
mod reset_second_factor;
mod stop_import;
mod token;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::organization::{PasswordFile, read_password};
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, describe};
use crate::api_key::manage::MakerEnd;
use crate::audit::Origin;
use crate::base::{Clock, OperatorId, OrganizationId, Seek, Timestamp};
use crate::db::Db;
use crate::operator::{
    self, Change, Filter, ManageError, NewOperator, OperatorStatus, PasswordHash, Profile,
};
use crate::organization;
use crate::password::Password;
use crate::revocation;

const EXAMPLES: &str = "\
These commands change the database directly, also while the service runs: its nodes apply the change within feed.poll (a \
quarter of a second). Organizations can do the same over /api/company/operators.

Examples:
  lanyard operator add --organization 7 --name 'Lan Nguyen' --external-id u-1042
  lanyard operator set-password --organization 7 31 --username lan --password-file lan.password
  lanyard operator list --organization 7
  lanyard operator token --organization 7 31 --minutes 15
  lanyard operator deactivate --organization 7 31
  lanyard operator deactivate --organization 7 31 --with-keys
  lanyard operator edit --organization 7 31 --email lan@example.com --role ''
  lanyard operator export --organization 7 > operators.csv
  lanyard operator import --organization 7 operators.csv --dry-run
  lanyard operator stop-import --organization 7 5
  lanyard operator erase --organization 7 31";

/// Manage the operators of an organization
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Operator {
    /// Add an operator and print its id
    Add(Add),
    /// List the operators that are not deleted
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one operator a line
        #[arg(long)]
        json: bool,
    },
    /// Set the username and the password that an operator signs in with; its sessions end, its
    /// tokens stay
    SetPassword(SetPassword),
    /// Revoke every token of an operator issued so far; it stays active
    Revoke {
        #[command(flatten)]
        of: Of,
        /// The operator's id
        id: OperatorId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Deactivate an operator: it gets no new tokens, and its tokens are revoked
    Deactivate(end::End),
    /// Delete an operator: its record stays readable, and it cannot be undone
    Delete(end::End),
    /// Erase a person: delete the operator and overwrite everything personal about it
    Erase(erase::Erase),
    /// Change the data of an operator
    Edit(edit::Edit),
    /// Add, change and deactivate operators by a table (CSV); all that the table says is checked first
    Import(import::Import),
    /// Stop an import that was begun in the console, before its next lines; what was applied stays
    StopImport(stop_import::StopImport),
    /// Print the operators as a table (CSV) that can be imported
    Export(export::Export),
    /// Remove the second factor of an operator; its console sessions end, its tokens stay
    ResetSecondFactor(reset_second_factor::ResetSecondFactor),
    /// Issue a token for an operator and print it; it is shown only once
    Token(token::Token),
}

#[derive(Args)]
pub(super) struct Of {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
}

#[derive(Args)]
pub(super) struct Add {
    #[command(flatten)]
    of: Of,
    /// The operator's name
    #[arg(long)]
    name: String,
    /// The chat platform's own id, unique within the organization
    #[arg(long, value_name = "TEXT")]
    external_id: Option<String>,
    /// Its email address, unique within the organization
    #[arg(long)]
    email: Option<String>,
    /// Its role
    #[arg(long)]
    role: Option<String>,
    /// The name that it signs in with; usernames and emails of an organization are one name space
    #[arg(long)]
    username: Option<String>,
    /// A file whose first line is its password, at most 72 bytes; - for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Its tier, a word of the organization's own
    #[arg(long)]
    tier: Option<String>,
    /// Print JSON: {"id": …}
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SetPassword {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    id: OperatorId,
    /// The username; without it the operator keeps the one it has
    #[arg(long)]
    username: Option<String>,
    #[command(flatten)]
    password: PasswordFile,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl SetPassword {
    fn run(&self, db: &Db, cost: u32, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let change = Change {
            username: self.username.clone().map(Some),
            password: Some(Some(hash(&self.password.read()?, cost)?)),
            ..Change::default()
        };
        let (organization, id) = (self.of.organization, self.id);
        let (operator, receipt) = revocation::commit_from_cli(db, |conn| {
            operator::change(conn, organization, id, change, origin, now)
        })
        .map_err(|error: ManageError| Failure::new(error))?;
        if self.json {
            return say_json(&Changed {
                id,
                organization_id: organization,
                status: operator.status.as_str(),
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!(
            "operator {id} of organization {organization} has a new password; its sessions have ended"
        ))?;
        say(describe(receipt))
    }
}

fn hash(password: &Password, cost: u32) -> Result<PasswordHash, Failure> {
    let hash = password.hash(cost).map_err(Failure::new)?;
    Ok(PasswordHash::new(hash))
}

#[derive(Serialize)]
struct Added {
    id: OperatorId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    id: OperatorId,
    organization_id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: OperatorId,
    name: &'a str,
    external_id: Option<&'a str>,
    email: Option<&'a str>,
    role: Option<&'a str>,
    status: &'static str,
    created_at: Timestamp,
}

impl<'a> Listed<'a> {
    fn of(operator: &'a operator::Operator) -> Self {
        let profile = &operator.profile;
        Self {
            id: operator.id,
            name: &profile.name,
            external_id: profile.external_id.as_deref(),
            email: profile.email.as_deref(),
            role: profile.role.as_deref(),
            status: operator.status.as_str(),
            created_at: operator.created_at,
        }
    }
}

/// The number of operators read at a time.
const PAGE: i64 = 500;

impl Operator {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let cost = config.login.bcrypt_cost;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => {
                let organization = add.of.organization;
                let new = NewOperator {
                    profile: Profile {
                        name: add.name.clone(),
                        external_id: add.external_id.clone(),
                        email: add.email.clone(),
                        role: add.role.clone(),
                        username: add.username.clone(),
                        tier: add.tier.clone(),
                        avatar: None,
                    },
                    password: match &add.password_file {
                        Some(file) => Some(hash(&read_password(file)?, cost)?),
                        None => None,
                    },
                    status: OperatorStatus::Active,
                };
                let added = db.write_blocking(|conn| {
                    if !organization::exists(conn, organization)? {
                        return Err(ManageError::UnknownOrganization);
                    }
                    operator::add(conn, organization, new, &origin, now)
                });
                let id = added.map_err(Failure::new)?.id;
                if add.json {
                    say_json(&Added { id })
                } else {
                    say(id)
                }
            }
            Self::List { of, json } => list(&db, of.organization, *json),
            Self::Deactivate(end) => end.run(&db, MakerEnd::Deactivate, &origin, now),
            Self::Delete(end) => end.run(&db, MakerEnd::Delete, &origin, now),
            Self::Edit(edit) => edit.run(&db, &origin, now),
            Self::Import(import) => import.run(&db, &origin, now),
            Self::StopImport(stop) => stop.run(&db, &origin, now),
            Self::Export(export) => export.run(&db),
            Self::ResetSecondFactor(reset) => reset.run(&db, &origin, now),
            Self::Token(token) => token.run(&config, &db, now),
            Self::Erase(erase) => erase.run(&db, &origin, now),
            Self::SetPassword(set) => set.run(&db, cost, &origin, now),
            Self::Revoke { of, id, json } => {
                let receipt =
                    operator::revoke_all_from_cli(&db, of.organization, *id, &origin, now)
                        .map_err(|error: ManageError| Failure::new(error))?;
                if *json {
                    return say_json(&receipt.map(ReceiptView::from));
                }
                say(format_args!(
                    "every token of operator {id} issued so far is revoked"
                ))?;
                say(describe(receipt))
            }
        }
    }
}

fn list(db: &Db, organization: OrganizationId, json: bool) -> Result<(), Failure> {
    if !db.read_blocking(|conn| organization::exists(conn, organization))? {
        return Err(Failure::new(ManageError::UnknownOrganization));
    }
    let mut filter = Filter {
        organization,
        status: None,
        external_id: None,
        seek: Seek::First,
        limit: PAGE,
    };
    let mut rows = Vec::new();
    loop {
        let page = db.read_blocking(|conn| operator::list(conn, &filter))?;
        let Some(last) = page.last() else { break };
        filter.seek = Seek::After(last.id);
        for operator in page {
            if json {
                say_json(&Listed::of(&operator))?;
            } else {
                let profile = operator.profile;
                let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                rows.push([
                    operator.id.to_string(),
                    operator.status.to_string(),
                    operator.created_at.to_string(),
                    or_dash(profile.external_id),
                    or_dash(profile.role),
                    or_dash(profile.email),
                    profile.name,
                ]);
            }
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say(format_args!(
            "organization {organization} has no operators; `lanyard operator add` makes one"
        )),
        (false, false) => say_table(
            [
                "ID",
                "STATUS",
                "CREATED",
                "EXTERNAL ID",
                "ROLE",
                "EMAIL",
                "NAME",
            ],
            &rows,
        ),
    }
}
