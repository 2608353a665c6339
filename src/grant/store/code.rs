//! The table `codes`.

use diesel::prelude::*;

use super::{resources_in, scopes_in};
use crate::access::ScopeSet;
use crate::base::{
    ClientId, Digest, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::codes;
use crate::db::{Conn, Error, Result};
use crate::grant::{Challenge, Code, CodeState};

crate::db::word_column!(CodeState);

/// A code to be stored.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// The organization of client and operator.
    pub organization: OrganizationId,
    /// The client that it is issued to.
    pub client: ClientId,
    /// The operator that allowed it.
    pub operator: OperatorId,
    /// The digest of its text.
    pub digest: Digest,
    /// The redirect URI of the request. `None` if it had none.
    pub redirect_uri: Option<String>,
    /// The PKCE challenge of the request. `None` if it had none.
    pub challenge: Option<Challenge>,
    /// The thumbprint of the key that the request named. `None` if it named none.
    pub dpop_jkt: Option<String>,
    /// The scopes that were granted.
    pub scopes: ScopeSet,
    /// The resources that were asked for.
    pub resources: Vec<String>,
    /// The `nonce` of the request. `None` if it had none.
    pub nonce: Option<String>,
    /// When the operator signed in.
    pub auth_time: Timestamp,
    /// How the operator signed in: `pwd`, or `pwd otp`.
    pub amr: String,
    /// The browser session. `None` if there is none.
    pub sid: Option<TokenId>,
    /// The sequence that this node had applied before it read the records that the code stands on.
    pub rev: Sequence,
    /// When the code expires.
    pub expires_at: Timestamp,
}

/// A code as it is stored, with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// What decides whether it can be redeemed.
    pub code: Code,
    /// The operator that allowed it.
    pub operator: OperatorId,
    /// The id of the grant that redeeming it makes.
    pub grant: GrantId,
    /// The scopes that were granted.
    pub scopes: ScopeSet,
    /// The resources that were asked for.
    pub resources: Vec<String>,
    /// The `nonce` of the request. `None` if it had none.
    pub nonce: Option<String>,
    /// When the operator signed in.
    pub auth_time: Timestamp,
    /// How the operator signed in.
    pub amr: String,
    /// The browser session. `None` if there is none.
    pub sid: Option<TokenId>,
    /// The sequence that the node had applied before it issued the code. Whatever revokes the
    /// operator's or the client's tokens from then on revokes the code.
    pub rev: Sequence,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    digest: Digest,
    client_id: ClientId,
    operator_id: OperatorId,
    grant_id: GrantId,
    state: CodeState,
    redirect_uri: Option<String>,
    challenge: Option<String>,
    dpop_jkt: Option<String>,
    scopes: String,
    resources: String,
    nonce: Option<String>,
    auth_time: Timestamp,
    amr: String,
    sid: Option<TokenId>,
    rev: Sequence,
    expires_at: Timestamp,
}

impl TryFrom<Row> for StoredCode {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let challenge = row.challenge.map(|text| {
            let parsed = Challenge::parse(&text);
            parsed.ok_or_else(|| Error::Internal("the challenge of a code is none".to_owned()))
        });
        Ok(Self {
            code: Code {
                client: row.client_id,
                redirect_uri: row.redirect_uri,
                challenge: challenge.transpose()?,
                dpop_jkt: row.dpop_jkt,
                expires_at: row.expires_at,
                state: row.state,
            },
            operator: row.operator_id,
            grant: row.grant_id,
            scopes: scopes_in(&row.scopes)?,
            resources: resources_in(&row.resources),
            nonce: row.nonce,
            auth_time: row.auth_time,
            amr: row.amr,
            sid: row.sid,
            rev: row.rev,
        })
    }
}

/// Stores a new code, and draws the id of the grant that redeeming it will make: so a replay knows
/// what to revoke, even while the first redemption is still being written.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_code(conn: &mut Conn, new: &NewCode) -> Result<()> {
    diesel::insert_into(codes::table)
        .values(Row {
            organization_id: new.organization,
            digest: new.digest,
            client_id: new.client.clone(),
            operator_id: new.operator,
            // Ids of grants sort by the time of their codes, all of which live equally long.
            grant_id: GrantId::generate(new.expires_at),
            state: CodeState::Issued,
            redirect_uri: new.redirect_uri.clone(),
            challenge: new.challenge.map(|challenge| challenge.text()),
            dpop_jkt: new.dpop_jkt.clone(),
            scopes: new.scopes.to_string(),
            resources: new.resources.join(" "),
            nonce: new.nonce.clone(),
            auth_time: new.auth_time,
            amr: new.amr.clone(),
            sid: new.sid,
            rev: new.rev,
            expires_at: new.expires_at,
        })
        .execute(conn)?;
    Ok(())
}

/// Returns a code of the organization. `None` if there is none with this digest.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_code(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<StoredCode>> {
    let row: Option<Row> = codes::table
        .find((organization, digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(StoredCode::try_from).transpose()
}

/// Uses up a code that is still issued at `now`: `state` is what becomes of it. Returns `false` if
/// another call was quicker, or the code has expired; then nothing changes. `kept_until` is when its
/// row may be purged: the end of what it yielded.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn settle_code(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    state: CodeState,
    kept_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let issued = codes::table
        .find((organization, digest))
        .filter(codes::state.eq(CodeState::Issued))
        .filter(codes::expires_at.gt(now));
    let changed = diesel::update(issued)
        .set((codes::state.eq(state), codes::expires_at.eq(kept_until)))
        .execute(conn)?;
    Ok(changed == 1)
}
