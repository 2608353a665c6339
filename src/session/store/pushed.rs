//! The table `pushed_requests`. A request is found by the digest of its `request_uri`.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::super::{MOST_PUSHED, MOST_PUSHED_OF_NETWORK, PushedRequest};
use crate::base::{ClientId, Digest, OrganizationId, Timestamp};
use crate::db::schema::{page_requests, pushed_requests as table};
use crate::db::{Conn, Error, Result};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    digest: Digest,
    client_id: ClientId,
    parameters: String,
    expires_at: Timestamp,
    network: Option<String>,
}

impl TryFrom<Row> for PushedRequest {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let parameters = serde_json::from_str(&row.parameters)
            .map_err(|why| Error::Internal(format!("the parameters of a pushed request: {why}")))?;
        Ok(Self {
            digest: row.digest,
            organization: row.organization_id,
            client: row.client_id,
            parameters,
            expires_at: row.expires_at,
            network: row.network,
        })
    }
}

/// What became of a request that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Push {
    /// It is stored.
    Stored,
    /// Too many requests of the client, or of the network with this client, wait for a browser. The
    /// first of them expires at this time.
    Full(Timestamp),
}

/// Stores a request, unless [`MOST_PUSHED`] requests of its client wait for a browser at `now`, or
/// [`MOST_PUSHED_OF_NETWORK`] of its client and network. Calls that run at the same moment may exceed
/// these numbers by their own number.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn push(conn: &mut Conn, request: PushedRequest, now: Timestamp) -> Result<Push> {
    let mut full = waiting(conn, &request, None, MOST_PUSHED, now)?;
    if let (Some(network), None) = (&request.network, full) {
        full = waiting(conn, &request, Some(network), MOST_PUSHED_OF_NETWORK, now)?;
    }
    if let Some(until) = full {
        return Ok(Push::Full(until));
    }
    let parameters = serde_json::to_string(&request.parameters)
        .map_err(|why| Error::Internal(why.to_string()))?;
    diesel::insert_into(table::table)
        .values(Row {
            organization_id: request.organization,
            digest: request.digest,
            client_id: request.client,
            parameters,
            expires_at: request.expires_at,
            network: request.network,
        })
        .execute(conn)?;
    Ok(Push::Stored)
}

/// Returns when the first request of the client that waits for a browser expires, if there are at
/// least `most`. `network`: only those that come from there.
fn waiting(
    conn: &mut Conn,
    request: &PushedRequest,
    network: Option<&str>,
    most: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let mut waiting = table::table
        .filter(table::organization_id.eq(request.organization))
        .filter(table::client_id.eq(&request.client))
        .filter(table::expires_at.gt(now))
        .order(table::expires_at)
        .select(table::expires_at)
        .limit(most)
        .into_boxed();
    if let Some(network) = network {
        waiting = waiting.filter(table::network.eq(network));
    }
    let waiting: Vec<Timestamp> = waiting.load(conn)?;
    let full = i64::try_from(waiting.len()).is_ok_and(|count| count >= most);
    Ok(waiting.first().copied().filter(|_| full))
}

/// Returns a request of the client that was not answered and can be opened at `now`: it has not
/// expired, or `browser` has a page of it open. `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_pushed(
    conn: &mut Conn,
    (organization, client): (OrganizationId, &ClientId),
    digest: &Digest,
    browser: Option<Digest>,
    now: Timestamp,
) -> Result<Option<PushedRequest>> {
    let open = page_requests::table
        .filter(page_requests::pushed.eq(table::digest.nullable()))
        .filter(page_requests::organization_id.eq(table::organization_id))
        .filter(page_requests::browser.nullable().eq(browser))
        .filter(page_requests::expires_at.gt(now));
    let row: Option<Row> = table::table
        .find((organization, digest))
        .filter(table::client_id.eq(client))
        .filter(table::expires_at.gt(now).or(exists(open)))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(PushedRequest::try_from).transpose()
}

/// Removes a request that is answered, in the transaction that writes the answer. Returns `false` if
/// the request was answered already, on any node. Then the caller answers nothing.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn answer_pushed(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: &Digest,
) -> Result<bool> {
    let row = table::table.find((organization, digest));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Deletes at most `limit` requests that expired before `expired_before`. Returns their number.
pub(in crate::session) fn purge_pushed(
    conn: &mut Conn,
    expired_before: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = table::table
        .filter(table::expires_at.lt(expired_before))
        .order(table::expires_at)
        .limit(limit)
        .select((table::organization_id, table::digest))
        .load(conn)?;
    for key in &old {
        diesel::delete(table::table.find((key.0, key.1))).execute(conn)?;
    }
    Ok(old.len())
}
