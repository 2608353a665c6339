//! `lanyard role …`. Changes the database directly, also while nodes run: they apply the changes
//! from the feed.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, describe};
use crate::access::Scope;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId};
use crate::organization::Definitions;
use crate::organization::definitions::manage::{self, DefineError};
use crate::revocation;

const EXAMPLES: &str = "\
A role gives its scopes to the operators that have its name as their role. These commands change the database directly, also \
while the service runs. Organizations can do the same over /api/v1/roles.

Examples:
  lanyard role set --organization 7 sales --scope 'read write' --description 'Sells'
  lanyard role list --organization 7
  lanyard role remove --organization 7 sales
  lanyard role set-scope --organization 7 orders.read --description 'Read orders'";

/// Manage the roles and scopes of an organization
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Role {
    /// Define a role, or change it
    Set {
        #[command(flatten)]
        one: One,
        /// A scope of the role, or several with spaces between them; may be repeated
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// For the people who give the role to somebody
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// List the roles, with those that always exist
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one role a line
        #[arg(long)]
        json: bool,
    },
    /// Remove a role that no operator and no API key has
    Remove(One),
    /// Define a scope, or change its description
    SetScope {
        #[command(flatten)]
        one: One,
        /// For the people who give the scope to a role, a client or a key
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// List the scopes that the organization has defined
    ListScopes {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one scope a line
        #[arg(long)]
        json: bool,
    },
    /// Remove a scope that nothing has
    RemoveScope(One),
}

#[derive(Args)]
pub(super) struct Of {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
}

#[derive(Args)]
pub(super) struct One {
    #[command(flatten)]
    of: Of,
    /// The name of the role or the scope
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    scopes: Vec<&'a str>,
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct ListedScope<'a> {
    name: &'a str,
    description: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    name: &'a str,
    organization_id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

impl Role {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Set {
                one,
                scopes,
                description,
            } => {
                let scopes: Vec<_> = scopes
                    .iter()
                    .flat_map(|text| text.split(' '))
                    .filter(|scope| !scope.is_empty())
                    .map(str::to_owned)
                    .collect();
                let existed = |(set, _): &(manage::WasSet, _)| !set.is_new;
                let ((set, _), receipt) = revocation::enforce_from_cli(&db, existed, |conn| {
                    let wanted = (scopes.as_slice(), description.as_deref());
                    manage::set_role(conn, one.of.organization, &one.name, wanted, &origin, now)
                })
                .map_err(|error: DefineError| Failure::new(error))?;
                let status = if set.is_new { "added" } else { "changed" };
                one.changed("role", status, receipt)
            }
            Self::List { of, json } => {
                let read = |conn: &mut _| Definitions::read(conn, of.organization);
                let defined = db.read_blocking(read)?;
                let unknown = || Failure::new(DefineError::UnknownOrganization);
                list(&defined.ok_or_else(unknown)?, *json)
            }
            Self::Remove(one) => {
                db.write_blocking(|conn| {
                    manage::remove_role(conn, one.of.organization, &one.name, &origin, now)
                })
                .map_err(|error: DefineError| Failure::new(error))?;
                one.changed("role", "removed", None)
            }
            Self::SetScope { one, description } => {
                let wanted = (one.name.as_str(), description.as_deref());
                let set = db.write_blocking(|conn| {
                    manage::set_scope(conn, one.of.organization, wanted, &origin, now)
                });
                let (set, _) = set.map_err(|error: DefineError| Failure::new(error))?;
                let status = if set.is_new { "added" } else { "changed" };
                one.changed("scope", status, None)
            }
            Self::ListScopes { of, json } => {
                let read = |conn: &mut _| Definitions::read(conn, of.organization);
                let defined = db.read_blocking(read)?;
                let unknown = || Failure::new(DefineError::UnknownOrganization);
                list_scopes(&defined.ok_or_else(unknown)?, *json)
            }
            Self::RemoveScope(one) => {
                db.write_blocking(|conn| {
                    manage::remove_scope(conn, one.of.organization, &one.name, &origin, now)
                })
                .map_err(|error: DefineError| Failure::new(error))?;
                one.changed("scope", "removed", None)
            }
        }
    }
}

impl One {
    fn changed(
        &self,
        what: &str,
        status: &'static str,
        receipt: Option<revocation::Receipt>,
    ) -> Result<(), Failure> {
        if self.json {
            return say_json(&Changed {
                name: &self.name,
                organization_id: self.of.organization,
                status,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!(
            "{what} {} of organization {} is {status}",
            self.name, self.of.organization
        ))?;
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}

fn list_scopes(defined: &Definitions, json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (name, description) in &defined.scopes {
        let description = description.as_deref();
        if json {
            say_json(&ListedScope {
                name: name.as_str(),
                description,
            })?;
        } else {
            rows.push([name.clone(), description.unwrap_or("-").to_owned()]);
        }
    }
    if json {
        return Ok(());
    }
    say_table(["NAME", "DESCRIPTION"], &rows)
}

fn list(defined: &Definitions, json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (name, role) in defined.roles.iter() {
        let scopes: Vec<_> = role.scopes.iter().map(Scope::as_str).collect();
        let description = role.description.as_deref();
        if json {
            say_json(&Listed {
                name,
                scopes,
                description,
            })?;
        } else {
            rows.push([
                name.to_owned(),
                scopes.join(" "),
                description.unwrap_or("-").to_owned(),
            ]);
        }
    }
    if json {
        return Ok(());
    }
    say_table(["NAME", "SCOPES", "DESCRIPTION"], &rows)
}
