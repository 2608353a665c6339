//! Assertions with which clients authenticate (RFC 7523, section 3): JWTs that they sign with a
//! registered key.
//!
//! [`Assertion::judge`] is pure. An assertion is accepted once on all nodes; it is used up only
//! after its signature and everything else was right.

use std::time::Duration;

use serde::Deserialize;

use super::endpoint::Endpoint;
use crate::base::{ClientId, Timestamp};
use crate::jose::{KeySet, Seconds, SignedJwt};
use crate::replay;
use crate::token::Audience;

/// How far the clock of a client may be off.
const MARGIN: Duration = Duration::from_mins(1);

/// How long before its end an assertion may be made.
const LONGEST_LIFE: Duration = Duration::from_hours(1);

/// The types that an assertion may have, besides none. Any other JWT that the key signed, such as a
/// DPoP proof, is no assertion (RFC 8725, section 3.11).
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// An assertion. Nothing of it is proven yet.
#[derive(Debug, Clone)]
pub struct Assertion<'a> {
    jwt: SignedJwt<'a>,
    claims: Claims,
}

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: Seconds,
    jti: String,
    iat: Option<Seconds>,
    nbf: Option<Seconds>,
}

/// Why an assertion does not prove the client. The answer is the same for each reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// `iss`, `sub` and the client are not the same.
    Client,
    /// `aud` names something else than this service.
    Audience,
    /// It has expired, or its end is more than an hour away.
    Expiry,
    /// It was made in the future, or is valid only later.
    NotYet,
    /// It has another type, or no id.
    Form,
    /// None of the client's keys signed it.
    Signature,
}

/// What is stored of an assertion that is right, so that it is accepted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// The value that may be used once.
    pub value: replay::Value,
    /// The last instant at which the assertion is accepted.
    pub until: Timestamp,
}

impl<'a> Assertion<'a> {
    /// Reads an assertion. `None` if the text is none.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let jwt = SignedJwt::parse(text).ok()?;
        let claims = jwt.claims().ok()?;
        Some(Self { jwt, claims })
    }

    /// Returns the client that the assertion says it is from. `None` if that cannot be a client.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        self.claims.iss.parse().ok()
    }

    /// Judges the assertion. `keys` are those of the client, and none if there is no such client; the
    /// work is the same then.
    ///
    /// # Errors
    /// Returns why it does not prove the client.
    pub fn judge(
        &self,
        client: &ClientId,
        keys: &KeySet,
        endpoint: &Endpoint<'_>,
        now: Timestamp,
    ) -> Result<Use, Refused> {
        if !self.jwt.is_signed_by_one_of(keys) {
            return Err(Refused::Signature);
        }
        let claims = &self.claims;
        if claims.iss != client.as_str() || claims.sub != claims.iss {
            return Err(Refused::Client);
        }
        let meant = match &claims.aud {
            Audience::One(only) => endpoint.is_meant_by(only),
            Audience::Many(all) => {
                !all.is_empty() && all.iter().all(|one| endpoint.is_meant_by(one))
            }
        };
        if !meant {
            return Err(Refused::Audience);
        }
        let typed = !self.jwt.has_type() || TYPES.iter().any(|typ| self.jwt.is_of_type(typ));
        if !typed || claims.jti.is_empty() {
            return Err(Refused::Form);
        }
        let (end, latest) = (claims.exp.at(), now.plus(MARGIN));
        let until = end.plus(MARGIN);
        if until < now || end > latest.plus(LONGEST_LIFE) {
            return Err(Refused::Expiry);
        }
        let begun = |start: Option<Seconds>| start.is_none_or(|start| start.at() <= latest);
        if !begun(claims.iat) || !begun(claims.nbf) {
            return Err(Refused::NotYet);
        }
        let value = replay::Value::of(&[client.as_str().as_bytes(), claims.jti.as_bytes()]);
        Ok(Use { value, until })
    }
}

#[cfg(test)]
mod tests;
