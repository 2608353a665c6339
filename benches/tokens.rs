//! The cost of each operation on a token: signing, verifying a signature, validating with and
//! without the cache, looking it up in the feed's index, recording that it was used, checking a DPoP
//! proof.
//!
//! `cargo bench --bench tokens`

// A bench may panic in cases that cannot happen, and criterion's macros generate items without
// documentation.
#![allow(missing_docs, clippy::unwrap_used, clippy::cast_sign_loss)]

use std::hint::black_box;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use lanyard::authn::dpop::{self, Expected, Proof};
use lanyard::base::clock;
use lanyard::base::{EntryTag, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use lanyard::feed::{Entry, Fact, Index, Lease, Target};
use lanyard::jose::{Jwk, SigningAlgorithm};
use lanyard::ledger::Uses;
use lanyard::signing_keys::{Life, Ring, RingKey};
use lanyard::token::{
    self, Algorithm, Claims, Issuers, PublicKey, SecretKey, TokenUse, decode_claims, parts,
};
use lanyard::usage::{Count, Usage};
use lanyard::validate::Validator;

const ISSUER: &str = "lanyard";
const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);
const TOMORROW: Timestamp = Timestamp::from_seconds(1_767_312_000);

/// The default of the service.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Far more tokens than the smallest cache holds, so that none is found there when they are used in
/// turn.
const MANY: u64 = 4096;

/// The number of revocations in the index of a busy service.
const REVOKED: u64 = 100_000;

fn ring_key(algorithm: Algorithm) -> RingKey {
    let bytes = SecretKey::generate(algorithm).unwrap();
    let secret = SecretKey::parse(algorithm, &bytes).unwrap();
    let life = Life::begin(NOW).activate(NOW).unwrap();
    RingKey::new("0190a0b0c0d0".parse().unwrap(), life, secret).unwrap()
}

fn token_id(number: u64) -> TokenId {
    // The ids are spread like random ones; the index uses their last bytes without hashing them.
    let tail = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut id = [0x42; 16];
    id[8..].copy_from_slice(&tail);
    TokenId(id)
}

fn claims(number: u64) -> Claims {
    Claims {
        jti: token_id(number),
        organization: OrganizationId(7),
        rev: Sequence(1),
        issued_at: NOW,
        token_use: TokenUse::Operator {
            operator: OperatorId(123),
            parent: token_id(u64::MAX),
            expires_at: TOMORROW,
        },
    }
}

fn text(key: &RingKey, number: u64) -> String {
    key.sign(&claims(number), ISSUER).unwrap()
}

fn validator(key: RingKey, cache_bytes: u64) -> Validator {
    let algorithm = key.secret.algorithm();
    let ring = Ring::new(vec![key], algorithm).unwrap();
    Validator::new(
        ring,
        Arc::new(index()),
        leased(),
        Issuers::new(ISSUER),
        cache_bytes,
    )
}

/// Returns an index that contains the organization, and whose position is beyond every `rev` of the
/// tokens.
fn index() -> Index {
    let index = Index::default();
    index.admit(&[(OrganizationId(7), Sequence(0))]);
    index.has_reached(Sequence(i64::MAX));
    index
}

/// Returns a lease that lasts longer than the bench.
fn leased() -> Arc<Lease> {
    let lease = Lease::default();
    lease.grant(clock::boot_time(), std::time::Duration::from_hours(24));
    Arc::new(lease)
}

fn signing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign");
    for algorithm in Algorithm::ALL {
        let key = ring_key(algorithm);
        group.bench_function(BenchmarkId::from_parameter(algorithm), |bencher| {
            bencher.iter(|| text(&key, black_box(1)));
        });
    }
}

fn verifying(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify");
    for algorithm in Algorithm::ALL {
        let key = ring_key(algorithm);
        let text = text(&key, 1);
        group.bench_function(BenchmarkId::from_parameter(algorithm), |bencher| {
            bencher.iter(|| {
                let parts = parts(black_box(&text)).unwrap();
                let signature = parts.signature_bytes().unwrap();
                assert!(key.verifying.verify(parts.message.as_bytes(), &signature));
                decode_claims(parts.payload, &Issuers::new(ISSUER)).unwrap()
            });
        });
    }
}

