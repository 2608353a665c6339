//! A token that was signed here is valid, by this code and by an independent library.

mod feed;
mod forged;
mod keys;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::base::{KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use crate::signing_keys::{Life, RingKey};
use crate::token::{Algorithm, Issuers, PublicKey, SecretKey, TokenUse};

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
fn only_a_text_that_names_a_key_of_ours_to_come_may_be_of_another_node() {
    let validator = validator(Algorithm::EdDsa);
    let good = sign(&validator, &operator_claims(60));
    let (_, rest) = good.split_once('.').unwrap();
    let names = |header: &str| {
        let text = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
        validator.may_lack_key_of(&text)
    };
    assert!(!validator.may_lack_key_of(&good));
    assert!(names(r#"{"alg":"EdDSA","typ":"JWT","kid":"k20000000000"}"#));
    for header in [
        "",
        "{}",
        r#"{"kid":7}"#,
        r#"{"kid":"short"}"#,
        r#"{"alg":"EdDSA","kid":"k10000000000"}"#,
    ] {
        assert!(!names(header), "{header}");
    }
    assert!(!validator.may_lack_key_of("nonsense"));
}
