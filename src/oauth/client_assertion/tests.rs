use super::*;
use crate::jose::SigningAlgorithm;
use crate::jose::signer::Signer;
use crate::oauth::paths;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const ENDPOINT: Endpoint<'static> = Endpoint {
    issuer: "https://id.example.com",
    path: paths::INTROSPECT,
};

fn claims() -> Value {
    json!({
        "iss": "client", "sub": "client", "aud": ENDPOINT.issuer,
        "jti": "1", "exp": NOW.as_seconds() + 60,
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut all = claims();
    all[member] = value;
    all
}

fn at(seconds: i64) -> Value {
    json!(NOW.as_seconds() + seconds)
}

fn judged(signer: &Signer, header: &Value, claims: &Value) -> Result<Use, Refused> {
    let keys = KeySet::parse(&json!({"keys": [signer.jwk()]}).to_string());
    let text = signer.sign(header, claims);
    let assertion = Assertion::parse(&text).ok_or(Refused::Form)?;
    assertion.judge(&"client".parse().unwrap(), &keys, &ENDPOINT, NOW)
}

#[test]
fn by_each_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let used = judged(&Signer::new(algorithm), &json!({}), &claims()).unwrap();
        assert_eq!(used.until, NOW.plus(2 * MARGIN));
    }
}

#[test]
fn what_an_assertion_must_say() {
    let signer = Signer::new(SigningAlgorithm::Es256);
    let url = |path: &str| format!("{}{path}", ENDPOINT.issuer);
    for (claims, expected) in [
        (with("aud", json!(url(paths::TOKEN))), None),
        (with("aud", json!(url(paths::INTROSPECT))), None),
        (
            with("aud", json!([ENDPOINT.issuer, url(paths::TOKEN)])),
            None,
        ),
        (
            with("aud", json!(url(paths::REVOKE))),
            Some(Refused::Audience),
        ),
        (
            with("aud", json!("http://evil.example")),
            Some(Refused::Audience),
        ),
        (with("aud", json!(url("/"))), Some(Refused::Audience)),
        (
            with("aud", json!(url(".evil.example"))),
            Some(Refused::Audience),
        ),
        (
            with("aud", json!([ENDPOINT.issuer, "https://other.example"])),
            Some(Refused::Audience),
        ),
        (with("aud", json!([])), Some(Refused::Audience)),
        (with("aud", Value::Null), Some(Refused::Form)),
        (with("iss", json!("other")), Some(Refused::Client)),
        (with("sub", json!("other")), Some(Refused::Client)),
        (with("exp", at(-60)), None),
        (with("exp", at(-61)), Some(Refused::Expiry)),
        (with("exp", at(3_660)), None),
        (with("exp", at(3_661)), Some(Refused::Expiry)),
        (with("exp", Value::Null), Some(Refused::Form)),
        (with("iat", at(60)), None),
        (with("iat", at(61)), Some(Refused::NotYet)),
        (with("iat", at(-86_400)), None),
        (with("nbf", at(60)), None),
        (with("nbf", at(61)), Some(Refused::NotYet)),
        (with("jti", json!("")), Some(Refused::Form)),
        (with("jti", Value::Null), Some(Refused::Form)),
    ] {
        assert_eq!(
            judged(&signer, &json!({}), &claims).err(),
            expected,
            "{claims}"
        );
    }
}

#[test]
fn other_jwts_of_the_client_are_no_assertions() {
    let signer = Signer::new(SigningAlgorithm::EdDsa);
    for (typ, good) in [
        (json!("JWT"), true),
        (json!("jwt"), true),
        (json!("client-authentication+jwt"), true),
        (Value::Null, true),
        (json!("dpop+jwt"), false),
        (json!("at+jwt"), false),
        (json!("oauth-authz-req+jwt"), false),
    ] {
        let judged = judged(&signer, &json!({"typ": typ}), &claims());
        assert_eq!(judged.is_ok(), good, "{typ}");
    }
}

#[test]
fn by_a_registered_key_only() {
    let (one, two) = (
        Signer::new(SigningAlgorithm::Es256),
        Signer::new(SigningAlgorithm::Es256),
    );
    let keys = KeySet::parse(&json!({"keys": [one.jwk()]}).to_string());
    // The key in the header is not looked at.
    let text = two.sign(&json!({"jwk": two.jwk()}), &claims());
    let assertion = Assertion::parse(&text).unwrap();
    let client = assertion.client().unwrap();
    for keys in [keys, KeySet::default()] {
        let judged = assertion.judge(&client, &keys, &ENDPOINT, NOW);
        assert_eq!(judged, Err(Refused::Signature));
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}") {
        if let Some(assertion) = Assertion::parse(&text) {
            let _ = assertion.client();
        }
    }

    #[test]
    fn an_assertion_is_remembered_as_long_as_it_is_accepted(end in -100i64..3_700, later in 0i64..4_000) {
        let signer = Signer::new(SigningAlgorithm::EdDsa);
        let keys = KeySet::parse(&json!({"keys": [signer.jwk()]}).to_string());
        let text = signer.sign(&json!({}), &with("exp", at(end)));
        let assertion = Assertion::parse(&text).unwrap();
        let client = assertion.client().unwrap();
        let then = Timestamp::from_seconds(NOW.as_seconds() + later);
        if let Ok(first) = assertion.judge(&client, &keys, &ENDPOINT, NOW) {
            prop_assert!(first.until <= NOW.plus(Duration::from_mins(62)));
            match assertion.judge(&client, &keys, &ENDPOINT, then) {
                Ok(again) => prop_assert!(again == first && first.until >= then),
                Err(_) => prop_assert!(first.until < then),
            }
        }
    }
}
