use super::*;
use crate::jose::SigningAlgorithm;
use crate::jose::signer::Signer;
use crate::seal::MasterKeys;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
const URL: &str = "https://id.example.com/oauth/token";

fn expected() -> Expected<'static> {
    Expected {
        method: "POST",
        url: URL,
        access_token: None,
        jkt: None,
        nonces: None,
        now: NOW,
    }
}

fn claims() -> Value {
    json!({"jti": "1", "htm": "POST", "htu": URL, "iat": NOW.as_seconds()})
}

fn made(signer: &Signer, claims: &Value) -> Proof {
    let header = json!({"typ": "dpop+jwt", "jwk": signer.jwk()});
    Proof::of(&signer.sign(&header, claims))
}

fn with(member: &str, value: Value) -> Value {
    let mut all = claims();
    all[member] = value;
    all
}

#[test]
fn a_proof_by_each_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        let signer = Signer::new(algorithm);
        let checked = check(&made(&signer, &claims()), &expected()).unwrap();
        assert_eq!(checked.jkt.len(), 43);
        assert_eq!(checked.until, NOW.plus(MARGIN));
    }
}

#[test]
fn what_a_proof_must_prove() {
    let signer = Signer::new(SigningAlgorithm::Es256);
    let at = |seconds: i64| json!(NOW.as_seconds() + seconds);
    for (claims, error) in [
        (with("htm", json!("GET")), Some(ProofError::Method)),
        (with("htm", json!("post")), Some(ProofError::Method)),
        (
            with("htu", json!("https://id.example.com/oauth/par")),
            Some(ProofError::Url),
        ),
        (
            with("htu", json!("https://evil.example/oauth/token")),
            Some(ProofError::Url),
        ),
        (with("htu", json!(format!("{URL}?a=b"))), None),
        (with("iat", at(-60)), None),
        (with("iat", at(60)), None),
        (with("iat", at(-61)), Some(ProofError::Time)),
        (with("iat", at(61)), Some(ProofError::Time)),
        (with("iat", json!("x")), Some(ProofError::Malformed)),
        (with("jti", json!("")), Some(ProofError::Malformed)),
        (with("jti", Value::Null), Some(ProofError::Malformed)),
        (with("nonce", json!("anything")), None),
        (with("ath", json!("anything")), None),
    ] {
        let checked = check(&made(&signer, &claims), &expected());
        assert_eq!(checked.err(), error, "{claims}");
    }
}

#[test]
fn the_header_of_a_proof() {
    let (signer, other) = (
        Signer::new(SigningAlgorithm::Es256),
        Signer::new(SigningAlgorithm::Es256),
    );
    for (header, error) in [
        (
            json!({"typ": "JWT", "jwk": signer.jwk()}),
            ProofError::Malformed,
        ),
        (json!({"jwk": signer.jwk()}), ProofError::Malformed),
        (json!({"typ": "dpop+jwt"}), ProofError::Malformed),
        (
            json!({"typ": "dpop+jwt", "jwk": other.jwk()}),
            ProofError::Signature,
        ),
    ] {
        let proof = Proof::of(&signer.sign(&header, &claims()));
        assert_eq!(check(&proof, &expected()), Err(error), "{header}");
    }
}

#[test]
fn with_an_access_token() {
    let signer = Signer::new(SigningAlgorithm::EdDsa);
    let jkt = check(&made(&signer, &claims()), &expected()).unwrap().jkt;
    let expected = Expected {
        access_token: Some("token"),
        jkt: Some(&jkt),
        ..expected()
    };
    let good = with("ath", json!(hash("token")));
    assert!(check(&made(&signer, &good), &expected).is_ok());
    for bad in [
        claims(),
        with("ath", json!(hash("other"))),
        with("ath", json!("token")),
    ] {
        assert_eq!(
            check(&made(&signer, &bad), &expected),
            Err(ProofError::AccessToken)
        );
    }
    let other = made(&Signer::new(SigningAlgorithm::EdDsa), &good);
    assert_eq!(check(&other, &expected), Err(ProofError::OtherKey));
    // RFC 9449, section 7.1.
    assert_eq!(
        hash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    );
}

#[test]
fn where_a_nonce_is_needed() {
    let signer = Signer::new(SigningAlgorithm::Es256);
    let nonces = Nonces::of(&MasterKeys::of_bytes(&[1]));
    let expected = Expected {
        nonces: Some(&nonces),
        ..expected()
    };
    let nonce = nonces.at(NOW);
    let good = with("nonce", json!(nonce.to_string()));
    assert!(check(&made(&signer, &good), &expected).is_ok());
    for bad in [claims(), with("nonce", json!("x"))] {
        let refused = check(&made(&signer, &bad), &expected);
        assert_eq!(refused, Err(ProofError::Nonce(nonce)));
    }
}

/// RFC 9449, section 4.1.
#[test]
fn the_example_of_the_rfc() {
    let proof = Proof::of(
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
    );
    let expected = Expected {
        url: "https://server.example.com/token",
        now: Timestamp::from_seconds(1_562_262_616),
        ..expected()
    };
    let checked = check(&proof, &expected).unwrap();
    assert_eq!(checked.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn what_is_used_once_is_the_key_and_the_id() {
    let (one, two) = (
        Signer::new(SigningAlgorithm::EdDsa),
        Signer::new(SigningAlgorithm::EdDsa),
    );
    let value =
        |signer: &Signer, claims: &Value| check(&made(signer, claims), &expected()).unwrap().value;
    let first = value(&one, &claims());
    let spelt = with("htu", json!("HTTPS://ID.example.com:443/oauth/%74oken?x"));
    assert_eq!(value(&one, &spelt), first);
    assert_eq!(
        value(&one, &with("iat", json!(NOW.as_seconds() + 1))),
        first
    );
    assert_ne!(value(&one, &with("jti", json!("2"))), first);
    assert_ne!(value(&two, &claims()), first);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}") {
        prop_assert!(check(&Proof::of(&text), &expected()).is_err());
    }

    /// Whenever a proof is accepted, it is used up at least as long.
    #[test]
    fn a_proof_is_remembered_as_long_as_it_is_accepted(made_at in -200i64..200, later in 0i64..400) {
        let signer = Signer::new(SigningAlgorithm::EdDsa);
        let proof = made(&signer, &with("iat", json!(NOW.as_seconds() + made_at)));
        let at = |seconds: i64| Expected { now: Timestamp::from_seconds(NOW.as_seconds() + seconds), ..expected() };
        if let Ok(first) = check(&proof, &at(0)) {
            let then = at(later);
            match check(&proof, &then) {
                Ok(again) => prop_assert!(again == first && first.until >= then.now),
                Err(why) => prop_assert!(why == ProofError::Time && first.until < then.now),
            }
        }
    }
}
