//! The verdict of validate-token as JSON.

use std::cell::RefCell;

use actix_web::web::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::token::Claims;

/// The length that a verdict in JSON seldom exceeds, in bytes.
const LENGTH: usize = 128;

thread_local! {
    /// Where a verdict is written before its length is known.
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The verdict on a token (guide 002).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    /// Whether the token is valid.
    is_valid: bool,
    /// The same, under the name that one of the guide's clients reads.
    valid: bool,
    /// The operator that the token stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<OperatorId>,
    /// The organization that the token belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<OrganizationId>,
    /// When the token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// `Token revoked`, `Token expired` or `Invalid token`. `null` if the token is valid.
    error: Option<&'static str>,
}

impl Verdict {
    pub(super) fn valid(claims: &Claims) -> Self {
        Self {
            is_valid: true,
            valid: true,
            operator_id: claims.operator(),
            client_id: Some(claims.organization),
            expires_at: claims.expires_at(),
            error: None,
        }
    }

    pub(super) fn refused(error: &'static str) -> Self {
        Self {
            is_valid: false,
            valid: false,
            operator_id: None,
            client_id: None,
            expires_at: None,
            error: Some(error),
        }
    }

    /// Returns the verdict as JSON.
    pub(super) fn to_json(&self) -> Bytes {
        WRITTEN.with_borrow_mut(|json| {
            json.clear();
            self.append_to(json);
            Bytes::copy_from_slice(json)
        })
    }

    /// Returns a list of verdicts as JSON.
    pub(super) fn list_to_json(verdicts: &[Self]) -> Bytes {
        let mut json = Vec::with_capacity(verdicts.len() * LENGTH + 2);
        json.push(b'[');
        for (place, verdict) in verdicts.iter().enumerate() {
            if place > 0 {
                json.push(b',');
            }
            verdict.append_to(&mut json);
        }
        json.push(b']');
        json.into()
    }

    /// Appends the same text as serde would, with less work. No error has a character that
    /// JSON escapes.
    fn append_to(&self, json: &mut Vec<u8>) {
        json.extend_from_slice(if self.is_valid {
            br#"{"isValid":true,"valid":"#
        } else {
            br#"{"isValid":false,"valid":"#
        });
        json.extend_from_slice(if self.valid { b"true" } else { b"false" });
        let mut digits = itoa::Buffer::new();
        if let Some(OperatorId(operator)) = self.operator_id {
            json.extend_from_slice(br#","operatorId":"#);
            json.extend_from_slice(digits.format(operator).as_bytes());
        }
        if let Some(OrganizationId(organization)) = self.client_id {
            json.extend_from_slice(br#","clientId":"#);
            json.extend_from_slice(digits.format(organization).as_bytes());
        }
        if let Some(expires_at) = self.expires_at {
            json.extend_from_slice(br#","expiresAt":""#);
            expires_at.append_to(json);
            json.push(b'"');
        }
        match self.error {
            None => json.extend_from_slice(br#","error":null}"#),
            Some(error) => {
                json.extend_from_slice(br#","error":""#);
                json.extend_from_slice(error.as_bytes());
                json.extend_from_slice(br#""}"#);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        let end = -62_167_219_200_i64..253_402_300_800;
        let valid = (any::<i64>(), any::<i64>(), prop::option::of(end)).prop_map(
            |(operator, organization, end)| Verdict {
                is_valid: true,
                valid: true,
                operator_id: Some(OperatorId(operator)),
                client_id: Some(OrganizationId(organization)),
                expires_at: end.map(Timestamp::from_seconds),
                error: None,
            },
        );
        let refused = prop::sample::select(vec!["Token revoked", "Token expired", "Invalid token"]);
        prop_oneof![valid, refused.prop_map(Verdict::refused)]
    }

    proptest! {
        #[test]
        fn a_verdict_is_written_as_serde_writes_it(verdicts in prop::collection::vec(any_verdict(), 0..4)) {
            for verdict in &verdicts {
                prop_assert_eq!(verdict.to_json(), serde_json::to_vec(verdict).unwrap());
            }
            prop_assert_eq!(Verdict::list_to_json(&verdicts), serde_json::to_vec(&verdicts).unwrap());
        }
    }
}