fn validating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("validate");
    let key = ring_key(Algorithm::Hs256);
    let token = text(&key, 1);
    let known = validator(key, CACHE_BYTES);
    group.bench_function("hit", |bencher| {
        bencher.iter(|| known.validate(black_box(&token), NOW).unwrap());
    });
    for algorithm in Algorithm::ALL {
        let key = ring_key(algorithm);
        let tokens: Vec<String> = (0..MANY).map(|number| text(&key, number)).collect();
        let forgetful = validator(key, 0);
        let mut next = tokens.iter().cycle();
        group.bench_function(BenchmarkId::new("miss", algorithm), |bencher| {
            bencher.iter_batched(
                || next.next().unwrap(),
                |token| forgetful.validate(token, NOW).unwrap(),
                BatchSize::SmallInput,
            );
        });
    }
}

fn asking_the_feed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("feed");
    for revoked in [0, REVOKED] {
        let index = index();
        for number in 0..revoked {
            index.apply(&Entry {
                seq: Sequence(number.cast_signed() + 2),
                mark: EntryTag::default(),
                organization: OrganizationId(7),
                fact: Fact::Revoked(Target::Token(token_id(number))),
                at: NOW,
                life: token::Life::Days(1),
                until: Some(TOMORROW),
            });
        }
        let good = claims(u64::MAX / 2);
        group.bench_function(
            BenchmarkId::new("live token, revocations", revoked),
            |bencher| {
                bencher.iter(|| assert!(!index.revokes(black_box(&good))));
            },
        );
    }
}

fn noting_a_use(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("last use");
    let uses = Uses::new(true);
    // One microsecond per request.
    let mut now = NOW.as_micros();
    let mut next = || {
        now += 1;
        Timestamp::from_micros(now)
    };
    let one = claims(1);
    group.bench_function("the same token", |bencher| {
        bencher.iter(|| uses.note(black_box(&one), next()));
    });
    let many: Vec<_> = (0..10_000).map(claims).collect();
    let mut tokens = many.iter().cycle();
    group.bench_function("10,000 tokens in turn", |bencher| {
        bencher.iter(|| uses.note(black_box(tokens.next().unwrap()), next()));
    });
}

/// What each validation adds to the numbers of the organization that sent it.
fn counting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("usage");
    let usage = Usage::default();
    group.bench_function("the same organization", |bencher| {
        bencher.iter(|| usage.note(black_box(OrganizationId(7)), Count::Valid));
    });
    let mut organizations = (1..=1_000).map(OrganizationId).cycle();
    group.bench_function("1,000 organizations in turn", |bencher| {
        bencher.iter(|| usage.note(black_box(organizations.next().unwrap()), Count::Valid));
    });
}

/// A DPoP proof that is checked, beside the check of its signature alone: the first may take 10 µs more.
fn checking_a_proof(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dpop");
    let bytes = SecretKey::generate(Algorithm::Es256).unwrap();
    let secret = SecretKey::parse(Algorithm::Es256, &bytes).unwrap();
    let Some(PublicKey::P256 { x, y }) = secret.public() else {
        unreachable!("the key is on P-256");
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (x, y) = (encode(&x), encode(&y));
    let jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    let url = "https://id.example.com/oauth/token";
    let header = format!(r#"{{"alg":"ES256","typ":"dpop+jwt","jwk":{jwk}}}"#);
    let jti = "3f1c7c1e-7d3b-4e55-9a3e-52c8fd4b6a11";
    let claims = format!(
        r#"{{"jti":"{jti}","htm":"POST","htu":"{url}","iat":{}}}"#,
        NOW.as_seconds()
    );
    let message = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let signature = secret.sign(message.as_bytes()).unwrap();
    let proof = Proof::of(&format!("{message}.{}", encode(&signature)));
    let expected = Expected {
        method: "POST",
        url,
        access_token: None,
        jkt: None,
        nonces: None,
        now: NOW,
    };
    let key = Jwk::parse(&jwk).unwrap();
    group.bench_function("the signature of a proof", |bencher| {
        bencher.iter(|| {
            let verified = key.verify(
                SigningAlgorithm::Es256,
                black_box(message.as_bytes()),
                &signature,
            );
            assert!(verified);
        });
    });
    group.bench_function("a proof", |bencher| {
        bencher.iter(|| dpop::check(black_box(&proof), &expected).unwrap());
    });
}

criterion_group!(
    benches,
    signing,
    verifying,
    validating,
    asking_the_feed,
    noting_a_use,
    counting,
    checking_a_proof
);
criterion_main!(benches);
