//! The table `codes`.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::{resources_in, scopes_in};
use crate::access::ScopeSet;
use crate::base::{
    ClientId, Digest, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};
use crate::db::schema::codes;
use crate::db::{Conn, Error, Result, Sorted};
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

/// Returns those codes of the organization that have one of these digests.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_codes(
    conn: &mut Conn,
    organization: OrganizationId,
    digests: &[Digest],
) -> Result<HashMap<Digest, StoredCode>> {
    let of_organization = codes::table.filter(codes::organization_id.eq(organization));
    let rows: Vec<Row> = match conn {
        Conn::Postgres(conn) => of_organization
            .filter(codes::digest.eq_any(digests))
            .select(Row::as_select())
            .load(conn)?,
        // One text that is prepared once is faster than one for each number of digests.
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(digests.len());
            for digest in digests {
                let query = of_organization.filter(codes::digest.eq(digest));
                rows.extend(query.select(Row::as_select()).load::<Row>(conn)?);
            }
            rows
        }
    };
    let found = rows
        .into_iter()
        .map(|row| Ok((row.digest, row.try_into()?)));
    found.collect()
}

/// The use of a code: what it becomes.
#[derive(Debug, Clone)]
pub struct Settle {
    /// The organization.
    pub organization: OrganizationId,
    /// The digest of the code.
    pub digest: Digest,
    /// What becomes of it.
    pub state: CodeState,
    /// When its row may be purged: the end of what it yielded.
    pub kept_until: Timestamp,
    /// When.
    pub now: Timestamp,
}

crate::set_statement! {
    struct SettleCodes {
        organization: OrganizationId as BigInt,
        digest: Digest as Binary,
        state: CodeState as Text,
        kept_until: Timestamp as BigInt,
        now: Timestamp as BigInt,
    } -> BigInt =
        "UPDATE codes SET state = v.state, expires_at = v.kept_until \
         FROM UNNEST($1, $2, $3, $4, $5) WITH ORDINALITY AS v (organization_id, digest, state, kept_until, now, n) \
         WHERE codes.organization_id = v.organization_id AND codes.digest = v.digest \
         AND codes.state = 'issued' AND codes.expires_at > v.now RETURNING v.n";
}

/// Uses up codes that are still issued. Returns for each whether this call used it up. If it did not,
/// another call was quicker, or the code has expired; then nothing changes. If a code is given several
/// times, one of them uses it up.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn settle_codes(conn: &mut Conn, codes: &[Settle]) -> Result<Vec<bool>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    match conn {
        Conn::Postgres(conn) => {
            let sorted = Sorted::by(codes, |code| (code.organization, code.digest.0));
            let changed: Vec<i64> = SettleCodes {
                organization: sorted.column(|code| &code.organization),
                digest: sorted.column(|code| &code.digest),
                state: sorted.column(|code| &code.state),
                kept_until: sorted.column(|code| &code.kept_until),
                now: sorted.column(|code| &code.now),
            }
            .load(conn)?;
            Ok(sorted.are_among(&changed))
        }
        Conn::Sqlite(_) => {
            let settled = codes.iter().map(|code| settle_code(conn, code));
            settled.collect()
        }
    }
}

/// Does the same for one code.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn settle_code(conn: &mut Conn, code: &Settle) -> Result<bool> {
    let issued = codes::table
        .find((code.organization, code.digest))
        .filter(codes::state.eq(CodeState::Issued))
        .filter(codes::expires_at.gt(code.now));
    let changed = diesel::update(issued)
        .set((
            codes::state.eq(code.state),
            codes::expires_at.eq(code.kept_until),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
