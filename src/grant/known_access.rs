//! Access tokens that were read before, so that the text of each is parsed once.
//!
//! What a token says never changes, so what is remembered stays true. Whether the token is valid is
//! judged before, each time: nothing here is a verdict.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::base::{Bounded, TokenId, bounded};
use crate::token::{AccessClaims, TokenError, payload};

/// The largest number of JWTs in memory. Each takes about 1 kB.
const REMEMBERED: usize = 20_000;

/// What an access token says.
#[derive(Debug)]
pub struct KnownAccess {
    claims: AccessClaims<'static>,
    introspection: OnceLock<Arc<[u8]>>,
}

impl KnownAccess {
    /// Returns what these claims say.
    #[must_use]
    pub const fn new(claims: AccessClaims<'static>) -> Self {
        Self {
            claims,
            introspection: OnceLock::new(),
        }
    }

    /// Reads a JWT that was verified before.
    ///
    /// # Errors
    /// Returns [`TokenError`] if it is no access token.
    pub fn read(text: &str) -> Result<Self, TokenError> {
        let payload = payload(text)?;
        let claims = serde_json::from_slice::<AccessClaims<'_>>(&payload);
        Ok(Self::new(claims.map_err(|_| TokenError)?.into_owned()))
    }

    /// Returns the answer of introspection in JSON, which `make` makes the first time. It must follow from
    /// the claims alone.
    pub fn introspection(
        &self,
        make: impl FnOnce(&AccessClaims<'static>) -> Arc<[u8]>,
    ) -> Arc<[u8]> {
        Arc::clone(self.introspection.get_or_init(|| make(&self.claims)))
    }
}

impl Deref for KnownAccess {
    type Target = AccessClaims<'static>;

    fn deref(&self) -> &Self::Target {
        &self.claims
    }
}

/// Two are equal if they say the same.
impl PartialEq for KnownAccess {
    fn eq(&self, other: &Self) -> bool {
        self.claims == other.claims
    }
}

impl Eq for KnownAccess {}

/// The JWTs that were read, by their ids.
pub struct KnownTokens(Bounded<TokenId, Arc<KnownAccess>>);

impl Default for KnownTokens {
    fn default() -> Self {
        Self(bounded(REMEMBERED))
    }
}

impl KnownTokens {
    /// Returns what a JWT says. It was verified before, and `jti` is its id.
    ///
    /// # Errors
    /// Returns [`TokenError`] if it is no access token.
    pub fn read(&self, jti: TokenId, text: &str) -> Result<Arc<KnownAccess>, TokenError> {
        if let Some(known) = self.0.get(&jti) {
            return Ok(known);
        }
        let read = Arc::new(KnownAccess::read(text)?);
        self.0.insert(jti, Arc::clone(&read));
        Ok(read)
    }
}
