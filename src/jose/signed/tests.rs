use super::*;
use crate::jose::signer::Signer;
use proptest::prelude::*;
use serde_json::{Value, json};

fn key(signer: &Signer) -> Jwk {
    Jwk::parse(&signer.jwk().to_string()).unwrap()
}

#[test]
fn every_algorithm_is_read_and_verified() {
    for algorithm in SigningAlgorithm::ALL {
        let signer = Signer::new(algorithm);
        let text = signer.sign(
            &json!({"jwk": signer.jwk(), "typ": "JWT"}),
            &json!({"a": 1}),
        );
        let jwt = SignedJwt::parse(&text).unwrap();
        assert_eq!(jwt.algorithm(), algorithm);
        assert!(jwt.is_signed_by(jwt.jwk().unwrap()));
        assert_eq!(jwt.claims::<Value>().unwrap(), json!({"a": 1}));
    }
}

#[test]
fn what_is_refused_before_any_signature() {
    let signer = Signer::new(SigningAlgorithm::Es256);
    let jwk = signer.jwk();
    let mut secret = jwk.clone();
    secret["d"] = json!("AAAA");
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS512"}),
        json!({"alg": "es256"}),
        json!({"alg": null}),
        json!({}),
        json!({"alg": "ES256", "crit": ["exp"]}),
        json!({"alg": "ES256", "crit": []}),
        json!({"alg": "ES256", "crit": null}),
        json!({"alg": "ES256", "jwk": secret}),
        json!({"alg": "ES256", "jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"alg": "ES256", "jwk": "x"}),
        json!({"alg": "ES256", "typ": 1}),
    ] {
        let text = signer.sign_texts(&header.to_string(), "{}");
        assert!(SignedJwt::parse(&text).is_err(), "{header}");
    }
    for header in [
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256"} {}"#,
        r#"["ES256"]"#,
    ] {
        assert!(
            SignedJwt::parse(&signer.sign_texts(header, "{}")).is_err(),
            "{header}"
        );
    }
    let good = signer.sign(&json!({}), &json!({}));
    let long = signer.sign(&json!({}), &json!({"a": "a".repeat(LONGEST)}));
    for text in [
        "",
        ".",
        "..",
        "a.b",
        &format!("{good}."),
        &format!("{good}="),
        &long,
    ] {
        let jwt = SignedJwt::parse(text);
        assert!(
            jwt.is_err() || !jwt.unwrap().is_signed_by(&key(&signer)),
            "{text}"
        );
    }
}

#[test]
fn types_are_media_types() {
    let signer = Signer::new(SigningAlgorithm::EdDsa);
    let is = |typ: Value, asked: &str| {
        let text = signer.sign(&json!({"typ": typ}), &json!({}));
        SignedJwt::parse(&text).unwrap().is_of_type(asked)
    };
    for same in [
        "dpop+jwt",
        "DPoP+JWT",
        "application/dpop+jwt",
        "Application/dpop+jwt",
    ] {
        assert!(is(json!(same), "dpop+jwt"), "{same}");
    }
    for other in [
        "",
        "JWT",
        "dpop",
        "application/",
        "x-application/dpop+jwt",
        "ápplication/dpop+jwt",
    ] {
        assert!(!is(json!(other), "dpop+jwt"), "{other}");
    }
    assert!(!is(Value::Null, "dpop+jwt"));
}

#[test]
fn a_header_that_names_no_key_may_mean_two() {
    let signers = [0; 3].map(|_| Signer::new(SigningAlgorithm::Es256));
    let keys: Vec<_> = signers.iter().map(Signer::jwk).collect();
    let keys = KeySet::parse(&json!({ "keys": keys }).to_string());
    let accepted = signers.map(|signer| {
        let text = signer.sign(&json!({}), &json!({}));
        SignedJwt::parse(&text).unwrap().is_signed_by_one_of(&keys)
    });
    assert_eq!(accepted, [true, true, false]);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}|[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}") {
        if let Ok(jwt) = SignedJwt::parse(&text) {
            let _ = jwt.claims::<Value>();
            prop_assert!(!jwt.is_signed_by_one_of(&KeySet::default()));
        }
    }

    #[test]
    fn one_changed_character_breaks_the_signature(place in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
        let signer = Signer::new(SigningAlgorithm::EdDsa);
        let text = signer.sign(&json!({"typ": "JWT"}), &json!({"jti": "1"}));
        let place = place.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(place..=place, &to);
        let holds = SignedJwt::parse(&changed).is_ok_and(|jwt| jwt.is_signed_by(&key(&signer)));
        prop_assert_eq!(holds, changed == text);
    }
}
