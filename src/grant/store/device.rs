//! The table `device_codes`: its rows.

use std::time::Duration;

use diesel::prelude::*;

use super::{resources_in, scopes_in};
use crate::access::ScopeSet;
use crate::base::{
    ClientId, Digest, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::device_codes;
use crate::db::{Conn, Error, Result};
use crate::grant::{DeviceCode, DeviceState};
use crate::on_backend;

crate::db::word_column!(DeviceState);

/// A device code to be stored.
#[derive(Debug, Clone)]
pub struct NewDeviceCode {
    /// The client's organization.
    pub organization: OrganizationId,
    /// The client that it is issued to.
    pub client: ClientId,
    /// The digest of its text.
    pub digest: Digest,
    /// The digest of the user code.
    pub user_digest: Digest,
    /// The scopes that were asked for. `None` if the request named none.
    pub asked: Option<ScopeSet>,
    /// The resources that were asked for.
    pub resources: Vec<String>,
    /// The sequence that this node had applied before it read the client.
    pub rev: Sequence,
    /// The time that the client must leave between two polls, in whole seconds.
    pub interval: Duration,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The network that it was requested from. `None` if the client has proven itself.
    pub network: Option<String>,
}

/// How many live device codes there may be.
#[derive(Debug, Clone, Copy)]
pub struct MostCodes {
    /// Of one client.
    pub of_client: i64,
    /// Of one client, requested from one network.
    pub of_network: i64,
}

/// A device code as it is stored, with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDeviceCode {
    /// The client's organization.
    pub organization: OrganizationId,
    /// The digest of its text.
    pub digest: Digest,
    /// What decides about it.
    pub code: DeviceCode,
    /// The id of the grant that it yields.
    pub grant: GrantId,
    /// The scopes that were asked for. `None` if the request named none.
    pub asked: Option<ScopeSet>,
    /// The resources that were asked for.
    pub resources: Vec<String>,
    /// The sequence that the node had applied before it issued the code. Whatever revokes the
    /// client's or the organization's tokens from then on revokes the code.
    pub rev: Sequence,
    /// What an operator allowed. `None` if none did.
    pub allowed: Option<Allowed>,
}

/// What an operator allowed a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The operator.
    pub operator: OperatorId,
    /// The scopes.
    pub scopes: ScopeSet,
    /// When the operator signed in.
    pub auth_time: Timestamp,
    /// How the operator signed in: `pwd`, or `pwd otp`.
    pub amr: String,
    /// The browser session. `None` if there is none.
    pub sid: Option<TokenId>,
    /// The sequence that the node had applied before it read the records that the answer stands on.
    /// Whatever revokes the operator's tokens from then on revokes the code.
    pub rev: Sequence,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = device_codes, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    digest: Digest,
    user_digest: Digest,
    client_id: ClientId,
    grant_id: GrantId,
    state: DeviceState,
    asked_scopes: Option<String>,
    resources: String,
    rev: Sequence,
    poll_seconds: i64,
    last_poll_at: Option<Timestamp>,
    expires_at: Timestamp,
    granted_scopes: Option<String>,
    operator_id: Option<OperatorId>,
    auth_time: Option<Timestamp>,
    amr: Option<String>,
    sid: Option<TokenId>,
    allowed_rev: Option<Sequence>,
    network: Option<String>,
}

