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
    /// The right header and claims, with members replaced, signed by the client's key.
    Replaced {
        proof: bool,
        members: Vec<(u8, Replacement<'a>)>,
    },
    /// Any key.
    Key(&'a str),
    /// Any URL.
    Url(&'a str),
}

/// What a member becomes.
#[derive(Debug, Arbitrary)]
enum Replacement<'a> {
    Absent,
    Text(&'a str),
    Number(i64),
    /// Seconds after now.
    Later(i16),
    /// The URL of the endpoint, or its issuer, and a text.
    List(bool, &'a str),
}

impl Replacement<'_> {
    fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Absent => return None,
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Later(seconds) => json!(1_800_000_000 + i64::from(*seconds)),
            Self::List(url, text) => json!([if *url { TOKEN } else { ENDPOINT.issuer }, text]),
        })
    }
}

const MEMBERS: [&str; 11] = ["iss", "sub", "aud", "jti", "exp", "iat", "nbf", "htm", "htu", "alg", "typ"];

struct World {
    secret: SecretKey,
    keys: KeySet,
    assertion: String,
    proof: String,
    /// Header and claims of the assertion, and of the proof.
    parts: [(Value, Value); 2],
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
    let parts = [
        (
            json!({"alg": "EdDSA"}),
            json!({"iss": "client", "sub": "client", "aud": TOKEN, "jti": "1", "exp": 1_800_000_060}),
        ),
        (
            json!({"alg": "Ed25519", "typ": "dpop+jwt", "jwk": jwk}),
            json!({"jti": "1", "htm": "POST", "htu": TOKEN, "iat": 1_800_000_000}),
        ),
    ];
    let [assertion, proof] =
        [&parts[0], &parts[1]].map(|(header, claims)| signed(&secret, &header.to_string(), &claims.to_string()));
    let keys = KeySet::parse(&json!({"keys": [jwk]}).to_string());
    World { secret, keys, assertion, proof, parts }
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

/// Signs a header and a payload with the client's key. What is accepted says what it must.
fn judge(header: &str, payload: &str) {
    let text = signed(&WORLD.secret, header, payload);
    let (accepted, proven) = (authenticates(&text), proves(&text));
    if !accepted && proven.is_none() {
        return;
    }
    let header: Value = serde_json::from_str(header).unwrap();
    let claims: Value = serde_json::from_str(payload).unwrap();
    let seconds = |name: &str| claims[name].as_f64();
    let now = 1_800_000_000.0;
    assert!(claims["jti"].as_str().is_some_and(|jti| !jti.is_empty()), "{claims}");
    if accepted {
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("client"), &json!("client")));
        let meant = match &claims["aud"] {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let is_ours = |one: &Value| *one == TOKEN || *one == ENDPOINT.issuer;
        assert!(!meant.is_empty() && meant.iter().all(is_ours), "{claims}");
        assert!(seconds("exp").is_some_and(|exp| exp > now - 300.0 && exp < now + 86_400.0), "{claims}");
        for start in ["iat", "nbf"] {
            assert!(seconds(start).is_none_or(|start| start < now + 300.0), "{claims}");
        }
    }
    if let Some(jkt) = proven {
        assert_eq!((&claims["htm"], &header["typ"]), (&json!("POST"), &json!("dpop+jwt")));
        assert!(same_url(claims["htu"].as_str().unwrap(), TOKEN), "{claims}");
        assert!(seconds("iat").is_some_and(|iat| (iat - now).abs() < 600.0), "{claims}");
        assert_eq!(Jwk::parse(&header["jwk"].to_string()).unwrap().thumbprint(), jkt);
    }
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
            judge(header, payload);
        }
        Attempt::Replaced { proof, members } => {
            let (mut header, mut claims) = world.parts[usize::from(proof)].clone();
            for (member, replacement) in members {
                let name = MEMBERS[usize::from(member) % MEMBERS.len()];
                let part = if ["alg", "typ"].contains(&name) { &mut header } else { &mut claims };
                let part = part.as_object_mut().unwrap();
                match replacement.value() {
                    Some(value) => part.insert(name.to_owned(), value),
                    None => part.remove(name),
                };
            }
            judge(&header.to_string(), &claims.to_string());
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
