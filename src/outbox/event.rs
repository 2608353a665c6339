//! The events, and the bodies of their messages.

use serde::Serialize;

use crate::base::words::words;
use crate::base::{
    ApiKeyId, ClientId, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
};

words! {
    /// The kind of an event: its `type` (Standard Webhooks 1.0).
    pub enum EventKind {
        /// A company token is due for rotation.
        TokenRotationDue = "token.rotation_due",
        /// One or more tokens were revoked.
        TokenRevoked = "token.revoked",
        /// Tokens of an OAuth client, or sessions, were revoked.
        CredentialRevoked = "credential.revoked",
        /// An operator was deactivated or deleted.
        OperatorDeactivated = "operator.deactivated",
        /// An API key was quarantined.
        ApiKeyQuarantined = "api_key.quarantined",
        /// An API key was used from a new network.
        ApiKeyNewNetwork = "api_key.new_network",
        /// An API key was used after a long time without any use.
        ApiKeyWokeUp = "api_key.woke_up",
        /// An API key was used much more often than before.
        ApiKeyRateJump = "api_key.rate_jump",
        /// Lines of the audit log were sealed.
        AuditSealed = "audit.sealed",
        /// Another key signs from now on.
        KeyRotated = "key.rotated",
        /// A test message, which shows whether messages arrive.
        Test = "webhook.test",
    }
}

impl EventKind {
    /// The kinds that an endpoint can subscribe to.
    pub const SUBSCRIBABLE: [Self; 10] = [
        Self::TokenRotationDue,
        Self::TokenRevoked,
        Self::CredentialRevoked,
        Self::OperatorDeactivated,
        Self::ApiKeyQuarantined,
        Self::ApiKeyNewNetwork,
        Self::ApiKeyWokeUp,
        Self::ApiKeyRateJump,
        Self::AuditSealed,
        Self::KeyRotated,
    ];

    /// Returns whether the event concerns the service as a whole. Endpoints of organizations do not
    /// receive it.
    #[must_use]
    pub const fn is_of_service(self) -> bool {
        matches!(self, Self::KeyRotated)
    }
}

/// An event and the content of its `data`. It never contains a token or another secret.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Event {
    /// A company token is due for rotation.
    TokenRotationDue {
        /// The token.
        jti: TokenId,
        /// Since when it is due.
        due_at: Timestamp,
        /// When it expires unless it is rotated; `None` if it does not expire.
        ends_at: Option<Timestamp>,
    },
    /// Tokens were revoked: an entry of the revocation list.
    TokenRevoked {
        /// `token`, `operator`, `company_token`, `organization` or `key`.
        kind: &'static str,
        /// The token, if the kind names one.
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<TokenId>,
        /// The operator, if the kind is `operator`.
        #[serde(skip_serializing_if = "Option::is_none")]
        operator_id: Option<OperatorId>,
        /// The signing key, if the kind is `key`: everything it signed is revoked.
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<KeyId>,
        /// The sequence of the entry in the revocation list.
        seq: Sequence,
        /// When it was revoked.
        at: Timestamp,
        /// When everything it revokes has expired; `None` if that is never.
        until: Option<Timestamp>,
    },
    /// Tokens of an OAuth client, or sessions, were revoked: an entry of the revocation list that a
    /// reader of version 0.1 does not know.
    CredentialRevoked {
        /// `client`, `grant`, `session` or `api_key`.
        kind: &'static str,
        /// The session, if the kind is `session` and one session ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        jti: Option<TokenId>,
        /// The operator, if the kind is `session` and its sessions ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        operator_id: Option<OperatorId>,
        /// The client, if the kind is `client`.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<ClientId>,
        /// The grant, if the kind is `grant`.
        #[serde(skip_serializing_if = "Option::is_none")]
        grant_id: Option<GrantId>,
        /// The API key, if the kind is `api_key`.
        #[serde(skip_serializing_if = "Option::is_none")]
        key_id: Option<ApiKeyId>,
        /// The sequence of the entry in the revocation list.
        seq: Sequence,
        /// When it was revoked.
        at: Timestamp,
        /// When everything it revokes has expired; `None` if that is never.
        until: Option<Timestamp>,
    },
    /// An operator was deactivated or deleted.
    OperatorDeactivated {
        /// The operator.
        operator_id: OperatorId,
        /// `inactive` or `deleted`.
        status: &'static str,
    },
    /// An API key was quarantined.
    ApiKeyQuarantined {
        /// The key.
        key_id: ApiKeyId,
        /// Its name.
        name: String,
        /// When it was quarantined.
        at: Timestamp,
        /// `leak`, or the reason that was given; `None` if none was given.
        reason: Option<String>,
    },
    /// An API key was used from a new network.
    ApiKeyNewNetwork {
        /// The key.
        key_id: ApiKeyId,
        /// Its name.
        name: String,
        /// When it was used.
        at: Timestamp,
        /// The network: `203.0.113.0/24`.
        network: String,
    },
    /// An API key was used after a long time without any use.
    ApiKeyWokeUp {
        /// The key.
        key_id: ApiKeyId,
        /// Its name.
        name: String,
        /// When it was used.
        at: Timestamp,
        /// When it was used before that.
        last_used_at: Timestamp,
    },
    /// An API key was used much more often than before.
    ApiKeyRateJump {
        /// The key.
        key_id: ApiKeyId,
        /// Its name.
        name: String,
        /// When it was used.
        at: Timestamp,
        /// How often it was used in that hour so far.
        requests: i64,
        /// The mean of an hour of the 7 days before.
        mean: f64,
    },
    /// Lines of the audit log were sealed: the end of the chain over it.
    AuditSealed {
        /// The batch.
        batch: i64,
        /// Its hash, in hexadecimal digits. A receiver that keeps it can later prove whether
        /// anything before it was changed.
        hash: String,
        /// When it was sealed.
        sealed_at: Timestamp,
    },
    /// Another key signs from now on.
    KeyRotated {
        /// The key's id.
        kid: KeyId,
        /// The algorithm of the key.
        algorithm: &'static str,
        /// The key that signed before; `None` if this is the first one.
        previous_kid: Option<KeyId>,
    },
    /// A test message.
    Test {},
}

