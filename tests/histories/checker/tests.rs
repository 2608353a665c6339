//! The checker finds each kind of violation, and nothing else.

use super::*;
use crate::history::Leave;

fn at(start: u64, end: u64) -> Span {
    Span {
        start: Duration::from_millis(start),
        end: Duration::from_millis(end),
    }
}

/// Returns a history with company token 0, the operator tokens 1 (of operator 7) and 2 (of
/// operator 8) derived from it, issued from 10 to 20, and operator token 3 (of operator 7),
/// issued from 100 to 110.
fn history() -> History {
    let token = |kind, issued| Token {
        text: String::new(),
        key: Some(0),
        organization: 0,
        kind,
        issued,
        node: 0,
        life: None,
    };
    let operator = |operator| Kind::Operator {
        operator,
        parent: 0,
    };
    History {
        tokens: vec![
            token(Kind::Company, at(0, 5)),
            token(operator(7), at(10, 20)),
            token(operator(8), at(10, 20)),
            token(operator(7), at(100, 110)),
        ],
        ..History::default()
    }
}

fn revoke(target: Target, at: Span, returned: bool) -> Revoke {
    Revoke {
        target,
        at,
        returned,
        through: "node 0".to_owned(),
    }
}

fn look(token: TokenNumber, at: Span, verdict: Verdict) -> Look {
    Look {
        token,
        at,
        node: 1,
        verdict,
    }
}

/// Returns the number of violations that are found when `revokes` and `looks` are added.
fn found(revokes: &[Revoke], looks: &[Look]) -> usize {
    let mut history = history();
    history.revokes.extend_from_slice(revokes);
    history.looks.extend_from_slice(looks);
    faults(&history).len()
}

#[test]
fn a_token_that_outlives_its_revocation_is_found() {
    for target in [
        Target::Token(1),
        Target::CompanyToken(0),
        Target::Operator(7),
        Target::Organization(0),
        Target::Key(0),
    ] {
        let done = revoke(target, at(30, 40), true);
        let done = [done];
        let late = [look(1, at(41, 42), Verdict::Valid)];
        assert_eq!(found(&done, &late), 1, "{target:?}");
        // The request was sent before the revoke returned, or the revoke was never confirmed:
        // there is no promise.
        assert_eq!(found(&done, &[look(1, at(39, 60), Verdict::Valid)]), 0);
        assert_eq!(found(&[revoke(target, at(30, 40), false)], &late), 0);
        assert_eq!(found(&done, &[look(1, at(41, 42), Verdict::Revoked)]), 0);
    }
}

#[test]
fn the_first_revocation_that_returns_counts() {
    let revokes = [
        revoke(Target::Token(1), at(30, 90), true),
        revoke(Target::Operator(7), at(50, 60), true),
    ];
    assert_eq!(found(&revokes, &[look(1, at(61, 62), Verdict::Valid)]), 1);
    assert_eq!(found(&revokes, &[look(1, at(59, 62), Verdict::Valid)]), 0);
}

#[test]
fn a_company_token_as_a_credential_is_a_token_too() {
    for target in [Target::CompanyToken(0), Target::Organization(0)] {
        let done = revoke(target, at(30, 40), true);
        assert_eq!(found(&[done], &[look(0, at(41, 42), Verdict::Valid)]), 1);
    }
    let operators = revoke(Target::Operator(7), at(30, 40), true);
    assert_eq!(
        found(&[operators], &[look(0, at(41, 42), Verdict::Valid)]),
        0
    );
}

#[test]
fn a_death_without_a_cause_is_found() {
    let revoked = |token| look(token, at(200, 201), Verdict::Revoked);
    assert_eq!(found(&[], &[revoked(1)]), 1);
    // These revoke another token, the tokens of another operator, or are requested later.
    assert_eq!(
        found(&[revoke(Target::Token(2), at(30, 40), true)], &[revoked(1)]),
        1
    );
    assert_eq!(
        found(
            &[revoke(Target::Operator(8), at(30, 40), true)],
            &[revoked(1)]
        ),
        1
    );
    assert_eq!(
        found(
            &[revoke(Target::Token(1), at(202, 210), true)],
            &[revoked(1)]
        ),
        1
    );
    // A token that is issued after a revocation of everything so far stays valid. After the
    // revocation of a company token, no further token of it may be valid.
    for (target, expected) in [
        (Target::Operator(7), 1),
        (Target::Organization(0), 1),
        (Target::CompanyToken(0), 0),
    ] {
        assert_eq!(
            found(&[revoke(target, at(30, 40), true)], &[revoked(3)]),
            expected,
            "{target:?}"
        );
        assert_eq!(
            found(&[revoke(target, at(30, 105), true)], &[revoked(3)]),
            0,
            "{target:?}"
        );
        assert_eq!(
            found(&[revoke(target, at(30, 40), false)], &[revoked(3)]),
            0,
            "{target:?}"
        );
    }
}

#[test]
fn a_verdict_that_no_token_here_deserves_is_found() {
    let other = Verdict::Other("Token expired".to_owned());
    assert_eq!(found(&[], &[look(1, at(30, 31), other)]), 1);
}

#[test]
fn a_key_that_a_node_does_not_know_is_found_unless_it_is_being_replaced() {
    let invalid = |start, end| {
        look(
            3,
            at(start, end),
            Verdict::Other("Invalid token".to_owned()),
        )
    };
    let replaced = |asked| [revoke(Target::Key(1), asked, true)];
    assert_eq!(found(&replaced(at(90, 150)), &[invalid(140, 141)]), 0);
    assert_eq!(found(&replaced(at(90, 150)), &[invalid(151, 152)]), 1);
    assert_eq!(found(&replaced(at(120, 150)), &[invalid(140, 141)]), 1);
    let given_up = revoke(Target::Key(1), at(90, 150), false);
    assert_eq!(found(&[given_up], &[invalid(151, 152)]), 0);
}

#[test]
fn a_token_that_comes_back_to_life_is_found() {
    let doubtful = [revoke(Target::Token(1), at(30, 40), false)];
    let (revoked, valid) = (
        look(1, at(41, 42), Verdict::Revoked),
        look(1, at(50, 51), Verdict::Valid),
    );
    assert_eq!(found(&doubtful, &[revoked.clone(), valid.clone()]), 1);
    let elsewhere = Look { node: 2, ..valid };
    assert_eq!(found(&doubtful, &[revoked, elsewhere]), 0);
}

#[test]
fn a_token_for_who_was_deactivated_is_found() {
    for (from, until, expected) in [(90, 120, 1), (105, 120, 0), (90, 108, 0)] {
        let mut history = history();
        let span = at(from, until);
        history.leaves.push(Leave {
            operator: 7,
            from: span.start,
            until: span.end,
        });
        assert_eq!(faults(&history).len(), expected);
    }
}

mod api_keys;
mod oauth;