impl TryFrom<Row> for StoredDeviceCode {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let answer = (
            row.operator_id,
            row.granted_scopes.as_deref(),
            row.auth_time,
            row.amr,
            row.allowed_rev,
        );
        let allowed = match (row.state, answer) {
            (DeviceState::Pending | DeviceState::Refused, _) => None,
            (_, (Some(operator), Some(scopes), Some(auth_time), Some(amr), Some(rev))) => {
                Some(Allowed {
                    operator,
                    scopes: scopes_in(scopes)?,
                    auth_time,
                    amr,
                    sid: row.sid,
                    rev,
                })
            }
            (DeviceState::Allowed | DeviceState::Redeemed, _) => {
                let fault = "a device code is allowed, and nobody allowed it";
                return Err(Error::Internal(fault.to_owned()));
            }
        };
        Ok(Self {
            organization: row.organization_id,
            digest: row.digest,
            code: DeviceCode {
                client: row.client_id,
                state: row.state,
                interval: Duration::from_secs(row.poll_seconds.unsigned_abs()),
                last_poll_at: row.last_poll_at,
                expires_at: row.expires_at,
            },
            grant: row.grant_id,
            asked: row.asked_scopes.as_deref().map(scopes_in).transpose()?,
            resources: resources_in(&row.resources),
            rev: row.rev,
            allowed,
        })
    }
}

/// Returns a span as the column `poll_seconds` holds it.
pub(super) fn seconds(interval: Duration) -> i64 {
    i64::try_from(interval.as_secs()).unwrap_or(i64::MAX)
}

/// Stores a new device code, and draws the id of the grant that it will yield. Returns `false` if
/// its user code is another's; then nothing is stored.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_device_code(conn: &mut Conn, new: &NewDeviceCode) -> Result<bool> {
    let row = Row {
        organization_id: new.organization,
        digest: new.digest,
        user_digest: new.user_digest,
        client_id: new.client.clone(),
        grant_id: GrantId::generate(new.expires_at),
        state: DeviceState::Pending,
        asked_scopes: new.asked.as_ref().map(ToString::to_string),
        resources: new.resources.join(" "),
        rev: new.rev,
        poll_seconds: seconds(new.interval),
        last_poll_at: None,
        expires_at: new.expires_at,
        granted_scopes: None,
        operator_id: None,
        auth_time: None,
        amr: None,
        sid: None,
        allowed_rev: None,
        network: new.network.clone(),
    };
    let stored = on_backend!(conn, c => diesel::insert_into(device_codes::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(stored == 1)
}

/// Returns until when a new device code must wait: the client, or the network with this client, has as
/// many live ones as it may have, of which the first expires then. `None` if it need not wait.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn too_many_device_codes(
    conn: &mut Conn,
    new: &NewDeviceCode,
    most: MostCodes,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let of_client = live_codes(conn, new, None, most.of_client, now)?;
    match (&new.network, of_client) {
        (Some(network), None) => live_codes(conn, new, Some(network), most.of_network, now),
        _ => Ok(of_client),
    }
}

/// Returns when the first live code of the client expires, if there are at least `most`. `network`:
/// only those that were requested from there.
fn live_codes(
    conn: &mut Conn,
    new: &NewDeviceCode,
    network: Option<&str>,
    most: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let mut live = device_codes::table
        .filter(device_codes::organization_id.eq(new.organization))
        .filter(device_codes::client_id.eq(&new.client))
        .filter(device_codes::expires_at.gt(now))
        .order(device_codes::expires_at.asc())
        .select(device_codes::expires_at)
        .limit(most)
        .into_boxed();
    if let Some(network) = network {
        live = live.filter(device_codes::network.eq(network));
    }
    let live: Vec<Timestamp> = live.load(conn)?;
    let full = i64::try_from(live.len()).is_ok_and(|count| count >= most);
    Ok(live.first().copied().filter(|_| full))
}

/// Returns a device code of the organization. `None` if there is none with this digest.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_device_code(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<StoredDeviceCode>> {
    let row: Option<Row> = device_codes::table
        .find((organization, digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(StoredDeviceCode::try_from).transpose()
}

/// Returns the device code with this digest of its user code, of whatever organization. `None` if
/// there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_device_code_of_user(
    conn: &mut Conn,
    user_digest: Digest,
) -> Result<Option<StoredDeviceCode>> {
    let row: Option<Row> = device_codes::table
        .filter(device_codes::user_digest.eq(user_digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(StoredDeviceCode::try_from).transpose()
}
