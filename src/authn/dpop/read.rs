//! Finds the proof of a request.

use std::fmt;

use super::ProofError;
use crate::authn::{CredentialHeader, Headers};

/// The proof of a request, as it was sent. Nothing of it is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof(String);

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(***)")
    }
}

impl Proof {
    /// Makes a proof of a text. Only tests and benchmarks call this.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the proof of a request. `None` if it has none.
///
/// # Errors
/// Returns [`ProofError::Several`] if it has more than one `DPoP` header (RFC 9449, section 4.3), and
/// [`ProofError::Malformed`] if the header is not UTF-8.
pub fn read(headers: &impl Headers) -> Result<Option<Proof>, ProofError> {
    let mut values = headers.values(CredentialHeader::Dpop);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(ProofError::Several);
    }
    let text = std::str::from_utf8(value).map_err(|_| ProofError::Malformed)?;
    Ok(Some(Proof(text.trim().to_owned())))
}
