//! `lanyard client …`. Changes the database directly, also while nodes run: they apply the changes
//! from the feed.

mod add;
mod set;
mod settings_given;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, describe};
use crate::access::Scope;
use crate::audit::Origin;
use crate::base::{ClientId, Clock, OrganizationId, Seek, Timestamp};
use crate::client::{ManageError, Registered, manage, registration_token};
use crate::db::Db;
use crate::feed::Entry;
use crate::organization;
use crate::revocation::{self, Receipt};

const EXAMPLES: &str = "\
These commands change the database directly, also while the service runs: its nodes apply the change within feed.poll (a \
quarter of a second). Organizations can do the same over /api/company/clients.

Examples:
  lanyard client add --organization 7 --name Shop --redirect-uri https://shop.example.com/cb --scope 'openid read'
  lanyard client add --organization 7 --name App --public --redirect-uri http://127.0.0.1/cb
  lanyard client set --organization 7 0b2f9f3c-3f0e-4a5e-9b0c-0d1f6f9f0a11 --scope 'openid' --consent ask
  lanyard client list --organization 7
  lanyard client rotate-secret --organization 7 0b2f9f3c-3f0e-4a5e-9b0c-0d1f6f9f0a11 --grace 3600
  lanyard client registration-token --organization 7 --uses 5";

/// Manage the OAuth clients of an organization
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Client {
    /// Add a client; print its id and its secret, which is shown only once
    Add(Box<add::Add>),
    /// Change the settings of a client; what is not given stays. An empty text empties a list
    Set(Box<set::Set>),
    /// List the clients that are not deleted
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one client a line
        #[arg(long)]
        json: bool,
    },
    /// Give a client another secret and print it; the present one stays valid for a while
    RotateSecret {
        #[command(flatten)]
        one: One,
        /// How long the present secret stays valid; 0 ends it at once [default: 7 days]
        #[arg(long, value_name = "SECONDS")]
        grace: Option<i64>,
    },
    /// End the older secret of a client before its time; the present one stays
    DropSecret(One),
    /// Disable a client: it gets no new tokens, and its tokens are revoked
    Disable(One),
    /// Enable a disabled client; its revoked tokens stay revoked
    Enable(One),
    /// Delete a client and revoke its tokens; its record stays
    Remove(One),
    /// Revoke every token of a client issued so far; it may get new ones
    RevokeTokens(One),
    /// Print a token with which clients register themselves at /oauth/register
    RegistrationToken {
        #[command(flatten)]
        of: Of,
        /// How many clients it may register
        #[arg(long, value_name = "N", default_value_t = registration_token::DEFAULT_USES,
            value_parser = clap::value_parser!(i64).range(1..=registration_token::MOST_USES))]
        uses: i64,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
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
    /// The client's id
    #[arg(value_name = "CLIENT", value_parser = client_id)]
    id: ClientId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn client_id(text: &str) -> Result<ClientId, String> {
    text.parse()
        .map_err(|_| "no id of a client: it has 1 to 2048 printable ASCII characters".to_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated<'a> {
    id: &'a ClientId,
    secret: &'a str,
    previous_secret_expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct RegistrationToken<'a> {
    token: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    id: &'a ClientId,
    organization_id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: &'a ClientId,
    name: &'a str,
    status: &'static str,
    auth_method: &'static str,
    profile: &'static str,
    grants: Vec<&'static str>,
    scopes: Vec<&'a str>,
    created_at: Timestamp,
}

/// The number of clients read at a time.
const PAGE: i64 = 500;

impl Client {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::Add(add) => add.run(common, &origin, now),
            Self::Set(set) => set.run(common, &origin, now),
            Self::List { of, json } => list(&common.existing_database()?.1, of.organization, *json),
            Self::RotateSecret { one, grace } => {
                let (_, db) = common.existing_database()?;
                let ends_now = |rotated: &manage::Rotated| rotated.ends_one;
                let (rotated, _) = revocation::enforce_from_cli(&db, ends_now, |conn| {
                    let which = (one.of.organization, &one.id);
                    manage::rotate_secret(conn, which, *grace, &origin, now)
                })
                .map_err(|error: ManageError| Failure::new(error))?;
                if one.json {
                    return say_json(&Rotated {
                        id: &one.id,
                        secret: rotated.secret.text(),
                        previous_secret_expires_at: rotated.previous_expires_at,
                    });
                }
                say(rotated.secret.text())
            }
            Self::DropSecret(one) => {
                let receipt = one.commit(common, true, |conn, which| {
                    manage::drop_secret(conn, which, &origin, now)
                })?;
                one.changed("dropped", "has one secret left", receipt)
            }
            Self::Disable(one) => {
                let receipt = one.set_active(common, false, &origin, now)?;
                one.changed("disabled", "is disabled; its tokens are revoked", receipt)
            }
            Self::Enable(one) => {
                one.set_active(common, true, &origin, now)?;
                let what = "is enabled; tokens revoked before stay revoked";
                one.changed("active", what, None)
            }
            Self::Remove(one) => {
                let receipt = one.commit(common, true, |conn, which| {
                    manage::delete(conn, which, &origin, now)
                })?;
                one.changed("deleted", "is deleted; its tokens are revoked", receipt)
            }
            Self::RevokeTokens(one) => {
                let receipt = one.commit(common, true, |conn, which| {
                    manage::revoke_tokens(conn, which, &origin, now)
                })?;
                one.changed("revoked", "has no valid token left", receipt)
            }
            Self::RegistrationToken { of, uses, json } => {
                let (_, db) = common.existing_database()?;
                let token = db.write_blocking(|conn| {
                    registration_token::issue(conn, of.organization, *uses, now)
                });
                let token = token.map_err(|error: ManageError| Failure::new(error))?;
                if *json {
                    return say_json(&RegistrationToken { token: &token });
                }
                say(&*token)
            }
        }
    }
}

