//! The claims of a token, typed, and how they are written and read. Each kind of token has a
//! payload of its own.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::{
    AccessClaims, Actor, Issuers, Kind, Lineage, SessionClaims, SessionVia, company, operator,
};
use crate::base::{ClientTag, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

/// The claims of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// `jti`.
    pub jti: TokenId,
    /// `organization_id`.
    pub organization: OrganizationId,
    /// `rev`: the sequence of the feed up to which the issuing node had applied it when it signed.
    pub rev: Sequence,
    /// `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// What the token is for.
    pub token_use: TokenUse,
}

/// What a token is for, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// To act for the organization.
    Company {
        /// `exp`. `None` if the organization's policy sets no lifetime.
        expires_at: Option<Timestamp>,
    },
    /// To act as one operator.
    Operator {
        /// `operator_id`.
        operator: OperatorId,
        /// `parent`: the company token, or the console session, that it was requested with.
        parent: TokenId,
        /// `exp`.
        expires_at: Timestamp,
    },
    /// To act as an operator that signed in.
    Session {
        /// `operator_id`.
        operator: OperatorId,
        /// `exp`.
        expires_at: Timestamp,
        /// How it signed in. What is read from the ledger does not have it, and says
        /// [`SessionVia::Password`].
        via: SessionVia,
    },
    /// To act as an OAuth client, or for the operator that allowed it.
    Access {
        /// The client, by the number that stands for its `client_id`.
        client: ClientTag,
        /// `grant_id`. `None` if the client acts for itself.
        grant: Option<GrantId>,
        /// `operator_id`. `None` if no operator is behind the token.
        operator: Option<OperatorId>,
        /// `exp`.
        expires_at: Timestamp,
    },
    /// To get the next access token of a grant. It is no JWT.
    Refresh {
        /// The client, by the number that stands for its id.
        client: ClientTag,
        /// The grant.
        grant: GrantId,
        /// The operator that allowed it.
        operator: OperatorId,
        /// When it expires.
        expires_at: Timestamp,
    },
    /// A session of the console. It is no credential: it has no text.
    Console {
        /// The operator that signed in. `None` if the organization signed in with its own login.
        operator: Option<OperatorId>,
        /// When it ends at the latest.
        expires_at: Timestamp,
    },
}

impl Claims {
    /// Returns the token's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.token_use {
            TokenUse::Company { .. } => Kind::Company,
            TokenUse::Operator { .. } => Kind::Operator,
            TokenUse::Session { .. } => Kind::Session,
            TokenUse::Access { .. } => Kind::Access,
            TokenUse::Refresh { .. } => Kind::Refresh,
            TokenUse::Console { .. } => Kind::Console,
        }
    }

    /// Returns the expiry. `None` if the token does not expire.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        match self.token_use {
            TokenUse::Company { expires_at } => expires_at,
            TokenUse::Operator { expires_at, .. }
            | TokenUse::Session { expires_at, .. }
            | TokenUse::Access { expires_at, .. }
            | TokenUse::Refresh { expires_at, .. }
            | TokenUse::Console { expires_at, .. } => Some(expires_at),
        }
    }

    /// Returns the operator that the token stands for. `None` if it stands for none.
    #[must_use]
    pub const fn operator(&self) -> Option<OperatorId> {
        match self.token_use {
            TokenUse::Company { .. } => None,
            TokenUse::Access { operator, .. } | TokenUse::Console { operator, .. } => operator,
            TokenUse::Operator { operator, .. }
            | TokenUse::Session { operator, .. }
            | TokenUse::Refresh { operator, .. } => Some(operator),
        }
    }

    /// Returns the company token, or the console session, that the token derives from. `None` if it
    /// derives from none.
    #[must_use]
    pub const fn parent(&self) -> Option<TokenId> {
        match self.token_use {
            TokenUse::Operator { parent, .. } => Some(parent),
            TokenUse::Company { .. }
            | TokenUse::Session { .. }
            | TokenUse::Access { .. }
            | TokenUse::Refresh { .. }
            | TokenUse::Console { .. } => None,
        }
    }

    /// Returns the grant that the token follows from. `None` if it follows from none.
    #[must_use]
    pub const fn grant(&self) -> Option<GrantId> {
        match self.token_use {
            TokenUse::Access { grant, .. } => grant,
            TokenUse::Refresh { grant, .. } => Some(grant),
            TokenUse::Company { .. }
            | TokenUse::Operator { .. }
            | TokenUse::Session { .. }
            | TokenUse::Console { .. } => None,
        }
    }

    /// Returns the client that the token was issued to. `None` if it was issued to none.
    #[must_use]
    pub const fn client(&self) -> Option<ClientTag> {
        match self.token_use {
            TokenUse::Access { client, .. } | TokenUse::Refresh { client, .. } => Some(client),
            TokenUse::Company { .. }
            | TokenUse::Operator { .. }
            | TokenUse::Session { .. }
            | TokenUse::Console { .. } => None,
        }
    }
}

