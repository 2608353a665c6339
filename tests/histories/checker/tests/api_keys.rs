//! The same for API keys and signed requests.

use super::*;
use crate::history::{Hold, NonceUse, Once, SignedRequest};

/// Of the history that follows: a text of API key 0, its signing secret, and a text of API key 1,
/// which is bound to operator 7.
const TEXT: TokenNumber = 0;
const SECRET: TokenNumber = 1;
const BOUND: TokenNumber = 2;

fn keys() -> History {
    let token = |kind| Token {
        text: String::new(),
        key: None,
        organization: 0,
        kind,
        issued: at(10, 20),
        node: 0,
        life: None,
    };
    let bound = Some(7);
    History {
        tokens: vec![
            token(Kind::ApiKey {
                key: 0,
                bound: None,
            }),
            token(Kind::Secret {
                key: 0,
                bound: None,
            }),
            token(Kind::ApiKey { key: 1, bound }),
        ],
        api_keys: vec!["key_0".to_owned(), "key_1".to_owned()],
        ..History::default()
    }
}

/// Returns the number of violations that are found when these are added.
fn found_of(revokes: &[Revoke], looks: &[Look]) -> usize {
    let mut history = keys();
    history.revokes.extend_from_slice(revokes);
    history.looks.extend_from_slice(looks);
    faults(&history).len()
}

#[test]
fn a_key_that_outlives_its_revocation_is_found() {
    let done = [revoke(Target::ApiKey(0), at(30, 40), true)];
    for token in [TEXT, SECRET] {
        assert_eq!(
            found_of(&done, &[look(token, at(41, 42), Verdict::Valid)]),
            1
        );
        assert_eq!(
            found_of(&done, &[look(token, at(39, 42), Verdict::Valid)]),
            0
        );
        assert_eq!(
            found_of(&done, &[look(token, at(41, 42), Verdict::Inactive)]),
            0
        );
    }
    assert_eq!(
        found_of(&done, &[look(BOUND, at(41, 42), Verdict::Valid)]),
        0
    );
    // Keys outlive the tokens of their organization and of their operator.
    for target in [Target::Organization(0), Target::Operator(7)] {
        let others = [revoke(target, at(30, 40), true)];
        assert_eq!(
            found_of(&others, &[look(BOUND, at(41, 42), Verdict::Valid)]),
            0
        );
    }
    // A rotation without an overlap ends the text alone.
    let rotated = [revoke(Target::Token(TEXT), at(30, 40), true)];
    assert_eq!(
        found_of(&rotated, &[look(TEXT, at(41, 42), Verdict::Valid)]),
        1
    );
    assert_eq!(
        found_of(&rotated, &[look(SECRET, at(41, 42), Verdict::Valid)]),
        0
    );
}

#[test]
fn a_refusal_of_a_key_without_a_cause_is_found_whatever_the_clocks_were() {
    let mut history = keys();
    history
        .looks
        .push(look(TEXT, at(30, 31), Verdict::Inactive));
    history.wrong_clocks.push(crate::history::WrongClock {
        node: None,
        at: at(0, 99),
    });
    assert_eq!(faults(&history).len(), 1);
    history.looks[0].token = BOUND;
    assert_eq!(faults(&history).len(), 0);
}

#[test]
fn a_key_that_is_valid_in_quarantine_is_found() {
    for (from, until, start, end, expected) in [
        (Some(40), 90, 50, 60, 1),
        // It began before the call returned, or ended after the release was requested.
        (Some(40), 90, 39, 60, 0),
        (Some(40), 90, 50, 91, 0),
        (None, 90, 50, 60, 0),
    ] {
        let mut history = keys();
        history.holds.push(Hold {
            key: 0,
            asked: Duration::from_millis(30),
            from: from.map(Duration::from_millis),
            until: Duration::from_millis(until),
        });
        for token in [TEXT, SECRET] {
            history.looks = vec![look(token, at(start, end), Verdict::Valid)];
            assert_eq!(faults(&history).len(), expected);
            history.looks[0].verdict = Verdict::Inactive;
            assert_eq!(faults(&history).len(), 0);
        }
        history.looks = vec![look(BOUND, at(start, end), Verdict::Valid)];
        assert_eq!(faults(&history).len(), 0);
    }
}

#[test]
fn a_key_whose_operator_is_inactive_is_found() {
    for (token, start, expected) in [(BOUND, 50, 1), (BOUND, 39, 0), (TEXT, 50, 0)] {
        let mut history = keys();
        history.leaves.push(Leave {
            operator: 7,
            from: Duration::from_millis(40),
            until: Duration::from_millis(90),
        });
        history.looks = vec![look(token, at(start, 60), Verdict::Valid)];
        assert_eq!(faults(&history).len(), expected);
    }
}

#[test]
fn what_is_accepted_twice_is_found() {
    let used = |request, status| NonceUse {
        request,
        at: at(30, 40),
        node: 1,
        status,
    };
    for (uses, expected) in [
        ([used(0, Some(200)), used(0, Some(200))], 1),
        ([used(0, Some(200)), used(0, Some(401))], 0),
        ([used(0, None), used(0, Some(200))], 0),
        ([used(0, Some(200)), used(1, Some(200))], 0),
    ] {
        for once in [Once::Nonce(SECRET), Once::Proof, Once::Assertion] {
            let mut history = keys();
            for _ in 0..2 {
                history.signed.push(SignedRequest {
                    bytes: String::new(),
                    method: "POST",
                    path: "/oauth/token",
                    once,
                });
            }
            history.nonce_uses.extend(uses);
            assert_eq!(faults(&history).len(), expected, "{once:?}");
        }
    }
}