impl One {
    /// Makes a change. Returns its receipt if the change takes something away: it is then in force on
    /// every node, also if it was made before.
    fn commit(
        &self,
        common: &Common,
        takes_away: bool,
        body: impl FnOnce(
            &mut crate::db::Conn,
            (OrganizationId, &ClientId),
        ) -> Result<Vec<Entry>, ManageError>,
    ) -> Result<Option<Receipt>, Failure> {
        let (_, db) = common.existing_database()?;
        let which = (self.of.organization, &self.id);
        let outcome = revocation::enforce_from_cli(
            &db,
            |()| takes_away,
            |conn| body(conn, which).map(|entries| ((), entries)),
        );
        let ((), receipt) = outcome.map_err(Failure::new)?;
        Ok(receipt)
    }

    fn set_active(
        &self,
        common: &Common,
        active: bool,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<Receipt>, Failure> {
        self.commit(common, !active, |conn, which| {
            let changed = manage::change(conn, which, |_| (), Some(active), origin, now)?;
            Ok(changed.1)
        })
    }

    fn changed(
        &self,
        status: &'static str,
        what: &str,
        receipt: Option<Receipt>,
    ) -> Result<(), Failure> {
        if self.json {
            return say_json(&Changed {
                id: &self.id,
                organization_id: self.of.organization,
                status,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!("client {} {what}", self.id))?;
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}

fn list(db: &Db, organization: OrganizationId, json: bool) -> Result<(), Failure> {
    if !db.read_blocking(|conn| organization::exists(conn, organization))? {
        return Err(Failure::new(ManageError::UnknownOrganization));
    }
    let (mut seek, mut rows) = (Seek::First, Vec::new());
    loop {
        let page = db.read_blocking(|conn| manage::list(conn, organization, &seek, PAGE))?;
        let Some(last) = page.last() else { break };
        seek = Seek::After(last.client.id.clone());
        for Registered { client, .. } in &page {
            let settings = &client.settings;
            let listed = Listed {
                id: &client.id,
                name: &settings.name,
                status: client.status.as_str(),
                auth_method: settings.authentication.method().as_str(),
                profile: settings.profile.as_str(),
                grants: settings.grants.iter().map(|grant| grant.as_str()).collect(),
                scopes: settings.scopes.iter().map(Scope::as_str).collect(),
                created_at: client.created_at,
            };
            if json {
                say_json(&listed)?;
            } else {
                rows.push([
                    listed.id.to_string(),
                    listed.status.to_owned(),
                    listed.created_at.to_string(),
                    listed.auth_method.to_owned(),
                    listed.profile.to_owned(),
                    listed.name.to_owned(),
                ]);
            }
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say(format_args!(
            "organization {organization} has no clients; `lanyard client add` makes one"
        )),
        (false, false) => say_table(
            ["ID", "STATUS", "CREATED", "METHOD", "PROFILE", "NAME"],
            &rows,
        ),
    }
}
