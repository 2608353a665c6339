//! Tokens as strangers send them: every text is validated without a panic, and no token is valid
//! that was not signed.

#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arbitrary::Arbitrary;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lanyard::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId, clock};
use lanyard::feed::{Index, Lease};
use lanyard::signing_keys::{Life, Ring, RingKey};
use lanyard::token::{self, Issuers, Algorithm, Claims, TokenUse, SecretKey};
use lanyard::validate::{Refusal, Validator};
use libfuzzer_sys::fuzz_target;

const ISSUER: &str = "lanyard";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The text that is validated.
#[derive(Debug, Arbitrary)]
enum Attempt<'a> {
    /// Any text.
    Text(&'a str),
    /// A signed token, with a piece of it replaced.
    Altered {
        company: bool,
        from: u16,
        cut: u16,
        put: &'a str,
    },
    /// Any payload signed with our own key, which nobody outside can do.
    Signed(&'a str),
    /// Any bytes as the three parts.
    Parts(&'a [u8], &'a [u8], &'a [u8]),
}

struct World {
    validator: Validator,
    company: (String, Claims),
    operator: (String, Claims),
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let secret = || SecretKey::parse(Algorithm::Hs256, &[7; 32]).unwrap();
    let life = Life::begin(NOW).activate(NOW).unwrap();
    let key = RingKey::new("AAAAAAAAAAAA".parse().unwrap(), life, secret()).unwrap();
    let ring = Ring::new(vec![key], Algorithm::Hs256).unwrap();
    let lease = Lease::default();
    lease.grant(clock::boot_time(), Duration::from_secs(365 * 86_400));
    let claims = |token_use| Claims {
        jti: TokenId([1; 16]),
        organization: OrganizationId(1),
        rev: Sequence(3),
        issued_at: NOW,
        token_use,
    };
    let company = claims(TokenUse::Company { expires_at: None });
    let operator = claims(TokenUse::Operator {
        operator: OperatorId(5),
        parent: TokenId([2; 16]),
        expires_at: NOW.plus(Duration::from_secs(60)),
    });
    let sign = |claims: &Claims| ring.active().sign(claims, ISSUER).unwrap();
    let (company, operator) = (
        (sign(&company), company),
        (sign(&operator), operator),
    );
    World {
        company,
        operator,
        // Almost no cache: every text is parsed and verified.
        validator: Validator::new(
            ring,
            Arc::new(index()),
            Arc::new(lease),
            Issuers::new(ISSUER),
            0,
        ),
    }
});

/// Returns an index that contains the organization, and whose position is beyond every `rev` of the
/// tokens.
fn index() -> Index {
    let index = Index::default();
    index.admit(&[(OrganizationId(1), Sequence(0))]);
    index.has_reached(Sequence(i64::MAX));
    index
}

/// The law: only the exact texts that were signed are accepted.
fn judge(text: &str) {
    let world = &*WORLD;
    let verdict = world.validator.validate(text, NOW);
    let ours = [&world.company, &world.operator]
        .into_iter()
        .find(|(signed, _)| signed == text);
    match ours {
        Some((_, claims)) => assert_eq!(verdict, Ok(*claims)),
        None => assert_eq!(verdict, Err(Refusal::Invalid)),
    }
}

/// A payload that is parsed has one meaning only, and writing it again gives the same payload.
fn read(payload: &str) {
    let world = &*WORLD;
    let segment = URL_SAFE_NO_PAD.encode(payload);
    let Ok(claims) = token::decode_claims(&segment, &Issuers::new(ISSUER)) else {
        return;
    };
    let ring = world.validator.ring();
    let key = ring.active();
    let text = key.sign(&claims, ISSUER).unwrap();
    let again = token::decode_claims(token::parts(&text).unwrap().payload, &Issuers::new(ISSUER));
    assert_eq!(again, Ok(claims));
    if text.len() <= token::MAX_LENGTH {
        assert_eq!(world.validator.authentic(&text), Some(claims));
    }
}

fuzz_target!(|attempt: Attempt<'_>| {
    match attempt {
        Attempt::Text(text) => judge(text),
        Attempt::Altered {
            company,
            from,
            cut,
            put,
        } => {
            let (text, _) = if company {
                &WORLD.company
            } else {
                &WORLD.operator
            };
            let from = usize::from(from) % (text.len() + 1);
            let to = (from + usize::from(cut)).min(text.len());
            judge(&format!("{}{put}{}", &text[..from], &text[to..]));
        }
        Attempt::Signed(payload) => read(payload),
        Attempt::Parts(header, payload, signature) => {
            let [header, payload, signature] =
                [header, payload, signature].map(|part| URL_SAFE_NO_PAD.encode(part));
            judge(&format!("{header}.{payload}.{signature}"));
        }
    }
});
