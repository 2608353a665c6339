//! Authorization codes (RFC 6749, section 4.1.2): each is redeemed at most once, within its
//! lifetime, by the client that it was issued to.
//!
//! # In the database
//!
//! A code is found by its SHA-256. Redeeming is one statement, in the transaction that writes what
//! the code yields. On PostgreSQL one statement redeems the codes of several requests; for each it
//! does the same as this one:
//!
//! ```sql
//! UPDATE codes SET state = 'redeemed', expires_at = :kept_until
//!   WHERE organization_id = ? AND digest = ? AND state = 'issued' AND expires_at > :now
//! ```
//!
//! Its client, redirect URI and challenge never change, so they are compared before, in a row that
//! was read without a lock. If the redirect URI or the challenge is wrong, the same statement sets
//! `'burnt'` instead. If no row changed, another call was quicker: the row is read and judged again,
//! and the result is then [`Redeem::Replay`]. The row is kept until everything that the code yielded
//! has expired, so that a replay is recognized as long as there is something to revoke.

use std::time::Duration;

use super::Challenge;
use crate::base::words::words;
use crate::base::{ClientId, Timestamp, random};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// How long a code is valid, unless the setting `oauth.code_lifetime` says otherwise.
pub const LIFETIME: Duration = Duration::from_mins(1);

/// Returns the text of a new code: 43 characters of base64url.
#[must_use]
pub fn generate() -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(random::bytes::<32>()))
}

words! {
    /// What became of a code.
    pub enum CodeState {
        /// Nothing yet.
        Issued = "issued",
        /// It yielded tokens.
        Redeemed = "redeemed",
        /// Its client sent it with a wrong redirect URI or verifier. It yields nothing from then on.
        Burnt = "burnt",
    }
}

/// A code as it is stored, without what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The client it was issued to.
    pub client: ClientId,
    /// The redirect URI of the request; `None` if it had none.
    pub redirect_uri: Option<String>,
    /// The PKCE challenge of the request; `None` if it had none.
    pub challenge: Option<Challenge>,
    /// The thumbprint of the key that the request named (`dpop_jkt`, RFC 9449, section 10).
    pub dpop_jkt: Option<String>,
    /// When it expires. Once it is redeemed: when its row may be purged.
    pub expires_at: Timestamp,
    /// What became of it.
    pub state: CodeState,
}

/// An attempt to redeem a code by a client that has authenticated.
#[derive(Debug, Clone, Copy)]
pub struct Redemption<'a> {
    /// The client.
    pub client: &'a ClientId,
    /// The parameter `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// The parameter `code_verifier`.
    pub verifier: Option<&'a str>,
    /// The thumbprint of the key of the request's DPoP proof.
    pub dpop_jkt: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// The result of an attempt. All but [`Redeem::Yield`] are answered with `invalid_grant`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeem {
    /// The code is used up, and tokens are issued.
    Yield,
    /// The code is used up, and nothing is issued.
    Burn,
    /// The code was redeemed before: what it yielded is revoked (RFC 6749, section 4.1.2).
    Replay,
    /// Nothing changes: another client's code, one that has expired, or one that was burnt.
    Refuse,
}

impl Code {
    /// Returns the result of an attempt. Another client can neither use up a code nor revoke what it
    /// yielded.
    #[must_use]
    pub fn redeem(&self, attempt: &Redemption<'_>) -> Redeem {
        if self.client != *attempt.client {
            return Redeem::Refuse;
        }
        match self.state {
            CodeState::Redeemed => Redeem::Replay,
            CodeState::Burnt => Redeem::Refuse,
            CodeState::Issued if self.expires_at <= attempt.now => Redeem::Refuse,
            CodeState::Issued if self.fits(attempt) => Redeem::Yield,
            CodeState::Issued => Redeem::Burn,
        }
    }

    /// Whether the attempt matches the request. A verifier without a challenge does not match: an
    /// attacker may have removed the challenge from the request (RFC 9700, section 4.8).
    fn fits(&self, attempt: &Redemption<'_>) -> bool {
        let verified = match (&self.challenge, attempt.verifier) {
            (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let bound = self.dpop_jkt.is_none() || self.dpop_jkt.as_deref() == attempt.dpop_jkt;
        verified && bound && self.redirect_uri.as_deref() == attempt.redirect_uri
    }
}

#[cfg(test)]
mod tests;
