//! The public keys of a client, which it registers itself: they are never fetched (RFC 7591,
//! section 2, `jwks`).

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jose::{Jwk, KeySet};

/// The most keys a client may have.
const MOST_KEYS: usize = 20;

/// The longest document (bytes).
const LONGEST: usize = 32_768;

/// A set of public keys (RFC 7517, section 5), each for ES256, EdDSA, RS256 or PS256.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Jwks {
    text: String,
    /// What `text` contains. It is parsed once, for the first assertion.
    keys: OnceLock<KeySet>,
}

impl PartialEq for Jwks {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Jwks {}

impl From<String> for Jwks {
    /// Takes a document that was accepted before.
    fn from(text: String) -> Self {
        let keys = OnceLock::new();
        Self { text, keys }
    }
}

impl From<Jwks> for String {
    fn from(jwks: Jwks) -> Self {
        jwks.text
    }
}

/// Members that only secret keys have (RFC 7518, section 6; RFC 8037, section 2).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Jwks {
    /// Reads a document.
    ///
    /// # Errors
    /// Returns what is wrong with it, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("must have at most 32768 bytes");
        }
        let document: Value = serde_json::from_str(text).map_err(|_| "must be JSON")?;
        let keys = document.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("must be an object with an array keys")?;
        if keys.is_empty() || keys.len() > MOST_KEYS {
            return Err("must have 1 to 20 keys");
        }
        for key in keys {
            check(key)?;
        }
        let mut names: Vec<_> = keys.iter().filter_map(|key| key.get("kid")).collect();
        names.sort_by_key(ToString::to_string);
        names.dedup();
        if keys.len() > 1 && names.len() != keys.len() {
            return Err("must have keys with different kid members");
        }
        Ok(text.to_owned().into())
    }

    /// Returns the document as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the keys that verify the client's signatures.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        self.keys.get_or_init(|| KeySet::parse(&self.text))
    }
}

fn check(key: &Value) -> Result<(), &'static str> {
    if SECRET_MEMBERS
        .iter()
        .any(|member| key.get(member).is_some())
    {
        return Err("must have public keys only: one has a secret member");
    }
    let text = |member: &str| key.get(member).and_then(Value::as_str);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return Err("must have keys for signatures only (use)");
    }
    if key.get("kid").is_some_and(|name| !name.is_string()) {
        return Err("must have texts as kid");
    }
    let algorithms: &[&str] = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => &["ES256"],
        (Some("OKP"), Some("Ed25519")) => &["EdDSA", "Ed25519"],
        (Some("RSA"), _) => &["RS256", "PS256"],
        _ => return Err("must have keys of type EC (P-256), OKP (Ed25519) or RSA"),
    };
    if text("alg").is_some_and(|named| !algorithms.contains(&named)) {
        return Err("must have keys for ES256, EdDSA, Ed25519, RS256 or PS256");
    }
    // `KeySet` leaves out a key that this does not accept, so no signature by it would be verified.
    Jwk::parse(&key.to_string()).map_err(|_| {
        "must have whole keys: RSA keys of 2048 to 8192 bits with an exponent of at most 4 bytes, \
         others of 32 bytes"
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningAlgorithm;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use serde_json::json;

    fn number(length: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![0xa5; length])
    }

    fn read(keys: &Value) -> Result<Jwks, &'static str> {
        Jwks::parse(&json!({ "keys": keys }).to_string())
    }

    #[test]
    fn public_keys_of_the_algorithms_there_are() {
        let (n, x) = (number(256), number(32));
        let rsa =
            json!({ "kty": "RSA", "n": n, "e": "AQAB", "kid": "1", "alg": "PS256", "use": "sig" });
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": x, "kid": "2" });
        let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "3", "alg": "Ed25519" });
        let jwks = read(&json!([rsa, ec, ed])).unwrap();
        let keys = jwks.keys();
        // Each of them verifies signatures later.
        for algorithm in [
            SigningAlgorithm::Ps256,
            SigningAlgorithm::Es256,
            SigningAlgorithm::EdDsa,
        ] {
            assert_eq!(keys.candidates(None, algorithm).count(), 1, "{algorithm:?}");
        }
        assert!(read(&json!([{ "kty": "EC", "crv": "P-256", "x": x, "y": x }])).is_ok());
    }

    #[test]
    fn what_is_no_set_of_public_keys() {
        let (n, x) = (number(256), number(32));
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": x });
        for keys in [
            json!([]),
            json!([ec, ec]),
            json!([1]),
            json!([{ "kty": "oct", "k": x }]),
            json!([{ "kty": "EC", "crv": "P-256", "x": x, "y": x, "d": x }]),
            json!([{ "kty": "EC", "crv": "P-384", "x": x, "y": x }]),
            json!([{ "kty": "EC", "crv": "P-256", "x": x }]),
            json!([{ "kty": "EC", "crv": "P-256", "x": x, "y": x, "alg": "HS256" }]),
            json!([{ "kty": "EC", "crv": "P-256", "x": x, "y": x, "use": "enc" }]),
            json!([{ "kty": "RSA", "n": number(128), "e": "AQAB" }]),
            json!([{ "kty": "RSA", "n": n, "e": "AQAB", "alg": "none" }]),
            json!([{ "kty": "RSA", "n": n }]),
            json!([{ "kty": "RSA", "n": number(1_025), "e": "AQAB" }]),
            json!([{ "kty": "RSA", "n": n, "e": number(5) }]),
            json!([{ "kty": "RSA", "n": n, "e": "AAEAAQ" }]),
            json!([{ "kty": "EC", "crv": "P-256", "x": x, "y": x, "use": 1 }]),
            json!([{ "kty": "OKP", "crv": "X25519", "x": x }]),
        ] {
            assert!(read(&keys).is_err(), "{keys}");
        }
        for text in [
            "",
            "{}",
            "[]",
            "{\"keys\":{}}",
            &format!("{{\"keys\":[]{}}}", " ".repeat(LONGEST)),
        ] {
            assert!(Jwks::parse(text).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = Jwks::parse(&text);
        }
    }
}
