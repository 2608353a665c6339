//! The table `refresh_tokens`.

use diesel::prelude::*;

use super::{Grant, find_grant};
use crate::base::{Digest, GrantId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::refresh_tokens;
use crate::db::{Conn, Result};
use crate::grant::refresh::FirstUse;
use crate::grant::successor::Salt;
use crate::token::{Claims, TokenUse};

/// The id of no grant.
const NO_GRANT: GrantId = GrantId(TokenId([0; 16]));

/// A refresh token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefreshToken {
    /// The organization.
    pub organization: OrganizationId,
    /// The digest of its text.
    pub digest: Digest,
    /// Its id.
    pub jti: TokenId,
    /// The grant that it follows from.
    pub grant: GrantId,
    /// How much of the feed the issuing node had applied.
    pub rev: Sequence,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires. Of a used one: when its successor expires, because until then it says which
    /// token that is.
    pub expires_at: Timestamp,
    /// Its first use. `None` if it was never used.
    pub used: Option<Used>,
}

impl StoredRefreshToken {
    /// Returns the claims by which the token is judged. `grant` is the grant that it follows from.
    #[must_use]
    pub fn claims(&self, grant: &Grant) -> Claims {
        Claims {
            jti: self.jti,
            organization: self.organization,
            rev: self.rev,
            issued_at: self.issued_at,
            token_use: TokenUse::Refresh {
                client: grant.client.tag(),
                grant: self.grant,
                operator: grant.operator,
                expires_at: self.expires_at,
            },
        }
    }
}

/// The first use of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// When it was, and when the successor was used since.
    pub first: FirstUse,
    /// The salt that the successor's text is derived with.
    pub salt: Salt,
    /// The digest of the successor.
    pub successor: Digest,
    /// The id of the successor, when it was issued, and the `rev` of that time. `None` if the
    /// successor is no longer stored.
    pub issued: Option<(TokenId, Timestamp, Sequence)>,
}

impl Used {
    /// Returns the successor of `token`, by which a call that presents `token` again is judged. If
    /// the successor is no longer stored, it has expired.
    #[must_use]
    pub fn successor_row(&self, token: &StoredRefreshToken) -> StoredRefreshToken {
        let (jti, issued_at, rev) = self
            .issued
            .unwrap_or((token.jti, token.issued_at, token.rev));
        StoredRefreshToken {
            organization: token.organization,
            digest: self.successor,
            jti,
            grant: token.grant,
            rev,
            issued_at,
            expires_at: self.first.successor_expires_at,
            used: None,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    digest: Digest,
    jti: TokenId,
    grant_id: GrantId,
    rev: Sequence,
    issued_at: Timestamp,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    salt: Option<Digest>,
    successor: Option<Digest>,
    successor_expires_at: Option<Timestamp>,
}

/// Stores a new refresh token.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_refresh_token(conn: &mut Conn, token: &StoredRefreshToken) -> Result<()> {
    diesel::insert_into(refresh_tokens::table)
        .values(Row {
            organization_id: token.organization,
            digest: token.digest,
            jti: token.jti,
            grant_id: token.grant,
            rev: token.rev,
            issued_at: token.issued_at,
            expires_at: token.expires_at,
            used_at: None,
            salt: None,
            successor: None,
            successor_expires_at: None,
        })
        .execute(conn)?;
    Ok(())
}

/// Returns a refresh token of the organization with the grant that it follows from. Returns `None` if
/// there is none with this digest.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_refresh_token_and_grant(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<(StoredRefreshToken, Grant)>> {
    read(conn, organization, digest, false)
}

/// Does the same with as many queries in every case, so that the time does not reveal whether another
/// client has the token.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_refresh_token_evenly(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<(StoredRefreshToken, Grant)>> {
    read(conn, organization, digest, true)
}

fn read(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    evenly: bool,
) -> Result<Option<(StoredRefreshToken, Grant)>> {
    let row: Option<Row> = refresh_tokens::table
        .find((organization, digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let successor = row.as_ref().and_then(|row| row.successor);
    // A token that was not used has no successor: what is found in its place is not looked at.
    let successor = match successor.or_else(|| evenly.then_some(digest)) {
        Some(successor) => successor_of(conn, organization, successor)?,
        None => None,
    };
    let grant = row.as_ref().map(|row| row.grant_id);
    let grant = match grant.or_else(|| evenly.then_some(NO_GRANT)) {
        Some(grant) => find_grant(conn, organization, grant)?,
        None => None,
    };
    Ok(row.map(|row| row.with(successor)).zip(grant))
}

impl Row {
    /// Returns the token. `stored` is its successor; `None` if that is no longer stored.
    fn with(self, stored: Option<Successor>) -> StoredRefreshToken {
        let used = match (
            self.used_at,
            self.salt,
            self.successor,
            self.successor_expires_at,
        ) {
            (Some(at), Some(salt), Some(successor), Some(successor_expires_at)) => Some(Used {
                first: FirstUse {
                    at,
                    successor_expires_at,
                    // A successor that is no longer stored is treated as used at once.
                    successor_used: stored.map_or(Some(at), |(.., used_at)| used_at),
                },
                salt: Salt(salt.0),
                successor,
                issued: stored.map(|(jti, issued_at, rev, _)| (jti, issued_at, rev)),
            }),
            _ => None,
        };
        StoredRefreshToken {
            organization: self.organization_id,
            digest: self.digest,
            jti: self.jti,
            grant: self.grant_id,
            rev: self.rev,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            used,
        }
    }
}

type Successor = (TokenId, Timestamp, Sequence, Option<Timestamp>);

/// Returns what decides about a successor. `None` if it is no longer stored.
fn successor_of(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<Successor>> {
    Ok(refresh_tokens::table
        .find((organization, digest))
        .select((
            refresh_tokens::jti,
            refresh_tokens::issued_at,
            refresh_tokens::rev,
            refresh_tokens::used_at,
        ))
        .first(conn)
        .optional()?)
}

/// Uses a refresh token for the first time: from now on it stands for its one successor. Returns
/// `false` if it was used before, or has expired; then nothing changes. Its row is kept as long as
/// the successor lives.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn use_refresh_token(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    used: &Used,
) -> Result<bool> {
    let unused = refresh_tokens::table
        .find((organization, digest))
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::expires_at.gt(used.first.at));
    let changed = diesel::update(unused)
        .set((
            refresh_tokens::used_at.eq(used.first.at),
            refresh_tokens::salt.eq(Digest(used.salt.0)),
            refresh_tokens::successor.eq(used.successor),
            refresh_tokens::successor_expires_at.eq(used.first.successor_expires_at),
            refresh_tokens::expires_at.eq(used.first.successor_expires_at),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
