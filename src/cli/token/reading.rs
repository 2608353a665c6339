//! Reads the text of a token, and finds the reasons to refuse it that need no key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::{Timestamp, TokenId};
use crate::token::{Algorithm, Claims, Issuers, Kind, MAX_LENGTH, Parts, decode_claims, parts};

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Reason {
    /// A code for scripts.
    pub(in crate::cli) code: &'static str,
    /// A text for people.
    pub(super) text: String,
}

/// The claims and the header of a token, as far as they can be read. They are unproven unless
/// `authentic` is true.
#[derive(Debug, Default)]
pub(in crate::cli) struct Reading {
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) issuer: Option<String>,
    pub(super) organization: Option<i64>,
    pub(super) operator: Option<i64>,
    pub(super) jti: Option<TokenId>,
    pub(super) parent: Option<TokenId>,
    pub(super) issued_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
    /// Whether a key of this service signed the token. `None` if that was not checked.
    pub(super) authentic: Option<bool>,
    /// The reasons to refuse it.
    pub(in crate::cli) reasons: Vec<Reason>,
    /// Members that every such token has, and that are missing from this one.
    pub(super) missing: Vec<&'static str>,
    /// The claims. `None` unless they are, member for member, what this service writes.
    pub(in crate::cli) claims: Option<Claims>,
}

/// The maximum length, in characters, of a token's text that is printed. Control characters are
/// escaped, because anyone may have written the text.
const LONGEST_SHOWN: usize = 80;

/// Returns a text of the token in a form that is safe to print.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST_SHOWN).collect();
    let ellipsis = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{ellipsis}", cut.escape_debug())
}

impl Reading {
    /// Reads a text as a token of `issuers` at `now`.
    pub(in crate::cli) fn of(text: &str, issuers: &Issuers, now: Timestamp) -> Self {
        let mut reading = Self::default();
        let Some(parts) = reading.cut(text) else {
            return reading;
        };
        if let Some(header) = reading.segment("header", parts.header) {
            reading.header(&header);
        }
        if let Some(payload) = reading.segment("payload", parts.payload) {
            reading.payload(&payload, issuers);
            reading.claims = decode_claims(parts.payload, issuers).ok();
            if reading.claims.is_none()
                && !reading.reasons.iter().any(|reason| reason.code == "claims")
            {
                reading.refuse("claims", "the payload is not what this service writes: a member is unknown or occurs twice, or one contradicts another");
            }
        }
        if let Some(end) = reading.expires_at.filter(|end| *end <= now) {
            reading.refuse("expired", format!("it expired at {end}"));
        }
        reading
    }

    pub(super) fn refuse(&mut self, code: &'static str, text: impl Into<String>) {
        self.reasons.push(Reason {
            code,
            text: text.into(),
        });
    }

    /// Whether it is refused by a reason with this code.
    pub(super) fn is_refused_as(&self, code: &str) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }

    fn cut<'a>(&mut self, text: &'a str) -> Option<Parts<'a>> {
        let segments = text.split('.').count();
        if text.is_empty() {
            self.refuse("malformed", "there is no text");
        } else if text.len() > MAX_LENGTH {
            self.refuse(
                "malformed",
                format!("it is longer than any token of this service ({MAX_LENGTH} bytes)"),
            );
        } else if segments != 3 {
            let hint = match segments {
                1 => "; it may be a key or a password, but no token",
                2 => "; the signature seems to be cut off",
                5 => "; five are an encrypted token (JWE)",
                _ => "",
            };
            self.refuse(
                "malformed",
                format!("a token has three segments with dots between, header, payload and signature; this has {segments}{hint}"),
            );
        } else {
            let parts = parts(text).ok()?;
            match parts.signature_bytes() {
                Ok(bytes) if bytes.is_empty() => self.refuse("malformed", "the signature is empty"),
                Ok(_) => {}
                Err(_) => self.refuse(
                    "malformed",
                    "the signature is not base64url without padding",
                ),
            }
            return Some(parts);
        }
        None
    }

    fn segment(&mut self, name: &str, text: &str) -> Option<Map<String, Value>> {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else {
            self.refuse(
                "malformed",
                format!("the {name} is not base64url without padding"),
            );
            return None;
        };
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Some(members),
            Ok(_) => {
                self.refuse("malformed", format!("the {name} is no JSON object"));
                None
            }
            Err(_) => {
                self.refuse("malformed", format!("the {name} is no JSON"));
                None
            }
        }
    }

    fn header(&mut self, header: &Map<String, Value>) {
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        (self.alg, self.kid) = (text("alg"), text("kid"));
        match self.alg.clone() {
            None => self.refuse("algorithm", "the header names no algorithm (alg)"),
            Some(alg) if alg.eq_ignore_ascii_case("none") => {
                self.refuse("unsigned", "it is not signed: alg is none");
            }
            Some(alg) if alg.parse::<Algorithm>().is_err() => self.refuse(
                "algorithm",
                format!(
                    "alg is {}; this service signs with HS256, EdDSA, ES256 or RS256",
                    shown(&alg)
                ),
            ),
            Some(_) => {}
        }
        if self.kid.is_none() {
            self.refuse("key", "the header names no key (kid)");
        }
        let foreign: Vec<_> = header
            .keys()
            .filter(|name| !["alg", "typ", "kid"].contains(&name.as_str()))
            .map(|name| shown(name))
            .collect();
        if !foreign.is_empty() {
            self.refuse(
                "header",
                format!(
                    "the header has {}; this service takes no keys or orders from a token",
                    foreign.join(", ")
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_token_wrote_is_cut_and_escaped() {
        assert_eq!(shown("a\u{1b}[31m"), "a\\u{1b}[31m");
        assert_eq!(shown(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in "\\PC{0,60}", header in "\\PC{0,40}", payload in "\\PC{0,40}") {
            let forged = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
            for text in [text, forged] {
                let reading = Reading::of(&text, &Issuers::new("lanyard"), Timestamp::from_seconds(0));
                prop_assert!(!reading.reasons.is_empty(), "{}", text);
            }
        }
    }
}
