//! How verdicts change when the keys change.

use super::*;

#[test]
fn a_key_that_is_gone_verifies_nothing_not_even_what_it_did_before() {
    let validator = validator(Algorithm::Hs256);
    let text = sign(&validator, &operator_claims(60));
    assert!(validator.validate(&text, NOW).is_ok());
    validator.set_ring(Ring::new(vec![key("k2", Algorithm::Hs256)], Algorithm::Hs256).unwrap());
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
    validator.verified.keep(generation, name, claims);
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
    assert!(validator.verified.get(name).is_some());
}
