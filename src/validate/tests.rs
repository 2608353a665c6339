mod keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

use super::*;
use crate::base::{EntryTag, KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use crate::feed::{Entry, Fact, Target};
use crate::signing_keys::{Life, RingKey};
use crate::token::{
    Algorithm, Issuers, Life as TokenLife, PublicKey, Purpose, SecretKey, TokenUse, Typ,
};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Returns a key's id from a text of twelve characters.
fn named(kid: &str) -> KeyId {
    format!("{kid:0<12}").parse().unwrap()
}

fn key(kid: &str, algorithm: Algorithm) -> RingKey {
    let bytes = SecretKey::generate(algorithm).unwrap();
    RingKey::new(
        named(kid),
        Life::begin(NOW).activate(NOW).unwrap(),
        SecretKey::parse(algorithm, &bytes).unwrap(),
    )
    .unwrap()
}

fn leased() -> Arc<Lease> {
    let lease = Lease::default();
    lease.grant(clock::boot_time(), std::time::Duration::from_hours(1));
    Arc::new(lease)
}

/// Returns an index that contains the organization and has applied every sequence that its tokens
/// name.
fn index() -> Arc<Index> {
    let index = Index::default();
    index.admit(&[(OrganizationId(1), Sequence(0))]);
    index.has_reached(Sequence(3));
    Arc::new(index)
}

fn validator(algorithm: Algorithm) -> Validator {
    let ring = Ring::new(vec![key("k1", algorithm)], algorithm).unwrap();
    Validator::new(ring, index(), leased(), Issuers::new("lanyard"), 1 << 20)
}

fn operator_claims(life: i64) -> Claims {
    Claims {
        jti: TokenId([7; 16]),
        organization: OrganizationId(1),
        rev: Sequence(3),
        issued_at: NOW,
        token_use: TokenUse::Operator {
            operator: OperatorId(5),
            parent: TokenId([8; 16]),
            expires_at: Timestamp::from_seconds(NOW.as_seconds() + life),
        },
    }
}

fn sign(validator: &Validator, claims: &Claims) -> String {
    let ring = validator.ring();
    ring.active().sign(claims, validator.issuer()).unwrap()
}

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
fn what_is_signed_is_valid_with_every_algorithm_the_first_time_and_again() {
    for algorithm in Algorithm::ALL {
        let validator = validator(algorithm);
        let claims = operator_claims(60);
        let text = sign(&validator, &claims);
        for _ in 0..2 {
            assert_eq!(validator.validate(&text, NOW), Ok(claims), "{algorithm}");
        }
        let end = Timestamp::from_seconds(NOW.as_seconds() + 60);
        assert_eq!(
            validator.validate(&text, end),
            Err(Refusal::Expired(claims)),
            "{algorithm}: exp is exclusive"
        );
        assert_eq!(
            validator.validate_kind(&text, Kind::Company, NOW),
            Err(Refusal::Invalid)
        );
    }
}

#[test]
fn an_independent_library_agrees_on_every_algorithm() {
    use jsonwebtoken::{DecodingKey, Validation};
    for algorithm in Algorithm::ALL {
        let validator = validator(algorithm);
        let text = sign(&validator, &operator_claims(4_000_000_000));
        let ring = validator.ring();
        let name: jsonwebtoken::Algorithm = algorithm.as_str().parse().unwrap();
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = match ring.active().secret.public() {
            Some(PublicKey::Ed25519(x)) => DecodingKey::from_ed_components(&b64(&x)).unwrap(),
            Some(PublicKey::P256 { x, y }) => {
                DecodingKey::from_ec_components(&b64(&x), &b64(&y)).unwrap()
            }
            Some(PublicKey::Rsa { n, e }) => DecodingKey::from_rsa_raw_components(&n, &e),
            None => continue,
        };
        let mut rules = Validation::new(name);
        rules.set_issuer(&["lanyard"]);
        let read = jsonwebtoken::decode::<serde_json::Value>(&text, &key, &rules).unwrap();
        assert_eq!(read.header.kid.as_deref(), Some(named("k1").as_str()));
        assert_eq!(read.claims["operator_id"], 5);
    }
}

#[test]
fn hs256_is_the_same_as_jsonwebtokens() {
    let bytes = SecretKey::generate(Algorithm::Hs256).unwrap();
    let secret = SecretKey::parse(Algorithm::Hs256, &bytes).unwrap();
    let theirs = jsonwebtoken::crypto::sign(
        b"message",
        &jsonwebtoken::EncodingKey::from_secret(&bytes),
        jsonwebtoken::Algorithm::HS256,
    )
    .unwrap();
    assert_eq!(
        URL_SAFE_NO_PAD.encode(secret.sign(b"message").unwrap()),
        theirs
    );
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

#[test]
fn a_remembered_token_is_still_asked_of_the_feed_and_the_clock() {
    let index = index();
    let ring = Ring::new(vec![key("k1", Algorithm::Hs256)], Algorithm::Hs256).unwrap();
    let validator = Validator::new(
        ring,
        Arc::clone(&index),
        leased(),
        Issuers::new("lanyard"),
        1 << 20,
    );
    let claims = operator_claims(60);
    let text = sign(&validator, &claims);
    assert!(validator.validate(&text, NOW).is_ok());
    let entry = |seq, fact| Entry {
        seq: Sequence(seq),
        mark: EntryTag(0),
        organization: OrganizationId(1),
        fact,
        at: NOW,
        life: TokenLife::Days(1),
        until: None,
    };
    index.apply(&entry(3, Fact::Revoked(Target::Operator(OperatorId(5)))));
    assert!(
        validator.validate(&text, NOW).is_ok(),
        "it was issued by a node that knew of entry 3"
    );
    index.apply(&entry(4, Fact::Revoked(Target::Operator(OperatorId(5)))));
    assert_eq!(
        validator.validate(&text, NOW),
        Err(Refusal::Revoked(claims))
    );
    let later = Timestamp::from_seconds(NOW.as_seconds() + 100);
    assert_eq!(
        validator.validate(&text, later),
        Err(Refusal::Revoked(claims)),
        "revoked and expired is revoked"
    );
}

#[test]
fn a_company_token_that_was_told_an_end_counts_until_then_and_what_derives_from_it_beyond() {
    let index = index();
    let ring = Ring::new(vec![key("k1", Algorithm::Hs256)], Algorithm::Hs256).unwrap();
    let issuer = Issuers::new("lanyard");
    let validator = Validator::new(ring, Arc::clone(&index), leased(), issuer, 1 << 20);
    let derived = operator_claims(1_000);
    let company = Claims {
        jti: TokenId([8; 16]),
        token_use: TokenUse::Company { expires_at: None },
        ..derived
    };
    let (text, child) = (sign(&validator, &company), sign(&validator, &derived));
    let at = |seconds: i64| Timestamp::from_seconds(NOW.as_seconds() + seconds);
    for (seq, end) in [(4, 60), (5, 90)] {
        index.apply(&Entry {
            seq: Sequence(seq),
            mark: EntryTag(0),
            organization: OrganizationId(1),
            fact: Fact::CompanyTokenEnds(company.jti, at(end)),
            at: NOW,
            life: TokenLife::Endless,
            until: None,
        });
    }
    assert_eq!(validator.validate(&text, at(59)), Ok(company));
    let over = Err(Refusal::Expired(company));
    assert_eq!(validator.validate(&text, at(60)), over);
    assert_eq!(validator.validate(&child, at(60)), Ok(derived));
    index.apply(&Entry {
        seq: Sequence(6),
        mark: EntryTag(0),
        organization: OrganizationId(1),
        fact: Fact::Revoked(Target::CompanyToken(company.jti)),
        at: NOW,
        life: TokenLife::Endless,
        until: None,
    });
    assert_eq!(
        validator.validate(&text, at(60)),
        Err(Refusal::Revoked(company)),
        "revoked and over is revoked"
    );
    assert_eq!(
        validator.validate(&child, at(60)),
        Err(Refusal::Revoked(derived))
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
