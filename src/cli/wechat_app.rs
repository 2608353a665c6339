//! `lanyard wechat-app …`. Changes the database directly, also while nodes run.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::organization::read_secret;
use super::output::{Failure, say, say_json, say_table};
use super::signing_key::keeper;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Seek, Timestamp};
use crate::db::Db;
use crate::organization;
use crate::wechat::{self, ManageError, Members, NewApp, OnUnknown, WechatApp};

const EXAMPLES: &str = "\
The users of these Mini Programs sign in with WeChat at /api/v1/auth/wechat/login. The commands change the database directly, also \
while the service runs. Organizations can do the same over /api/v1/wechat-apps.

Examples:
  lanyard wechat-app add --organization 7 --app-id wx0123456789abcdef --secret-file wechat.secret
  lanyard wechat-app add --organization 7 --app-id wx0123456789abcdef --secret-file - --on-unknown refuse
  lanyard wechat-app set wx0123456789abcdef --on-unknown refuse
  lanyard wechat-app list --organization 7
  lanyard wechat-app remove wx0123456789abcdef";

/// Manage the WeChat Mini Programs whose users may sign in
#[derive(Subcommand)]
#[command(name = "wechat-app", after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum WechatApps {
    /// Add a Mini Program
    Add(Add),
    /// Change a Mini Program; what is not given stays. Operators that exist keep their roles
    Set(Set),
    /// List the Mini Programs of an organization
    List {
        /// The organization's id
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// Print JSON, one Mini Program a line
        #[arg(long)]
        json: bool,
    },
    /// Remove a Mini Program: nobody signs in with it any more; the operators stay
    Remove {
        /// The id that WeChat gave it
        #[arg(value_name = "APP")]
        app_id: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Add {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// The id that WeChat gave it
    #[arg(long, value_name = "APP")]
    app_id: String,
    /// A file whose first line is its secret at WeChat; - for standard input
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// What happens when a person signs in for the first time: create makes an operator, refuse
    /// refuses the person
    #[arg(long, default_value = "create", value_parser = on_unknown)]
    on_unknown: OnUnknown,
    /// The role of operators that are made [default: customer]
    #[arg(long)]
    role: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Set {
    /// The id that WeChat gave it
    #[arg(value_name = "APP")]
    app_id: String,
    /// A file whose first line is its new secret at WeChat; - for standard input
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// What happens when a person signs in for the first time: create or refuse
    #[arg(long, value_parser = on_unknown)]
    on_unknown: Option<OnUnknown>,
    /// The role of operators that are made
    #[arg(long)]
    role: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn on_unknown(text: &str) -> Result<OnUnknown, &'static str> {
    text.parse().map_err(|_| "it is create or refuse")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    app_id: &'a str,
    organization_id: OrganizationId,
    on_unknown: OnUnknown,
    role: &'a str,
    created_at: Timestamp,
}

impl<'a> From<&'a WechatApp> for Row<'a> {
    fn from(app: &'a WechatApp) -> Self {
        Self {
            app_id: &app.app_id,
            organization_id: app.organization,
            on_unknown: app.on_unknown,
            role: &app.role,
            created_at: app.created_at,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed<'a> {
    app_id: &'a str,
    organization_id: OrganizationId,
    status: &'static str,
}

/// More than the largest number of apps.
const ALL: i64 = 1_000;

impl WechatApps {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => {
                let keeper = keeper(&config)?;
                let new = NewApp {
                    app_id: add.app_id.clone(),
                    members: Members {
                        secret: Some(read_secret("the secret", &add.secret_file)?),
                        on_unknown: Some(add.on_unknown),
                        role: add.role.clone(),
                    },
                };
                let added = db.write_blocking(|conn| {
                    let masters = keeper.masters();
                    wechat::add(conn, add.organization, &new, masters, &origin, now)
                });
                let app = added.map_err(Failure::new)?;
                if add.json {
                    return say_json(&Row::from(&app));
                }
                say(format_args!(
                    "users of {} sign in to organization {}",
                    app.app_id, app.organization
                ))
            }
            Self::Set(set) => {
                let keeper = keeper(&config)?;
                let read = |file: &PathBuf| read_secret("the secret", file);
                let members = Members {
                    secret: set.secret_file.as_ref().map(read).transpose()?,
                    on_unknown: set.on_unknown,
                    role: set.role.clone(),
                };
                let changed = db.write_blocking(|conn| {
                    let organization = wechat::organization_of(conn, &set.app_id)?;
                    let which = (organization, set.app_id.as_str());
                    wechat::change(conn, which, &members, keeper.masters(), &origin, now)
                });
                let app = changed.map_err(|error: ManageError| Failure::new(error))?;
                if set.json {
                    return say_json(&Row::from(&app));
                }
                say(format_args!("{} is as given", app.app_id))
            }
            Self::List { organization, json } => list(&db, *organization, *json),
            Self::Remove { app_id, json } => {
                let removed = db.write_blocking(|conn| {
                    let organization = wechat::organization_of(conn, app_id)?;
                    wechat::remove(conn, (organization, app_id), &origin, now)?;
                    Ok::<_, ManageError>(organization)
                });
                let organization_id = removed.map_err(Failure::new)?;
                if *json {
                    return say_json(&Removed {
                        app_id,
                        organization_id,
                        status: "removed",
                    });
                }
                say(format_args!(
                    "{app_id} is removed from organization {organization_id}; the operators stay"
                ))
            }
        }
    }
}

fn list(db: &Db, organization: OrganizationId, json: bool) -> Result<(), Failure> {
    if !db.read_blocking(|conn| organization::exists(conn, organization))? {
        return Err(Failure::new(ManageError::UnknownOrganization));
    }
    let found = db.read_blocking(|conn| wechat::list(conn, organization, &Seek::First, ALL))?;
    if json {
        return found.iter().try_for_each(|app| say_json(&Row::from(app)));
    }
    if found.is_empty() {
        return say(format_args!(
            "organization {organization} has no WeChat apps; `lanyard wechat-app add` adds one"
        ));
    }
    let rows: Vec<_> = found
        .iter()
        .map(|app| {
            [
                app.app_id.clone(),
                app.on_unknown.to_string(),
                app.role.clone(),
                app.created_at.to_string(),
            ]
        })
        .collect();
    say_table(["APP", "UNKNOWN", "ROLE", "CREATED"], &rows)
}
