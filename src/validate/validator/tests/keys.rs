//! How verdicts change when the keys change.

use super::*;
use crate::token::Lineage;
use crate::token::{Purpose, Typ};

#[test]
fn a_key_that_is_gone_verifies_nothing_not_even_what_it_did_before() {
    let validator = validator(Algorithm::Hs256);
    let text = sign(&validator, &operator_claims(60));
    assert!(validator.validate(&text, NOW).is_ok());
    validator.set_ring(Ring::new(vec![key("k2", Algorithm::Hs256)], Algorithm::Hs256).unwrap());
    assert_eq!(validator.validate(&text, NOW), Err(Refusal::Invalid));
}

/// A token in constant use is found by its text. That makes no difference to anything else.
#[test]
fn a_token_in_constant_use_is_judged_like_any_other() {
    let validator = validator(Algorithm::Hs256);
    let claims = operator_claims(60);
    let text = sign(&validator, &claims);
    for _ in 0..100 {
        assert_eq!(validator.validate(&text, NOW), Ok(claims));
    }
    assert!(validator.verified.in_constant_use(&text).is_some());
    for at in 0..text.len() {
        let mut altered = text.clone().into_bytes();
        altered[at] ^= 1;
        let altered = String::from_utf8(altered).unwrap();
        assert!(validator.verified.in_constant_use(&altered).is_none());
        // The last bits of base64 may be free: a decoder that ignores them would accept the text.
        assert_eq!(
            validator.validate(&altered, NOW),
            Err(Refusal::Invalid),
            "{at}"
        );
    }
    for part in [&text[1..], &text[..text.len() - 1], ""] {
        assert!(validator.verified.in_constant_use(part).is_none());
    }
    let end = Timestamp::from_seconds(NOW.as_seconds() + 60);
    assert_eq!(
        validator.validate(&text, end),
        Err(Refusal::Expired(claims))
    );
    validator.set_ring(Ring::new(vec![key("k2", Algorithm::Hs256)], Algorithm::Hs256).unwrap());
    assert!(validator.verified.in_constant_use(&text).is_none());
    assert_eq!(validator.validate(&text, NOW), Err(Refusal::Invalid));
}

#[test]
fn what_a_revoked_key_signed_is_revoked() {
    let validator = validator(Algorithm::Hs256);
    let claims = operator_claims(60);
    let text = sign(&validator, &claims);
    assert!(validator.validate(&text, NOW).is_ok());
    let old = validator.ring().active().clone();
    let revoked = old.with(old.life.revoke(NOW).unwrap());
    let keys = vec![revoked, key("k2", Algorithm::Hs256)];
    validator.set_ring(Ring::new(keys, Algorithm::Hs256).unwrap());
    for _ in 0..2 {
        assert_eq!(
            validator.validate(&text, NOW),
            Err(Refusal::Revoked(claims))
        );
    }
    let (head, last) = text.split_at(text.len() - 1);
    let altered = format!("{head}{}", if last == "A" { "E" } else { "A" });
    assert_eq!(validator.validate(&altered, NOW), Err(Refusal::Invalid));
}

#[test]
fn who_began_to_verify_with_a_key_that_is_gone_leaves_no_memory_of_it() {
    let validator = validator(Algorithm::Hs256);
    let text = sign(&validator, &operator_claims(60));
    let name = validator.verified.name(&text);
    let generation = validator.verified.generation();
    let claims = validator.verify(&text).unwrap().claims;
    validator.set_ring(Ring::new(vec![key("k2", Algorithm::Hs256)], Algorithm::Hs256).unwrap());
    validator
        .verified
        .keep(generation, name, (claims, Lineage::NONE));
    assert_eq!(validator.validate(&text, NOW), Err(Refusal::Invalid));
}

#[test]
fn a_key_more_costs_nobody_what_is_remembered() {
    let validator = validator(Algorithm::Hs256);
    let text = sign(&validator, &operator_claims(60));
    assert!(validator.validate(&text, NOW).is_ok());
    let keys = vec![
        validator.ring().active().clone(),
        key("k2", Algorithm::Hs256),
    ];
    validator.set_ring(Ring::new(keys, Algorithm::Hs256).unwrap());
    let name = validator.verified.name(&text);
    assert!(validator.verified.get(name, &text).is_some());
}

/// The law: tokens of three algorithms are valid at the same time. A type in the header, or a key
/// for another purpose, never makes a token one of another kind.
#[test]
fn a_token_is_valid_under_the_header_of_its_kind_and_a_key_of_its_purpose_alone() {
    let tokens = [Algorithm::Hs256, Algorithm::Es256, Algorithm::Rs256];
    let mut keys: Vec<_> = tokens
        .into_iter()
        .zip(["k1", "k2", "k3"])
        .map(|(algorithm, kid)| key(kid, algorithm))
        .collect();
    let secret = SecretKey::generate(Algorithm::Rs256).unwrap();
    let secret = SecretKey::parse(Algorithm::Rs256, &secret).unwrap();
    let active = Life::begin(NOW).activate(NOW).unwrap();
    keys.push(RingKey::of(named("k4"), Purpose::IdTokens, active, secret).unwrap());
    let validator = validator(Algorithm::Hs256);
    validator.set_ring(Ring::new(keys.clone(), Algorithm::Hs256).unwrap());
    let operator = operator_claims(60);
    let company = Claims {
        token_use: TokenUse::Company { expires_at: None },
        ..operator
    };
    for claims in [operator, company] {
        for key in &keys {
            let header = |typ| key.header(typ);
            for typ in [Typ::Jwt, Typ::AccessToken] {
                let Some(header) = header(typ) else {
                    assert_eq!((key.purpose, typ), (Purpose::IdTokens, Typ::AccessToken));
                    continue;
                };
                let text = crate::token::sign(header, &claims, "lanyard", &key.secret).unwrap();
                let its_own = typ == Typ::Jwt && key.purpose == Purpose::Tokens;
                let expected = if its_own {
                    Ok(claims)
                } else {
                    Err(Refusal::Invalid)
                };
                assert_eq!(validator.validate(&text, NOW), expected, "{header}");
            }
            let signs = key.sign(&claims, "lanyard").is_ok();
            assert_eq!(signs, key.purpose == Purpose::Tokens);
        }
    }
}