/// The instants of a payload.
pub(super) struct Times {
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
}

/// The latest `NumericDate` (RFC 7519, 2) that is accepted: 9999-12-31T23:59:59Z.
const LATEST: i64 = 253_402_300_799;

impl Times {
    /// Reads `iat`, `exp` and `nbf`. Returns `None` if one is out of bounds, if the token expires
    /// before it was issued, or if it is valid only from later on (RFC 7519, 4.1.5): this service
    /// signs no such token.
    pub(super) fn of(iat: i64, exp: Option<i64>, nbf: Option<i64>) -> Option<Self> {
        let instant = |seconds: i64| {
            (0..=LATEST)
                .contains(&seconds)
                .then(|| Timestamp::from_seconds(seconds))
        };
        let issued_at = instant(iat)?;
        let expires_at = match exp {
            Some(seconds) => Some(instant(seconds).filter(|at| *at > issued_at)?),
            None => None,
        };
        let from_the_start = nbf.is_none_or(|seconds| (0..=iat).contains(&seconds));
        from_the_start.then_some(Self {
            issued_at,
            expires_at,
        })
    }
}

/// Reads a member that may be missing but must not be null.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Claims {
    /// Returns the payload of a company or operator token, as JSON. `act` is who acts for the
    /// operator after a token exchange. The payloads of the other kinds have more members than these
    /// claims.
    pub(super) fn to_json(self, issuer: &str, act: Option<&Actor>) -> serde_json::Result<Vec<u8>> {
        match self.token_use {
            TokenUse::Company { expires_at } => {
                serde_json::to_vec(&company::Payload::new(&self, expires_at, issuer))
            }
            TokenUse::Operator {
                operator,
                parent,
                expires_at,
            } => {
                let subject = (operator, parent);
                let payload = operator::Payload::new(&self, subject, expires_at, issuer);
                serde_json::to_vec(&payload.acted_by(act))
            }
            TokenUse::Session { .. }
            | TokenUse::Access { .. }
            | TokenUse::Refresh { .. }
            | TokenUse::Console { .. } => Err(serde::ser::Error::custom(
                "the payload has members that the claims do not have",
            )),
        }
    }

    /// Reads a payload: the members of the kind that it names, of the issuer of that kind, and the
    /// tokens that it comes from. Returns `None` if it is anything else.
    pub(super) fn from_json(json: &[u8], issuers: &Issuers) -> Option<(Self, Lineage)> {
        let kind = kind_of(json)?;
        let issuer = issuers.of(kind)?;
        let claims = match kind {
            Kind::Company => serde_json::from_slice::<company::Payload<'_>>(json)
                .ok()?
                .claims(issuer),
            Kind::Operator => serde_json::from_slice::<operator::Payload<'_>>(json)
                .ok()?
                .claims(issuer),
            Kind::Session => serde_json::from_slice::<SessionClaims<'_>>(json)
                .ok()?
                .claims(issuer),
            Kind::Access => {
                let access = serde_json::from_slice::<AccessClaims<'_>>(json).ok()?;
                return Some((access.claims(issuer)?, access.ancestors));
            }
            Kind::Refresh | Kind::Console => None,
        };
        claims.map(|claims| (claims, Lineage::NONE))
    }
}

/// Returns the kind that a payload names in `token_use`. `None` if it names none. This service
/// writes that member last, so a payload of its own is not parsed twice. If the last bytes only
/// look like that member, the payload is refused when its members are read.
fn kind_of(json: &[u8]) -> Option<Kind> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        token_use: Cow<'a, str>,
    }
    let kind = Kind::ALL.into_iter().find(|kind| {
        let before = json
            .strip_suffix(b"\"}")
            .and_then(|rest| rest.strip_suffix(kind.as_str().as_bytes()));
        before.is_some_and(|rest| rest.ends_with(br#""token_use":""#))
    });
    kind.or_else(|| {
        let named: Named<'_> = serde_json::from_slice(json).ok()?;
        named.token_use.parse().ok()
    })
}