impl Event {
    /// Returns the kind of the event.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::TokenRotationDue { .. } => EventKind::TokenRotationDue,
            Self::TokenRevoked { .. } => EventKind::TokenRevoked,
            Self::CredentialRevoked { .. } => EventKind::CredentialRevoked,
            Self::OperatorDeactivated { .. } => EventKind::OperatorDeactivated,
            Self::ApiKeyQuarantined { .. } => EventKind::ApiKeyQuarantined,
            Self::ApiKeyNewNetwork { .. } => EventKind::ApiKeyNewNetwork,
            Self::ApiKeyWokeUp { .. } => EventKind::ApiKeyWokeUp,
            Self::ApiKeyRateJump { .. } => EventKind::ApiKeyRateJump,
            Self::AuditSealed { .. } => EventKind::AuditSealed,
            Self::KeyRotated { .. } => EventKind::KeyRotated,
            Self::Test {} => EventKind::Test,
        }
    }

    /// Returns the body of the message. It is signed and sent byte for byte as returned here.
    pub(super) fn body(&self, organization: OrganizationId, now: Timestamp) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            timestamp: Timestamp,
            data: Data<'a>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Data<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            organization_id: Option<OrganizationId>,
            #[serde(flatten)]
            event: &'a Event,
        }
        let body = Body {
            kind: self.kind().as_str(),
            timestamp: now,
            data: Data {
                organization_id: Some(organization).filter(|id| *id != OrganizationId::SERVICE),
                event: self,
            },
        };
        // Serializing texts, numbers and instants cannot fail.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_type_timestamp_and_data() {
        let now = Timestamp::from_seconds(1_893_456_000);
        let event = Event::TokenRevoked {
            kind: "operator",
            jti: None,
            operator_id: Some(OperatorId(7)),
            kid: None,
            seq: Sequence(3),
            at: now,
            until: None,
        };
        insta::assert_snapshot!(event.body(OrganizationId(1), now), @r#"{"type":"token.revoked","timestamp":"2030-01-01T00:00:00Z","data":{"organizationId":1,"kind":"operator","operatorId":7,"seq":3,"at":"2030-01-01T00:00:00Z","until":null}}"#);
        let event = Event::KeyRotated {
            kid: "b23456789012".parse().unwrap(),
            algorithm: "EdDSA",
            previous_kid: Some("a23456789012".parse().unwrap()),
        };
        insta::assert_snapshot!(event.body(OrganizationId::SERVICE, now), @r#"{"type":"key.rotated","timestamp":"2030-01-01T00:00:00Z","data":{"kid":"b23456789012","algorithm":"EdDSA","previousKid":"a23456789012"}}"#);
        let event = Event::ApiKeyRateJump {
            key_id: "key_0123456789abcdef".parse().unwrap(),
            name: "Till 3".to_owned(),
            at: now,
            requests: 1_001,
            mean: 4.5,
        };
        insta::assert_snapshot!(event.body(OrganizationId(1), now), @r#"{"type":"api_key.rate_jump","timestamp":"2030-01-01T00:00:00Z","data":{"organizationId":1,"keyId":"key_0123456789abcdef","name":"Till 3","at":"2030-01-01T00:00:00Z","requests":1001,"mean":4.5}}"#);
        insta::assert_snapshot!(Event::Test {}.body(OrganizationId(1), now), @r#"{"type":"webhook.test","timestamp":"2030-01-01T00:00:00Z","data":{"organizationId":1}}"#);
    }
}
