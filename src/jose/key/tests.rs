use super::*;
use crate::jose::signer::Signer;
use SigningAlgorithm::{Ed25519, EdDsa, Es256, Ps256};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn each_algorithm_verifies_by_its_own_kind_of_key_only() {
    let signers = SigningAlgorithm::ALL.map(Signer::new);
    for signer in &signers {
        let text = signer.sign_texts("{}", "{}");
        let (message, signature) = text.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        for other in &signers {
            let key = Jwk::parse(&other.jwk().to_string()).unwrap();
            for algorithm in SigningAlgorithm::ALL {
                let verified = key.verify(algorithm, message.as_bytes(), &signature);
                let same_key = other.jwk() == signer.jwk();
                let one = |algorithm| match algorithm {
                    SigningAlgorithm::Ed25519 => SigningAlgorithm::EdDsa,
                    other => other,
                };
                let expected = same_key && one(algorithm) == one(signer.algorithm);
                assert_eq!(verified, expected, "{} {algorithm}", signer.algorithm);
            }
            assert!(!key.verify(signer.algorithm, b"another message", &signature));
        }
    }
}

/// RFC 7638, section 3.1; RFC 8037, appendix A.3; RFC 9449, section 6.1.
#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let rsa = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let ed = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let ec = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    for (key, thumbprint) in [
        (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (ec, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
    ] {
        assert_eq!(Jwk::parse(key).unwrap().thumbprint(), thumbprint);
    }
}

#[test]
fn what_is_no_public_key_for_signatures() {
    let good = Signer::new(SigningAlgorithm::Es256).jwk();
    let with = |member: &str, value: Value| {
        let mut key = good.clone();
        key[member] = value;
        key.to_string()
    };
    assert!(Jwk::parse(&with("use", json!("sig"))).is_ok());
    assert!(Jwk::parse(&with("alg", json!("ES256"))).is_ok());
    let x = good["x"].as_str().unwrap();
    let mut bad = vec![
        with("kty", json!("oct")),
        with("crv", json!("P-384")),
        with("crv", json!("secp256k1")),
        with("x", json!(format!("{x}A"))),
        with("x", json!("")),
        with("y", Value::Null),
        with("use", json!("enc")),
        with("alg", json!("RS256")),
        with("alg", json!("HS256")),
        r#"{"kty":"oct","k":"AAAA"}"#.to_owned(),
        r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        with("x", json!(x)).replacen('{', r#"{"kty":"EC","#, 1),
    ];
    for secret in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        bad.push(with(secret, json!("AAAA")));
        bad.push(with(secret, Value::Null));
    }
    for key in bad {
        assert_eq!(Jwk::parse(&key), Err(Unacceptable), "{key}");
    }
}

#[test]
fn leading_zeros_make_no_second_form_of_an_rsa_key() {
    let key = Signer::new(SigningAlgorithm::Rs256).jwk();
    let bytes = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    let mut other = key.clone();
    other["n"] = json!(URL_SAFE_NO_PAD.encode([&[0], &*bytes].concat()));
    assert!(Jwk::parse(&key.to_string()).is_ok());
    assert_eq!(Jwk::parse(&other.to_string()), Err(Unacceptable));
}

#[test]
fn a_point_that_is_not_on_the_curve_verifies_nothing() {
    let signer = Signer::new(SigningAlgorithm::Es256);
    let text = signer.sign_texts("{}", "{}");
    let (message, signature) = text.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut key = signer.jwk();
    key["y"] = key["x"].clone();
    let key = Jwk::parse(&key.to_string()).unwrap();
    assert!(!key.verify(SigningAlgorithm::Es256, message.as_bytes(), &signature));
}

#[test]
fn a_header_means_the_keys_of_its_name_and_algorithm() {
    let named = |algorithm, kid: Option<&str>| {
        let mut key = Signer::new(algorithm).jwk();
        if let Some(kid) = kid {
            key["kid"] = json!(kid);
        }
        key
    };
    let keys = [
        named(Es256, Some("a")),
        named(Es256, None),
        named(EdDsa, Some("b")),
    ];
    let keys = KeySet::parse(&json!({"keys": keys}).to_string());
    for (kid, algorithm, found) in [
        (None, Es256, 2),
        (Some("a"), Es256, 1),
        (Some("b"), Es256, 0),
        (Some("b"), Ed25519, 1),
        (Some("c"), Es256, 0),
        (None, Ps256, 0),
    ] {
        assert_eq!(
            keys.candidates(kid, algorithm).count(),
            found,
            "{kid:?} {algorithm}"
        );
    }
    assert_eq!(KeySet::parse("nonsense"), KeySet::default());
}

#[test]
fn there_is_a_stand_in_for_each_algorithm() {
    for algorithm in SigningAlgorithm::ALL {
        assert!(Jwk::stand_in(algorithm).fits(algorithm), "{algorithm}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = Jwk::parse(&text);
        let _ = KeySet::parse(&text);
    }
}
