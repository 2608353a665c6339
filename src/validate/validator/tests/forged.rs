//! Texts that nobody signed here are no tokens, and neither are texts whose members do not fit.

use proptest::prelude::*;

use super::*;
use crate::token::Typ;

/// Signs any header and payload with the ring's own key, which no attacker could do.
fn forge(validator: &Validator, header: Option<&str>, payload: &str) -> String {
    let ring = validator.ring();
    let header = header.map_or_else(
        || ring.active().header(Typ::Jwt).unwrap().to_owned(),
        |text| URL_SAFE_NO_PAD.encode(text),
    );
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let signature = ring.active().secret.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn only_the_exact_header_of_a_key_is_taken() {
    let validator = validator(Algorithm::EdDsa);
    let good = sign(&validator, &operator_claims(60));
    let payload = String::from_utf8(
        URL_SAFE_NO_PAD
            .decode(good.split('.').nth(1).unwrap())
            .unwrap(),
    )
    .unwrap();
    for header in [
        r#"{"alg":"none","typ":"JWT","kid":"k10000000000"}"#,
        r#"{"alg":"None","typ":"JWT","kid":"k10000000000"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"k10000000000"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","kid":"k20000000000"}"#,
        r#"{"alg":"EdDSA","typ":"JWT","kid":"k10000000000","jwk":{}}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt","kid":"k10000000000"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"}"#,
        "",
    ] {
        assert_eq!(
            validator.validate(&forge(&validator, Some(header), &payload), NOW),
            Err(Refusal::Invalid),
            "{header}"
        );
    }
    let unsigned = good.rsplit_once('.').unwrap().0;
    for text in [
        unsigned.to_owned(),
        format!("{unsigned}."),
        format!("{good}."),
        format!(" {good}"),
        format!("{good}="),
    ] {
        assert_eq!(
            validator.validate(&text, NOW),
            Err(Refusal::Invalid),
            "{text}"
        );
    }
}

#[test]
fn hs256_made_with_a_public_key_is_no_signature() {
    let validator = validator(Algorithm::Es256);
    let good = sign(&validator, &operator_claims(60));
    let ring = validator.ring();
    let Some(PublicKey::P256 { x, y }) = ring.active().secret.public() else {
        panic!("no public half")
    };
    let message = good.rsplit_once('.').unwrap().0;
    for secret in [[vec![4], x.clone(), y.clone()].concat(), x, y] {
        let mac = SecretKey::parse(Algorithm::Hs256, &secret)
            .unwrap()
            .sign(message.as_bytes())
            .unwrap();
        let text = format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac));
        assert_eq!(validator.validate(&text, NOW), Err(Refusal::Invalid));
    }
}

#[test]
fn members_that_do_not_fit_make_no_token_even_under_our_own_signature() {
    let validator = validator(Algorithm::Hs256);
    let good = r#"{"iss":"lanyard","sub":"5","organization_id":1,"operator_id":5,"jti":"01a200a3-06c1-7271-b50f-b64834784ae6","parent":"01a200a3-0388-734c-8d10-035538fb9d4a","rev":0,"iat":1800000000,"exp":1800000060,"token_use":"operator"}"#;
    assert!(
        validator
            .validate(&forge(&validator, None, good), NOW)
            .is_ok(),
        "the table starts from a good token"
    );
    for (from, to) in [
        (r#""exp":1800000060"#, r#""exp":"1800000060""#),
        (r#""exp":1800000060"#, r#""exp":null"#),
        (r#""exp":1800000060"#, r#""exp":-1"#),
        (r#""exp":1800000060"#, r#""exp":1800000060.5"#),
        (r#""exp":1800000060"#, r#""exp":9223372036854775807"#),
        (r#""exp":1800000060"#, r#""exp":1e300"#),
        (
            r#""exp":1800000060"#,
            r#""exp":1800000060,"exp":1800000060"#,
        ),
        (r#","exp":1800000060"#, ""),
        (r#""iat":1800000000"#, r#""iat":"1800000000""#),
        (r#""iat":1800000000"#, r#""iat":null"#),
        (r#""iat":1800000000"#, r#""iat":-5"#),
        (r#""iat":1800000000"#, r#""iat":253402300800"#),
        (r#""iat":1800000000"#, r#""iat":1800000060"#),
        (r#""iss":"lanyard""#, r#""iss":"other""#),
        (r#""token_use":"operator""#, r#""token_use":"company""#),
        (
            r#","token_use":"operator""#,
            r#","token_use":"company","token_use":"operator""#,
        ),
        (
            r#","token_use":"operator""#,
            r#","x\"token_use":"operator""#,
        ),
        (
            r#","token_use":"operator""#,
            r#","aud":"x","token_use":"operator""#,
        ),
        (r#""token_use":"operator""#, r#""token_use":"admin""#),
        (r#""operator_id":5,"#, ""),
        (r#""operator_id":5"#, r#""operator_id":"5""#),
        (
            r#""jti":"01a200a3-06c1-7271-b50f-b64834784ae6""#,
            r#""jti":"x""#,
        ),
        (r#""sub":"5""#, r#""sub":"6""#),
        (
            r#""iat":1800000000"#,
            r#""iat":1800000000,"nbf":1800000030"#,
        ),
        (r#""iat":1800000000"#, r#""iat":1800000000,"nbf":"0""#),
        (r#""iat":1800000000"#, r#""iat":1800000000,"nbf":null"#),
    ] {
        let payload = good.replace(from, to);
        assert_ne!(payload, good);
        assert_eq!(
            validator.validate(&forge(&validator, None, &payload), NOW),
            Err(Refusal::Invalid),
            "{to}"
        );
    }
    assert_eq!(
        validator.validate(&forge(&validator, None, &"[".repeat(3_000)), NOW),
        Err(Refusal::Invalid)
    );
    assert_eq!(
        validator.validate(&".".repeat(100_000), NOW),
        Err(Refusal::Invalid)
    );
}

proptest! {
    #[test]
    fn one_changed_character_makes_it_invalid(place in any::<prop::sample::Index>(), by in 1u8..64) {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let validator = validator(Algorithm::Hs256);
        let mut text = sign(&validator, &operator_claims(60)).into_bytes();
        let place = place.index(text.len());
        text[place] = match ALPHABET.iter().position(|c| *c == text[place]) {
            Some(digit) => ALPHABET[(digit + usize::from(by)) % 64],
            None => b'A',
        };
        prop_assert_eq!(validator.validate(&String::from_utf8(text).unwrap(), NOW), Err(Refusal::Invalid));
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in "[ -~]{0,300}|([A-Za-z0-9_-]{0,40}\\.){0,4}") {
        let validator = validator(Algorithm::Hs256);
        prop_assert_eq!(validator.validate(&text, NOW), Err(Refusal::Invalid));
    }
}
