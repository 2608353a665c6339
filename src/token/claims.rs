//! What a token says: the typed claims and their one wire form.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Kind, OPERATOR_TOKEN_LIMIT};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

/// The claims of a token whose signature is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// `jti`.
    pub jti: TokenId,
    /// `organization_id`.
    pub organization: OrganizationId,
    /// `rev`: how much of the feed the issuing node had applied when it signed.
    pub rev: Sequence,
    /// `iat`, whole seconds.
    pub issued_at: Timestamp,
    /// What the token is for.
    pub token_use: TokenUse,
}

/// What a token grants, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// To act for the organization.
    Company {
        /// `exp`, when the organization's policy sets one.
        expires_at: Option<Timestamp>,
    },
    /// To act as one operator.
    Operator {
        /// `operator_id`.
        operator: OperatorId,
        /// `parent`: the company token it was asked for with.
        parent: TokenId,
        /// `exp`.
        expires_at: Timestamp,
    },
}

impl Claims {
    /// The token's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.token_use {
            TokenUse::Company { .. } => Kind::Company,
            TokenUse::Operator { .. } => Kind::Operator,
        }
    }

    /// When it ends; none: not by time.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        match self.token_use {
            TokenUse::Company { expires_at } => expires_at,
            TokenUse::Operator { expires_at, .. } => Some(expires_at),
        }
    }

    /// The operator it stands for, if it is an operator token.
    #[must_use]
    pub const fn operator(&self) -> Option<OperatorId> {
        match self.token_use {
            TokenUse::Company { .. } => None,
            TokenUse::Operator { operator, .. } => Some(operator),
        }
    }

    /// The company token it derives from, if it is an operator token.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        match self.token_use {
            TokenUse::Company { .. } => None,
            TokenUse::Operator { parent, .. } => Some(parent),
        }
    }
}

/// The JSON of the payload (RFC 7519, 4.1, and the product's own members).
#[derive(Serialize, Deserialize)]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    organization_id: OrganizationId,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    operator_id: Option<OperatorId>,
    jti: TokenId,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    parent: Option<TokenId>,
    rev: Sequence,
    iat: i64,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    exp: Option<i64>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    nbf: Option<i64>,
    #[serde(borrow)]
    token_use: Cow<'a, str>,
}

/// A member that may be missing but, when there, is no null.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Years beyond which a `NumericDate` is a mistake: 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

impl<'a> Payload<'a> {
    pub(super) fn new(claims: &Claims, issuer: &'a str) -> Self {
        Self {
            iss: Cow::Borrowed(issuer),
            sub: Cow::Owned(subject(claims)),
            organization_id: claims.organization,
            operator_id: claims.operator(),
            jti: claims.jti,
            parent: claims.parent(),
            rev: claims.rev,
            iat: claims.issued_at.as_seconds(),
            exp: claims.expires_at().map(Timestamp::as_seconds),
            nbf: None,
            token_use: Cow::Borrowed(claims.kind().as_str()),
        }
    }

    /// The typed claims, if the members fit together: this issuer's, and exactly those of one kind.
    pub(super) fn claims(&self, issuer: &str) -> Option<Claims> {
        let instant = |seconds: i64| {
            (0..=LATEST)
                .contains(&seconds)
                .then(|| Timestamp::from_seconds(seconds))
        };
        let issued_at = instant(self.iat)?;
        let expires_at = match self.exp {
            Some(seconds) => Some(instant(seconds).filter(|at| *at > issued_at)?),
            None => None,
        };
        // What a wrong clock signed lives no longer than what a right one signs.
        let in_time = |end: &Timestamp| *end <= issued_at.plus(OPERATOR_TOKEN_LIMIT);
        let token_use = match (self.token_use.parse().ok()?, self.operator_id, self.parent) {
            (Kind::Company, None, None) => TokenUse::Company { expires_at },
            (Kind::Operator, Some(operator), Some(parent)) => TokenUse::Operator {
                operator,
                parent,
                expires_at: expires_at.filter(in_time)?,
            },
            _ => return None,
        };
        let claims = Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at,
            token_use,
        };
        // None of ours counts only from later on (RFC 7519, 4.1.5).
        let from_the_start = self
            .nbf
            .is_none_or(|seconds| (0..=self.iat).contains(&seconds));
        let fits = self.iss == issuer && self.sub == subject(&claims) && from_the_start;
        fits.then_some(claims)
    }
}

/// `sub`: the id, as text, of whom the token stands for.
fn subject(claims: &Claims) -> String {
    match claims.token_use {
        TokenUse::Company { .. } => claims.organization.to_string(),
        TokenUse::Operator { operator, .. } => operator.to_string(),
    }
}
