//! Opaque access tokens in memory: nearly every request that presents one is answered without the
//! database.
//!
//! The record of a token is remembered, never a verdict: a record never changes, and each use of it
//! judges the claims by the feed's index ([`crate::validate::Validator::judge`]). A text that is no
//! token is not remembered, so invented texts push no record out.

use std::sync::Arc;

use super::{KnownAccess, store};
use crate::base::{Bounded, Digest, bounded};
use crate::db::{self, Db};
use crate::token::{AccessClaims, Claims};

/// The largest number of tokens in memory. Each takes about 600 bytes.
const REMEMBERED: usize = 50_000;

/// How many characters an opaque token has: 128 bits in hexadecimal.
const LENGTH: usize = 32;

/// The record of an opaque access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpaqueRecord {
    /// The claims that decide whether it is valid.
    pub claims: Claims,
    /// All its claims.
    pub access: Arc<KnownAccess>,
}

/// Records of opaque access tokens.
pub struct OpaqueTokens(Bounded<Digest, Arc<OpaqueRecord>>);

impl Default for OpaqueTokens {
    fn default() -> Self {
        Self(bounded(REMEMBERED))
    }
}

/// Whether a text can be an opaque access token.
#[must_use]
pub fn is_opaque(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl OpaqueTokens {
    /// Returns the record of a token. `None` if there is no such token, or another issuer made it.
    /// The caller takes the validator's lease before it calls this, and judges the claims.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn find(
        &self,
        db: &Db,
        text: &str,
        issuer: &str,
    ) -> db::Result<Option<Arc<OpaqueRecord>>> {
        if !is_opaque(text) {
            return Ok(None);
        }
        let digest = Digest::of(text);
        if let Some(found) = self.0.get(&digest) {
            return Ok(Some(found));
        }
        let Some(row) = stored(db, digest).await? else {
            return Ok(None);
        };
        let access: AccessClaims<'static> = serde_json::from_str::<AccessClaims<'_>>(&row.claims)
            .map(AccessClaims::into_owned)
            .map_err(|why| db::Error::Internal(format!("claims of an opaque token: {why}")))?;
        let record = access.claims(issuer).map(|claims| {
            Arc::new(OpaqueRecord {
                claims,
                access: Arc::new(KnownAccess::new(access)),
            })
        });
        if let Some(record) = &record {
            self.0.insert(digest, Arc::clone(record));
        }
        Ok(record)
    }

    /// Reads a token that is in memory from the database. An answer that must not reveal that there
    /// is such a token calls this, so that it takes as long as that for an unknown one.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn look_up(&self, db: &Db, text: &str) -> db::Result<()> {
        if is_opaque(text) {
            stored(db, Digest::of(text)).await?;
        }
        Ok(())
    }
}

async fn stored(db: &Db, digest: Digest) -> db::Result<Option<store::OpaqueToken>> {
    db.read(move |conn| store::find_opaque_token(conn, digest))
        .await
}
