//! How verdicts change when the feed does.

use super::*;
use crate::base::EntryTag;
use crate::feed::{Entry, Fact, Target};
use crate::token::Life as TokenLife;

#[test]
fn a_cached_token_is_still_judged_by_the_feed_and_the_clock() {
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
        "it was issued by a node that had applied entry 3"
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
fn a_company_token_is_valid_until_its_early_end_and_what_derives_from_it_beyond() {
    let index = index();
    let ring = Ring::new(vec![key("k1", Algorithm::Hs256)], Algorithm::Hs256).unwrap();
    let issuer = "lanyard".to_owned();
    let validator = Validator::new(
        ring,
        Arc::clone(&index),
        leased(),
        Issuers::new(issuer),
        1 << 20,
    );
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
    let expired = Err(Refusal::Expired(company));
    assert_eq!(validator.validate(&text, at(60)), expired);
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
        "revoked and expired is revoked"
    );
    assert_eq!(
        validator.validate(&child, at(60)),
        Err(Refusal::Revoked(derived))
    );
}
