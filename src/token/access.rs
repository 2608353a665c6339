//! The claims of an access token (RFC 9068, section 2.2, and the product's own).

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::claims::Times;
use super::{Audience, Claims, Kind, Lineage, TokenUse};
use crate::access::ScopeSet;
use crate::base::{ClientId, GrantId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

/// The longest life of an access token: a year.
pub const ACCESS_TOKEN_LIMIT: Duration = Duration::from_hours(24 * 365);

/// The key that a token is bound to (RFC 9449, section 6.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of the key (RFC 7638).
    pub jkt: String,
}

/// Who acts for the subject after a token exchange (RFC 8693, section 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The organization's id for a company token, else the client's.
    pub sub: String,
    /// The client that exchanged the token.
    pub client_id: ClientId,
    /// The actor of the exchange before this one. `None` if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Actor>>,
}

/// The payload. Instants are seconds since 1970 (RFC 7519, section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims<'a> {
    /// `oauth.issuer`.
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    /// The operator's id as text, else the client's id.
    #[serde(borrow)]
    pub sub: Cow<'a, str>,
    /// The resources that accept it.
    pub aud: Audience,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The id of the token.
    pub jti: TokenId,
    /// When it was issued.
    pub iat: i64,
    /// From when it is valid: when it was issued.
    pub nbf: i64,
    /// When it expires.
    pub exp: i64,
    /// The scopes as one text; left out if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The scopes again, as guide 001 has them.
    pub scopes: ScopeSet,
    /// The organization of the client.
    pub organization_id: OrganizationId,
    /// `access`.
    #[serde(borrow)]
    pub token_use: Cow<'a, str>,
    /// How much of the feed the issuing node had applied.
    pub rev: Sequence,
    /// The grant that it follows from, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// The operator behind it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<OperatorId>,
    /// When the operator signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The operator's email address, with scope `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The operator's role, with scope `profile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The operator's tier, with scope `profile`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The key it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Who acts for the subject, after a token exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
    /// The tokens that it comes from by token exchange.
    #[serde(default, skip_serializing_if = "Lineage::is_empty")]
    pub ancestors: Lineage,
}

impl AccessClaims<'_> {
    /// Returns the two forms in which the scopes stand in a token: the text, which is left out if
    /// it were empty, and the set.
    #[must_use]
    pub fn scope_members(scopes: ScopeSet) -> (Option<String>, ScopeSet) {
        (
            Some(scopes.to_string()).filter(|text| !text.is_empty()),
            scopes,
        )
    }

    /// Returns the claims that decide whether the token is valid. `None` if the members contradict
    /// each other, or another issuer signed them.
    #[must_use]
    pub fn claims(&self, issuer: &str) -> Option<Claims> {
        let times = Times::of(self.iat, Some(self.exp), Some(self.nbf))?;
        let latest = times.issued_at.plus(ACCESS_TOKEN_LIMIT);
        let expires_at = times.expires_at.filter(|end| *end <= latest)?;
        let fits =
            self.token_use == Kind::Access.as_str() && self.iss == issuer && self.has_own_subject();
        fits.then(|| Claims {
            jti: self.jti,
            organization: self.organization_id,
            rev: self.rev,
            issued_at: times.issued_at,
            token_use: TokenUse::Access {
                client: self.client_id.tag(),
                grant: self.grant_id,
                operator: self.operator_id,
                expires_at,
            },
        })
    }

    /// Whether `sub` is the operator, else the client. A client's own token keeps its subject when
    /// another client exchanges it.
    fn has_own_subject(&self) -> bool {
        let exchanged = self.operator_id.is_none() && !self.ancestors.is_empty();
        exchanged || self.sub == Self::subject(self.operator_id, &self.client_id)
    }

    /// Returns the same claims, which borrow nothing.
    #[must_use]
    pub fn into_owned(self) -> AccessClaims<'static> {
        AccessClaims {
            iss: self.iss.into_owned().into(),
            sub: self.sub.into_owned().into(),
            token_use: self.token_use.into_owned().into(),
            aud: self.aud,
            client_id: self.client_id,
            jti: self.jti,
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
            scope: self.scope,
            scopes: self.scopes,
            organization_id: self.organization_id,
            rev: self.rev,
            grant_id: self.grant_id,
            operator_id: self.operator_id,
            auth_time: self.auth_time,
            email: self.email,
            role: self.role,
            tier: self.tier,
            cnf: self.cnf,
            act: self.act,
            ancestors: self.ancestors,
        }
    }

    /// Returns when the token expires.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.exp)
    }

    /// Returns `sub`.
    #[must_use]
    pub fn subject(operator: Option<OperatorId>, client: &ClientId) -> String {
        operator.map_or_else(|| client.to_string(), |operator| operator.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(scopes: &str, operator: Option<OperatorId>) -> AccessClaims<'static> {
        let client: ClientId = "c1".parse().unwrap();
        let (scope, scopes) = AccessClaims::scope_members(ScopeSet::parse(scopes).unwrap());
        AccessClaims {
            iss: "https://id.example.com".into(),
            sub: AccessClaims::subject(operator, &client).into(),
            aud: Audience::of(&[], "https://id.example.com"),
            client_id: client,
            jti: TokenId([7; 16]),
            iat: 1_000,
            nbf: 1_000,
            exp: 4_600,
            scope,
            scopes,
            organization_id: OrganizationId(7),
            token_use: "access".into(),
            rev: Sequence(12),
            grant_id: None,
            operator_id: operator,
            auth_time: operator.map(|_| 990),
            email: None,
            role: None,
            tier: None,
            cnf: None,
            act: None,
            ancestors: Lineage::NONE,
        }
    }

    #[test]
    fn a_token_with_an_operator_behind_it() {
        let claims = claims("write read", Some(OperatorId(31)));
        let expected = json!({
            "iss": "https://id.example.com", "sub": "31", "aud": "https://id.example.com", "client_id": "c1",
            "jti": "07070707-0707-0707-0707-070707070707", "iat": 1000, "nbf": 1000, "exp": 4600,
            "scope": "read write", "scopes": ["read", "write"], "organization_id": 7, "token_use": "access",
            "rev": 12, "operator_id": 31, "auth_time": 990,
        });
        assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
        let text = expected.to_string();
        assert_eq!(
            serde_json::from_str::<AccessClaims<'_>>(&text).unwrap(),
            claims
        );
    }

    #[test]
    fn a_token_of_a_clients_own_without_scopes() {
        let value = serde_json::to_value(claims("", None)).unwrap();
        assert_eq!(
            (&value["sub"], &value["scopes"]),
            (&json!("c1"), &json!([]))
        );
        for absent in [
            "scope",
            "operator_id",
            "auth_time",
            "email",
            "role",
            "tier",
            "cnf",
            "act",
            "ancestors",
        ] {
            assert!(value.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn bound_and_exchanged() {
        let mut claims = claims("read", None);
        claims.cnf = Some(Confirmation {
            jkt: "thumb".to_owned(),
        });
        let actor = |act| Actor {
            sub: "7".to_owned(),
            client_id: "c2".parse().unwrap(),
            act,
        };
        claims.act = Some(actor(Some(Box::new(actor(None)))));
        let value = serde_json::to_value(&claims).unwrap();
        assert_eq!(value["cnf"], json!({ "jkt": "thumb" }));
        let inner = json!({ "sub": "7", "client_id": "c2" });
        assert_eq!(
            value["act"],
            json!({ "sub": "7", "client_id": "c2", "act": inner })
        );
    }
}
