//! The issuer of tokens.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::base::KeyId;
use crate::db::{Conn, Result};
use crate::ledger::{self, Issued, WriteError, Writer};
use crate::metrics::Metrics;
use crate::token::{Claims, KeyError};
use crate::validate::Validator;

/// Why a token was not issued.
#[derive(Debug)]
pub enum IssueError {
    /// The cryptographic library failed.
    Key(KeyError),
    /// This node does not have the key that must sign.
    NoSuchKey(KeyId),
    /// The ledger's queue is full, or the database did not accept the line.
    Ledger(WriteError),
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => why.fmt(f),
            Self::NoSuchKey(kid) => write!(f, "this node does not hold the signing key {kid}"),
            Self::Ledger(WriteError::Full) => f.write_str("the ledger's queue is full"),
            Self::Ledger(WriteError::Unavailable(why)) => f.write_str(why),
        }
    }
}

impl std::error::Error for IssueError {}

/// A token whose line is in the ledger, once the caller's transaction is committed.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Recorded {
    claims: Claims,
    kid: KeyId,
    is_new: bool,
}

impl Recorded {
    /// Returns a token that was issued before, with the key of its line. It is signed again, and
    /// not counted.
    pub const fn again(claims: Claims, kid: KeyId) -> Self {
        Self {
            claims,
            kid,
            is_new: false,
        }
    }

    /// Returns the claims of the token.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }
}

/// Writes the line of a token to the ledger, in the caller's transaction. The caller must use the
/// returned value only after that transaction is committed.
///
/// # Errors
/// Returns the errors of the database.
pub fn record(conn: &mut Conn, issued: &Issued) -> Result<Recorded> {
    ledger::insert(conn, std::slice::from_ref(issued))?;
    Ok(Recorded {
        claims: issued.claims,
        kid: issued.kid,
        is_new: true,
    })
}

/// Signs tokens, writes them to the ledger, and counts them.
pub struct Issuer {
    validator: Arc<Validator>,
    ledger: Option<Writer>,
    metrics: Arc<Metrics>,
}

impl Issuer {
    /// Makes an issuer that signs with the keys of `validator`. `ledger` is `None` if operator
    /// tokens are not written to the ledger.
    #[must_use]
    pub const fn new(
        validator: Arc<Validator>,
        ledger: Option<Writer>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            validator,
            ledger,
            metrics,
        }
    }

    /// Returns the id of the key that signs new tokens.
    #[must_use]
    pub fn active_key(&self) -> KeyId {
        self.validator.ring().active().kid
    }

    /// Returns the line of a token that the active key will sign. `address` is the address of the
    /// caller.
    #[must_use]
    pub fn draft(&self, claims: Claims, address: Option<IpAddr>) -> Issued {
        Issued {
            claims,
            kid: self.active_key(),
            address,
        }
    }

    /// Signs claims with the active key. Returns the text and the id of the key. The text is in no
    /// ledger yet.
    ///
    /// # Errors
    /// Returns [`KeyError`] if the cryptographic library fails.
    pub fn sign(&self, claims: &Claims) -> std::result::Result<(String, KeyId), KeyError> {
        let ring = self.validator.ring();
        let key = ring.active();
        let text = key.sign(claims, self.validator.issuer())?;
        Ok((text, key.kid))
    }

    /// Issues a token: signs it, writes its line with those of other callers (group commit), and
    /// counts it. Returns its text once the line is committed.
    ///
    /// # Errors
    /// Returns the [`IssueError`].
    pub async fn issue(
        &self,
        claims: Claims,
        address: Option<IpAddr>,
    ) -> std::result::Result<String, IssueError> {
        let (text, kid) = self.sign(&claims).map_err(IssueError::Key)?;
        if let Some(ledger) = &self.ledger {
            let issued = Issued {
                claims,
                kid,
                address,
            };
            ledger.write(issued).await.map_err(IssueError::Ledger)?;
        }
        self.metrics.issued(claims.kind()).inc();
        Ok(text)
    }

    /// Signs a token whose line is committed, and counts it unless it was issued before. Returns
    /// its text.
    ///
    /// # Errors
    /// Returns [`IssueError::NoSuchKey`] if this node does not have the key of the line, and
    /// [`IssueError::Key`] if the cryptographic library fails.
    pub fn hand_out(&self, recorded: &Recorded) -> std::result::Result<String, IssueError> {
        let Recorded {
            claims,
            kid,
            is_new,
        } = recorded;
        let ring = self.validator.ring();
        let key = ring
            .keys()
            .find(|key| key.kid == *kid)
            .ok_or(IssueError::NoSuchKey(*kid))?;
        let text = key
            .sign(claims, self.validator.issuer())
            .map_err(IssueError::Key)?;
        if *is_new {
            self.metrics.issued(claims.kind()).inc();
        }
        Ok(text)
    }

    /// Returns whether operator tokens are written to the ledger.
    #[must_use]
    pub const fn writes_all(&self) -> bool {
        self.ledger.is_some()
    }

    /// Writes the lines that still wait, and stops the ledger's thread.
    pub fn stop(&self) {
        if let Some(ledger) = &self.ledger {
            ledger.stop();
        }
    }
}
