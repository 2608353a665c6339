//! Queries for clients and their secrets.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::secret::StoredSecret;
use super::{Client, ClientSettings, ClientStatus, Secrets};
use crate::base::{ClientId, ClientTag, Digest, OrganizationId, Seek, Sequence, Timestamp};
use crate::db::schema::{client_secrets, clients};
use crate::db::{Conn, Error, Result};

crate::db::word_column!(ClientStatus);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = clients, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    id: ClientId,
    tag: ClientTag,
    status: ClientStatus,
    settings: String,
    created_seq: Sequence,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Client {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let settings: ClientSettings = serde_json::from_str(&row.settings)
            .map_err(|why| Error::Internal(format!("the settings of client {}: {why}", row.id)))?;
        Ok(Self {
            organization: row.organization_id,
            id: row.id,
            status: row.status,
            settings,
            created_seq: row.created_seq,
            created_at: row.created_at,
        })
    }
}

fn json(settings: &ClientSettings) -> Result<String> {
    serde_json::to_string(settings).map_err(|why| Error::Internal(why.to_string()))
}

/// Returns the client with an id, of whatever organization; `None` if there is none.
pub(super) fn find_anywhere(conn: &mut Conn, id: &ClientId) -> Result<Option<Client>> {
    let row: Option<Row> = clients::table
        .filter(clients::id.eq(id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Client::try_from).transpose()
}

/// Returns a client of the organization; `None` if it has no such client.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: &ClientId,
) -> Result<Option<Client>> {
    let row: Option<Row> = clients::table
        .find((organization, id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Client::try_from).transpose()
}

/// Returns the clients of an organization that are not deleted, ordered by id, after `after`, at
/// most `limit`.
pub(super) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    seek: &Seek<ClientId>,
    limit: i64,
) -> Result<Vec<Client>> {
    let mut query = clients::table
        .filter(clients::organization_id.eq(organization))
        .filter(clients::status.ne(ClientStatus::Deleted))
        .select(Row::as_select())
        .into_boxed();
    query = match seek {
        Seek::First => query.order(clients::id.asc()),
        Seek::After(id) => query.filter(clients::id.gt(id)).order(clients::id.asc()),
        Seek::UpTo(id) => query.filter(clients::id.le(id)).order(clients::id.desc()),
    };
    let rows: Vec<Row> = query.limit(limit).load(conn)?;
    rows.into_iter().map(Client::try_from).collect()
}

/// Returns the number of clients of an organization that are not deleted.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(clients::table
        .filter(clients::organization_id.eq(organization))
        .filter(clients::status.ne(ClientStatus::Deleted))
        .count()
        .get_result(conn)?)
}

/// Writes a new client.
pub(super) fn insert(conn: &mut Conn, client: &Client, now: Timestamp) -> Result<()> {
    diesel::insert_into(clients::table)
        .values(Row {
            organization_id: client.organization,
            id: client.id.clone(),
            tag: client.id.tag(),
            status: client.status,
            settings: json(&client.settings)?,
            created_seq: client.created_seq,
            created_at: client.created_at,
            updated_at: now,
        })
        .execute(conn)?;
    Ok(())
}

/// Writes the status and the settings of a client.
pub(super) fn update(conn: &mut Conn, client: &Client, now: Timestamp) -> Result<()> {
    diesel::update(clients::table.find((client.organization, &client.id)))
        .set((
            clients::status.eq(client.status),
            clients::settings.eq(json(&client.settings)?),
            clients::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the sequence of the entry that announced a client.
pub(super) fn set_created_seq(conn: &mut Conn, client: &Client) -> Result<()> {
    diesel::update(clients::table.find((client.organization, &client.id)))
        .set(clients::created_seq.eq(client.created_seq))
        .execute(conn)?;
    Ok(())
}

/// Returns the secrets of the clients whose ids are in a range, both ends included.
pub(super) fn secrets_between(
    conn: &mut Conn,
    organization: OrganizationId,
    first: &ClientId,
    last: &ClientId,
) -> Result<HashMap<ClientId, Secrets>> {
    type Found = (
        ClientId,
        Digest,
        Timestamp,
        Option<Timestamp>,
        Option<Timestamp>,
    );
    let rows: Vec<Found> = client_secrets::table
        .filter(client_secrets::organization_id.eq(organization))
        .filter(client_secrets::client_id.between(first, last))
        .order(client_secrets::created_at.desc())
        .select((
            client_secrets::client_id,
            client_secrets::digest,
            client_secrets::created_at,
            client_secrets::expires_at,
            client_secrets::last_used_at,
        ))
        .load(conn)?;
    let mut all: HashMap<_, Secrets> = HashMap::new();
    for (id, digest, created_at, expires_at, last_used_at) in rows {
        all.entry(id).or_default().add(StoredSecret {
            digest,
            created_at,
            expires_at,
            last_used_at,
        });
    }
    Ok(all)
}

/// Returns the secrets of a client, expired ones too.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn secrets(conn: &mut Conn, organization: OrganizationId, id: &ClientId) -> Result<Secrets> {
    let found = secrets_between(conn, organization, id, id)?.remove(id);
    Ok(found.unwrap_or_default())
}

/// Returns how many clients of an organization that are not deleted have a secret that ends after `from`
/// and not after `to`.
pub(super) fn count_expiring(
    conn: &mut Conn,
    organization: OrganizationId,
    (from, to): (Timestamp, Timestamp),
) -> Result<i64> {
    let ends = client_secrets::table
        .filter(client_secrets::organization_id.eq(clients::organization_id))
        .filter(client_secrets::client_id.eq(clients::id))
        .filter(client_secrets::expires_at.gt(from))
        .filter(client_secrets::expires_at.le(to));
    Ok(clients::table
        .filter(clients::organization_id.eq(organization))
        .filter(clients::status.ne(ClientStatus::Deleted))
        .filter(exists(ends))
        .count()
        .get_result(conn)?)
}

/// Replaces the secrets of a client.
pub(super) fn set_secrets(
    conn: &mut Conn,
    organization: OrganizationId,
    id: &ClientId,
    secrets: &Secrets,
) -> Result<()> {
    let own = client_secrets::table
        .filter(client_secrets::organization_id.eq(organization))
        .filter(client_secrets::client_id.eq(id));
    diesel::delete(own).execute(conn)?;
    for secret in [secrets.current, secrets.previous].into_iter().flatten() {
        diesel::insert_into(client_secrets::table)
            .values((
                client_secrets::organization_id.eq(organization),
                client_secrets::client_id.eq(id),
                client_secrets::digest.eq(secret.digest),
                client_secrets::created_at.eq(secret.created_at),
                client_secrets::expires_at.eq(secret.expires_at),
                client_secrets::last_used_at.eq(secret.last_used_at),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Stores when a secret was last used, unless a later use is stored. A secret that is gone is left
/// out.
pub(super) fn note_use(
    conn: &mut Conn,
    organization: OrganizationId,
    id: &ClientId,
    digest: Digest,
    at: Timestamp,
) -> Result<()> {
    let earlier = client_secrets::table
        .find((organization, id, digest))
        .filter(
            client_secrets::last_used_at
                .is_null()
                .or(client_secrets::last_used_at.lt(at)),
        );
    diesel::update(earlier)
        .set(client_secrets::last_used_at.eq(at))
        .execute(conn)?;
    Ok(())
}
