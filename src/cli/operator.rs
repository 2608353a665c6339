//! `lanyard operator …`. Works on the database itself, also while servers run: they follow.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json};
use crate::audit::Origin;
use crate::base::{Clock, OperatorId, OrganizationId};
use crate::operator::{self, Change, Filter, ManageFault, OperatorStatus, Profile};

/// Manage the operators of an organization.
#[derive(Subcommand)]
pub(super) enum Operator {
    /// Add an operator and print its id
    Add(Add),
    /// List the operators that are not deleted
    List {
        /// The organization's id
        #[arg(long)]
        organization: OrganizationId,
        /// Print JSON, one operator a line
        #[arg(long)]
        json: bool,
    },
    /// Deactivate an operator and revoke its tokens
    Deactivate {
        /// The organization's id
        #[arg(long)]
        organization: OrganizationId,
        /// The operator's id
        id: OperatorId,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// The organization's id
    #[arg(long)]
    organization: OrganizationId,
    /// What people call it
    #[arg(long)]
    name: String,
    /// The chat platform's own id, unique within the organization
    #[arg(long)]
    external_id: Option<String>,
    /// Its address, unique within the organization
    #[arg(long)]
    email: Option<String>,
    /// Its role
    #[arg(long)]
    role: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Added {
    id: OperatorId,
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
}

/// Operators read at once.
const PAGE: i64 = 500;

impl Operator {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => {
                let profile = Profile {
                    name: add.name.clone(),
                    external_id: add.external_id.clone(),
                    email: add.email.clone(),
                    role: add.role.clone(),
                };
                let added = db.write_blocking(|conn| {
                    if !crate::company::exists(conn, add.organization)? {
                        return Err(ManageFault::UnknownOrganization);
                    }
                    operator::add(
                        conn,
                        add.organization,
                        profile,
                        OperatorStatus::Active,
                        &origin,
                        now,
                    )
                });
                let id = added.map_err(Failure::new)?.id;
                if add.json {
                    say_json(&Added { id })
                } else {
                    say(id)
                }
            }
            Self::List { organization, json } => {
                let mut filter = Filter {
                    organization: *organization,
                    status: None,
                    external_id: None,
                    after: None,
                    limit: PAGE,
                };
                loop {
                    let page = db.read_blocking(|conn| operator::list(conn, &filter))?;
                    let Some(last) = page.last() else {
                        return Ok(());
                    };
                    filter.after = Some(last.id);
                    for operator in &page {
                        let profile = &operator.profile;
                        let (id, status) = (operator.id, operator.status.as_str());
                        if *json {
                            say_json(&Listed {
                                id,
                                name: &profile.name,
                                external_id: profile.external_id.as_deref(),
                                email: profile.email.as_deref(),
                                role: profile.role.as_deref(),
                                status,
                            })?;
                        } else {
                            let external_id = profile.external_id.as_deref().unwrap_or("-");
                            say(format_args!(
                                "{id:>8}  {status:<8}  {external_id}  {}",
                                profile.name
                            ))?;
                        }
                    }
                }
            }
            Self::Deactivate { organization, id } => {
                let change = Change {
                    active: Some(false),
                    ..Change::default()
                };
                db.write_blocking(|conn| {
                    operator::change(conn, *organization, *id, change, &origin, now)
                })
                .map(|_| ())
                .map_err(Failure::new)
            }
        }
    }
}
