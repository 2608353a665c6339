//! `lanyard api-key list`.

use serde::Serialize;

use super::status;
use crate::access::Scope;
use crate::api_key::manage::{self, ManageError, Wanted};
use crate::base::{ApiKeyId, OrganizationId, Seek, TimeKey, Timestamp};
use crate::cli::output::{Failure, say, say_json, say_table};
use crate::db::Db;
use crate::organization;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: ApiKeyId,
    name: &'a str,
    environment: &'static str,
    start: &'a str,
    status: &'static str,
    scopes: Vec<&'a str>,
    role: Option<&'a str>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

/// The number of keys read at a time.
const PAGE: i64 = 500;

/// Prints the keys of an organization that are not revoked, newest first.
pub(super) fn list(
    db: &Db,
    organization: OrganizationId,
    json: bool,
    now: Timestamp,
) -> Result<(), Failure> {
    if !db.read_blocking(|conn| organization::exists(conn, organization))? {
        return Err(Failure::new(ManageError::UnknownOrganization));
    }
    let (mut seek, mut rows) = (Seek::First, Vec::new());
    loop {
        let page = db.read_blocking(|conn| {
            manage::list(conn, organization, &Wanted::default(), seek, PAGE, now)
        })?;
        let Some((last, _)) = page.last() else { break };
        seek = Seek::After(TimeKey {
            at: last.key.created_at,
            id: last.key.id,
        });
        for (stored, last) in &page {
            let (key, settings) = (&stored.key, &stored.key.settings);
            let row = Row {
                id: key.id,
                name: &settings.name,
                environment: key.environment.as_str(),
                start: &key.start,
                status: status(stored, now),
                scopes: settings.scopes.iter().map(Scope::as_str).collect(),
                role: settings.role.as_deref(),
                expires_at: settings.expires_at,
                created_at: key.created_at,
                last_used_at: last.at,
            };
            if json {
                say_json(&row)?;
            } else {
                let or_never =
                    |at: Option<Timestamp>| at.map_or("never".to_owned(), |at| at.to_string());
                rows.push([
                    row.id.to_string(),
                    row.status.to_owned(),
                    format!("{}…", row.start),
                    or_never(row.expires_at),
                    or_never(row.last_used_at),
                    row.scopes.join(" "),
                    row.name.to_owned(),
                ]);
            }
        }
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say(format_args!(
            "organization {organization} has no API keys; `lanyard api-key add` makes one"
        )),
        (false, false) => say_table(
            [
                "ID",
                "STATUS",
                "KEY",
                "EXPIRES",
                "LAST USED",
                "SCOPES",
                "NAME",
            ],
            &rows,
        ),
    }
}
