//! The table `consents`.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::scopes_in;
use crate::access::ScopeSet;
use crate::base::{ClientId, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::{consents, grants};
use crate::db::{Conn, Error, Result};
use crate::on_backend;

/// How often a consent is written again because another transaction wrote it meanwhile.
const ATTEMPTS: usize = 100;

/// Returns what an operator allowed a client so far. `None` if it never allowed anything.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn consent(
    conn: &mut Conn,
    organization: OrganizationId,
    client: &ClientId,
    operator: OperatorId,
) -> Result<Option<ScopeSet>> {
    let found: Option<String> = consents::table
        .find((organization, client, operator))
        .select(consents::scopes)
        .first(conn)
        .optional()?;
    found.as_deref().map(scopes_in).transpose()
}

/// Adds scopes to what an operator allowed a client. If two calls run at once, the scopes of both are
/// kept: a call replaces the scopes only if they are still those that it read.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn remember_consent(
    conn: &mut Conn,
    organization: OrganizationId,
    client: &ClientId,
    operator: OperatorId,
    scopes: &ScopeSet,
    now: Timestamp,
) -> Result<()> {
    let key = (organization, client, operator);
    for _ in 0..ATTEMPTS {
        let held: Option<String> = consents::table
            .find(key)
            .select(consents::scopes)
            .first(conn)
            .optional()?;
        let written = if let Some(held) = held {
            let all = scopes_in(&held)?.union(scopes).to_string();
            let same = consents::table.find(key).filter(consents::scopes.eq(held));
            diesel::update(same)
                .set((consents::scopes.eq(all), consents::updated_at.eq(now)))
                .execute(conn)?
        } else {
            let row = (
                consents::organization_id.eq(organization),
                consents::client_id.eq(client),
                consents::operator_id.eq(operator),
                consents::scopes.eq(scopes.to_string()),
                consents::updated_at.eq(now),
            );
            on_backend!(conn, c => diesel::insert_into(consents::table)
                .values(row)
                .on_conflict_do_nothing()
                .execute(c))?
        };
        if written == 1 {
            return Ok(());
        }
    }
    Err(Error::Unavailable(
        "other requests kept changing this consent".to_owned(),
    ))
}

/// Forgets what an operator allowed a client, if no grant of the two is left that has not ended.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn forget_consent_without_grant(
    conn: &mut Conn,
    organization: OrganizationId,
    client: &ClientId,
    operator: OperatorId,
) -> Result<()> {
    let left = grants::table
        .filter(grants::organization_id.eq(organization))
        .filter(grants::client_id.eq(client))
        .filter(grants::operator_id.eq(operator))
        .filter(grants::ended_at.is_null());
    let consent = consents::table
        .find((organization, client, operator))
        .filter(not(exists(left)));
    diesel::delete(consent).execute(conn)?;
    Ok(())
}
