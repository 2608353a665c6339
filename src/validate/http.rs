//! `POST /api/operator/validate-token` and `…/validate-tokens`.

mod batch;
mod verdict;

use std::fmt;

use actix_web::HttpResponse;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use verdict::Verdict;

use super::Refusal;
use crate::app::App;
use crate::base::{OrganizationId, Timestamp};
use crate::http::{
    ApiError, Call, Company, Json, JsonBody, Routes, Surface, Unparsed, endpoints, ok_json,
    with_catch_up,
};
use crate::token::{Claims, Kind};
use crate::usage::Count;

/// Returns the routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![validate_token, validate_tokens,])
}

/// The most tokens in one call.
const MOST: usize = 1_000;

/// The JSON value that the caller sent for a token. A value that is not a string is not a token.
#[derive(Debug)]
enum Presented {
    Text(String),
    Other,
}

impl<'de> Deserialize<'de> for Presented {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Presented;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a token")
            }
            fn visit_str<E>(self, text: &str) -> Result<Presented, E> {
                Ok(Presented::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Presented, E> {
                Ok(Presented::Text(text))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Presented, E> {
                Ok(Presented::Other)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Presented, E> {
                Ok(Presented::Other)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Presented, E> {
                Ok(Presented::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Presented, E> {
                Ok(Presented::Other)
            }
            fn visit_unit<E>(self) -> Result<Presented, E> {
                Ok(Presented::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Presented, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Presented::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Presented, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Presented::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A token to validate.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ValidateToken {
    /// The operator token. For a value that is not a string the verdict is `Invalid token`.
    #[schema(value_type = serde_json::Value)]
    token: Presented,
}

impl JsonBody for ValidateToken {
    /// `{"token":"…"}` with a token that needs no decoding, as programs write it.
    fn read_usual(bytes: &[u8]) -> Option<Self> {
        let rest = bytes
            .strip_prefix(br#"{"token":""#)
            .or_else(|| bytes.strip_prefix(br#"{"token": ""#))?;
        let text = rest.strip_suffix(br#""}"#)?;
        // Without an early exit and in eight bits, so that many characters are compared at once.
        let special = |byte: &u8| {
            u8::from(byte.wrapping_sub(b' ') > b'~' - b' ')
                | u8::from(*byte == b'"')
                | u8::from(*byte == b'\\')
        };
        if text.iter().fold(0, |any, byte| any | special(byte)) != 0 {
            return None;
        }
        let text = String::from_utf8(text.to_vec()).ok()?;
        Some(Self {
            token: Presented::Text(text),
        })
    }
}

/// Tokens to validate.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ValidateTokens {
    /// At most 1,000 operator tokens.
    #[schema(value_type = Vec<serde_json::Value>, max_items = 1000)]
    #[serde(deserialize_with = "at_most")]
    tokens: Vec<Presented>,
}

impl JsonBody for ValidateTokens {
    const LIMIT: usize = 4 * 1024 * 1024;
}

/// Reads a list of bounded length. A longer list is refused as soon as the limit is exceeded.
fn at_most<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Bounded<T>(std::marker::PhantomData<T>);
    impl<'de, T: DeserializeOwned> Visitor<'de> for Bounded<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == MOST {
                    return Err(A::Error::custom(
                        "more than 1000 tokens; send them in several calls",
                    ));
                }
                list.push(item);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_seq(Bounded(std::marker::PhantomData))
}

/// Returns the verdict for one organization. A token of another organization is always `Invalid
/// token`.
fn judge(
    app: &App,
    organization: OrganizationId,
    presented: &Presented,
    now: Timestamp,
) -> Result<Verdict, ApiError> {
    let verdict = match presented {
        Presented::Text(text) => app
            .tokens
            .validator
            .validate_kind(text, Kind::Operator, now),
        Presented::Other => Err(Refusal::Invalid),
    };
    let own = |claims: &Claims| claims.organization == organization;
    let (counter, count, refused) = match verdict {
        Err(Refusal::Stale) => return Err(ApiError::stale()),
        Err(Refusal::Ahead(claims)) => return Err(ApiError::ahead(claims.rev)),
        Ok(claims) if own(&claims) => {
            app.metrics.valid.inc();
            app.usage.note(organization, Count::Valid);
            app.tokens.uses.note(&claims, now);
            return Ok(Verdict::valid(&claims));
        }
        Err(Refusal::Revoked(claims)) if own(&claims) => {
            (&app.metrics.revoked, Count::Revoked, "Token revoked")
        }
        Err(Refusal::Expired(claims)) if own(&claims) => {
            (&app.metrics.expired, Count::Expired, "Token expired")
        }
        Ok(_) | Err(Refusal::Invalid | Refusal::Revoked(_) | Refusal::Expired(_)) => {
            (&app.metrics.invalid, Count::Invalid, "Invalid token")
        }
    };
    counter.inc();
    app.usage.note(organization, count);
    Ok(Verdict::refused(refused))
}

/// Validates an operator token.
#[utoipa::path(post, path = "/api/operator/validate-token", tag = "Operator tokens", request_body = ValidateToken,
    responses((status = 200, body = Verdict)))]
pub async fn validate_token(
    call: Call<Company, Json<ValidateToken>>,
) -> Result<HttpResponse, ApiError> {
    let organization = call.who.0.organization;
    let judge = || judge(&call.app, organization, &call.body.0.token, call.now);
    let verdict = with_catch_up(&call.app, judge).await?;
    Ok(ok_json(verdict.to_json()))
}

/// Validates up to 1,000 operator tokens. The verdicts are in the order of the tokens.
#[utoipa::path(post, path = "/api/operator/validate-tokens", tag = "Operator tokens", request_body = ValidateTokens,
    responses((status = 200, body = Vec<Verdict>)))]
pub async fn validate_tokens(
    call: Call<Company, Unparsed<ValidateTokens>>,
) -> Result<HttpResponse, ApiError> {
    let verdicts = batch::judge_all(
        call.app.get_ref(),
        call.who.0.organization,
        call.body,
        call.now,
    )
    .await?;
    Ok(ok_json(Verdict::list_to_json(&verdicts)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is read the quick way is read the same by the parser.
        #[test]
        fn the_usual_body_is_read_as_the_parser_reads_it(token in r#"[a-z"\\\\{}:,\. é\n\x7f]{0,12}"#, space in " ?") {
            for body in [format!("{{\"token\":{space}\"{token}\"}}"), token] {
                if let Some(usual) = ValidateToken::read_usual(body.as_bytes()) {
                    let parsed: ValidateToken = serde_json::from_str(&body).unwrap();
                    let (Presented::Text(usual), Presented::Text(parsed)) = (usual.token, parsed.token) else {
                        return Err(TestCaseError::fail("no text"));
                    };
                    prop_assert_eq!(usual, parsed);
                }
            }
        }
    }

    #[test]
    fn what_programs_write_is_read_the_quick_way() {
        for body in [r#"{"token":"a.b-c_d"}"#, r#"{"token": "a.b-c_d"}"#] {
            assert!(
                ValidateToken::read_usual(body.as_bytes()).is_some(),
                "{body}"
            );
        }
    }
}
