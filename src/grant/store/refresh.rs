//! The table `refresh_tokens`: what is stored and found. `refresh_use.rs` uses a token.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Grant, find_grant, find_grants};
use crate::base::{Digest, GrantId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::refresh_tokens;
use crate::db::{Conn, Result, Rows};
use crate::grant::refresh::FirstUse;
use crate::grant::refresh_successor::Salt;
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

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = refresh_tokens)]
    struct Row in refresh_tokens {
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
}

impl From<&StoredRefreshToken> for Row {
    fn from(token: &StoredRefreshToken) -> Self {
        Self {
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
        }
    }
}

/// Stores new refresh tokens.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert_refresh_tokens<'a>(
    conn: &mut Conn,
    tokens: impl IntoIterator<Item = &'a StoredRefreshToken>,
) -> Result<()> {
    let rows: Vec<Row> = tokens.into_iter().map(Row::from).collect();
    Row::insert(conn, &rows)
}

/// Returns those refresh tokens of the organization that have one of these digests, each with the
/// grant that it follows from.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_refresh_tokens_and_grants(
    conn: &mut Conn,
    organization: OrganizationId,
    digests: &[Digest],
) -> Result<Vec<(StoredRefreshToken, Grant)>> {
    let rows = rows_of(conn, organization, digests)?;
    let successors: Vec<_> = rows.iter().filter_map(|row| row.successor).collect();
    let successors: HashMap<_, _> = rows_of(conn, organization, &successors)?
        .into_iter()
        .map(|row| (row.digest, row.as_successor()))
        .collect();
    let grants: Vec<_> = rows.iter().map(|row| row.grant_id).collect();
    let grants = find_grants(conn, organization, &grants)?;
    let with_both = rows.into_iter().filter_map(|row| {
        let grant = grants.get(&row.grant_id)?.clone();
        let successor = row.successor.and_then(|digest| successors.get(&digest));
        Some((row.with(successor.copied()), grant))
    });
    Ok(with_both.collect())
}

/// Returns those rows of the organization that have one of these digests.
fn rows_of(conn: &mut Conn, organization: OrganizationId, digests: &[Digest]) -> Result<Vec<Row>> {
    let of_organization =
        refresh_tokens::table.filter(refresh_tokens::organization_id.eq(organization));
    match conn {
        _ if digests.is_empty() => Ok(Vec::new()),
        Conn::Postgres(conn) => Ok(of_organization
            .filter(refresh_tokens::digest.eq_any(digests))
            .select(Row::as_select())
            .load(conn)?),
        // One text that is prepared once is faster than one for each number of digests.
        Conn::Sqlite(conn) => {
            let mut rows = Vec::with_capacity(digests.len());
            for digest in digests {
                let query = of_organization.filter(refresh_tokens::digest.eq(digest));
                rows.extend(query.select(Row::as_select()).load::<Row>(conn)?);
            }
            Ok(rows)
        }
    }
}

/// Returns a refresh token of the organization with the grant that it follows from. Returns `None` if
/// there is none with this digest. It makes as many queries in every case, so that the time does not
/// reveal whether another client has the token.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_refresh_token_evenly(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<Option<(StoredRefreshToken, Grant)>> {
    let row: Option<Row> = refresh_tokens::table
        .find((organization, digest))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    // A token that was not used has no successor: what is found in its place is not looked at.
    let successor = row.as_ref().and_then(|row| row.successor);
    let successor = successor_of(conn, organization, successor.unwrap_or(digest))?;
    let grant = row.as_ref().map_or(NO_GRANT, |row| row.grant_id);
    let grant = find_grant(conn, organization, grant)?;
    Ok(row.map(|row| row.with(successor)).zip(grant))
}

impl Row {
    const fn as_successor(&self) -> Successor {
        (self.jti, self.issued_at, self.rev, self.used_at)
    }

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
