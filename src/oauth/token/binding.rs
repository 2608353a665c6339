//! The key that tokens are bound to (RFC 9449, section 5). Every grant calls [`Request::bind`]
//! right before it makes an access token; an access token cannot be made without a [`Binding`].

use std::cell::Cell;

use super::grants::invalid_grant;
use super::request::Request;
use crate::authn::dpop::{CheckedProof, ProofError};
use crate::oauth::failure::Failure;
use crate::oauth::proof::use_proof;
use crate::token::Confirmation;

/// The proof of a request for tokens, if it has one, and whether it was used.
pub struct RequestProof {
    checked: Option<CheckedProof>,
    used: Cell<bool>,
}

impl RequestProof {
    /// Takes a proof that was checked.
    #[must_use]
    pub const fn new(checked: Option<CheckedProof>) -> Self {
        Self {
            checked,
            used: Cell::new(false),
        }
    }

    /// Returns the thumbprint of the proof's key. `None` if there is no proof.
    #[must_use]
    pub fn jkt(&self) -> Option<&str> {
        self.checked.as_ref().map(|proof| proof.jkt.as_str())
    }
}

/// The key that an access token is bound to, or that it is bound to none. The proof was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding(Option<String>);

impl Binding {
    /// Returns the thumbprint of the key. `None` if there is none.
    pub(super) fn jkt(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Returns the claim `cnf`.
    pub(super) fn confirmation(&self) -> Option<Confirmation> {
        self.0.clone().map(|jkt| Confirmation { jkt })
    }
}

impl Request<'_> {
    /// Uses the proof of the request, and returns what its tokens are bound to. `begun_with` is the
    /// key that the grant began with, `None` if it began without one, or begins now. A grant that
    /// began with a key goes on with a proof; that of a public client with the same key, because
    /// nothing else binds its refresh tokens.
    ///
    /// # Errors
    /// Returns `invalid_grant` if the request does not go on as the grant began; `invalid_dpop_proof` if
    /// the proof was used before, or if the client must send one and has not; [`Failure`].
    pub(super) async fn bind(&self, begun_with: Option<&str>) -> Result<Binding, Failure> {
        let settings = self.caller.settings();
        let Some(proof) = &self.proof.checked else {
            if begun_with.is_some() {
                return Err(invalid_grant());
            }
            if settings.require.dpop {
                return Err(ProofError::Missing.into());
            }
            return Ok(Binding(None));
        };
        if settings.is_public() && begun_with.is_some_and(|key| key != proof.jkt) {
            return Err(invalid_grant());
        }
        // A grant may call this again, after another call was quicker.
        if !self.proof.used.get() {
            use_proof(self.app, self.organization(), proof).await?;
            self.proof.used.set(true);
        }
        Ok(Binding(Some(proof.jkt.clone())))
    }
}
