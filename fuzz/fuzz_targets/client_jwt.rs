//! JWTs that clients sign with keys of their own: whatever is sent as an assertion or as a DPoP proof
//! is read without a panic, what was signed and then altered is never accepted, and a URL that passes
//! for that of the request is of the same origin for the crate `url` too.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lanyard::authn::dpop::{Expected, Proof, check, same_url};
use lanyard::base::Timestamp;
use lanyard::jose::{Jwk, KeySet};
use lanyard::oauth::Endpoint;
use lanyard::oauth::client_assertion::Assertion;
use lanyard::token::{Algorithm, PublicKey, SecretKey};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use url::Url;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const TOKEN: &str = "https://id.example.com/oauth/token";
const ENDPOINT: Endpoint<'static> = Endpoint {
    issuer: "https://id.example.com",
    path: "/oauth/token",
};

/// What is sent.
#[derive(Debug, Arbitrary)]
enum Attempt<'a> {
    /// Any text.
    Text(&'a str),
    /// A right assertion or proof, with a piece of it replaced.
    Altered {
        proof: bool,
        from: u16,
        cut: u16,
        put: &'a str,
    },
    /// Any header and payload, signed by the client's key.
    Signed(&'a str, &'a str),
    /// Any key.
    Key(&'a str),
    /// Any URL.
    Url(&'a str),
}

struct World {
    secret: SecretKey,
    keys: KeySet,
    assertion: String,
    proof: String,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn signed(secret: &SecretKey, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encoded(header), encoded(payload));
    let signature = secret.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", encoded(signature))
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let bytes = SecretKey::generate(Algorithm::EdDsa).unwrap();
    let secret = SecretKey::parse(Algorithm::EdDsa, &bytes).unwrap();
    let Some(PublicKey::Ed25519(x)) = secret.public() else {
        panic!("an Ed25519 key");
    };
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(x)});
    let made = |header: Value, claims: Value| signed(&secret, &header.to_string(), &claims.to_string());
    let assertion = made(
        json!({"alg": "EdDSA"}),
        json!({"iss": "client", "sub": "client", "aud": TOKEN, "jti": "1", "exp": 1_800_000_060}),
    );
    let proof = made(
        json!({"alg": "Ed25519", "typ": "dpop+jwt", "jwk": jwk}),
        json!({"jti": "1", "htm": "POST", "htu": TOKEN, "iat": 1_800_000_000}),
    );
    let keys = KeySet::parse(&json!({"keys": [jwk]}).to_string());
    World { secret, keys, assertion, proof }
});

/// Whether a text is accepted as an assertion of the client.
fn authenticates(text: &str) -> bool {
    Assertion::parse(text).is_some_and(|assertion| {
        let client = "client".parse().unwrap();
        assertion.judge(&client, &WORLD.keys, &ENDPOINT, NOW).is_ok()
    })
}

/// Returns the key that a text proves.
fn proves(text: &str) -> Option<String> {
    let expected = Expected {
        method: "POST",
        url: TOKEN,
        access_token: None,
        jkt: None,
        nonces: None,
        now: NOW,
    };
    check(&Proof::of(text), &expected).ok().map(|checked| checked.jkt)
}

fuzz_target!(|attempt: Attempt<'_>| {
    let world = &*WORLD;
    match attempt {
        Attempt::Text(text) => {
            assert!(!authenticates(text));
            let _ = proves(text);
        }
        Attempt::Altered { proof, from, cut, put } => {
            let good = if proof { &world.proof } else { &world.assertion };
            let from = usize::from(from) % (good.len() + 1);
            let to = good.len().min(from + usize::from(cut));
            let text = format!("{}{put}{}", &good[..from], &good[to..]);
            if text != *good {
                assert!(!authenticates(&text));
                assert!(proves(&text).is_none() || proves(&text) != proves(&world.proof));
            }
        }
        Attempt::Signed(header, payload) => {
            let text = signed(&world.secret, header, payload);
            let _ = (authenticates(&text), proves(&text));
        }
        Attempt::Key(text) => {
            if let Ok(key) = Jwk::parse(text) {
                assert_eq!(key.thumbprint().len(), 43);
            }
            let _ = KeySet::parse(text);
        }
        Attempt::Url(text) => {
            if same_url(text, TOKEN) {
                let (one, other) = (Url::parse(text).unwrap(), Url::parse(TOKEN).unwrap());
                assert_eq!(one.origin(), other.origin());
            }
        }
    }
});
