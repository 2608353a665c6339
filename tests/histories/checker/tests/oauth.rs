//! The same for OAuth clients: access tokens, refresh tokens and sessions.

use super::*;
use crate::history::Refresh;

/// Of the history that follows: the access token that client 4 received with the refresh token, its
/// session, the refresh token of grant 5 and operator 7, and what refreshing at 100 issued.
const ACCESS: TokenNumber = 0;
const REFRESH: TokenNumber = 1;
const SUCCESSOR: TokenNumber = 2;
const OTHER: TokenNumber = 3;
const SESSION: TokenNumber = 4;

fn issued() -> History {
    let token = |kind, issued| Token {
        text: String::new(),
        key: None,
        organization: 0,
        kind,
        issued,
        node: 0,
        life: None,
    };
    let refresh = Kind::Refresh {
        app: 4,
        grant: (5, 7),
    };
    let access = Kind::Access {
        app: 4,
        grant: Some((5, 7)),
    };
    History {
        tokens: vec![
            token(access, at(10, 20)),
            token(refresh, at(10, 20)),
            token(refresh, at(100, 110)),
            token(refresh, at(100, 110)),
            token(Kind::Session { operator: 7 }, at(10, 20)),
        ],
        ..History::default()
    }
}

fn refresh(at: Span, status: u16, successor: Option<TokenNumber>) -> Refresh {
    Refresh {
        presented: REFRESH,
        at,
        node: 1,
        status: Some(status),
        successor,
        strict: false,
    }
}

fn strict(mut refresh: Refresh) -> Refresh {
    refresh.strict = true;
    refresh
}

/// Returns the number of violations that are found when these are added.
fn found(revokes: &[Revoke], refreshes: &[Refresh], looks: &[Look]) -> usize {
    let mut history = issued();
    history.revokes.extend_from_slice(revokes);
    history.refreshes.extend_from_slice(refreshes);
    history.looks.extend_from_slice(looks);
    faults(&history).len()
}

#[test]
fn a_token_that_is_active_after_its_revocation_is_found() {
    for (target, token) in [
        (Target::Token(ACCESS), ACCESS),
        (Target::Grant(5), ACCESS),
        (Target::Grant(5), REFRESH),
        (Target::App(4), ACCESS),
        (Target::App(4), REFRESH),
        (Target::Operator(7), ACCESS),
        (Target::Operator(7), REFRESH),
        (Target::Operator(7), SESSION),
        (Target::Organization(0), REFRESH),
        (Target::Token(SESSION), SESSION),
    ] {
        let done = [revoke(target, at(30, 40), true)];
        let active = |at| [look(token, at, Verdict::Valid)];
        assert_eq!(found(&done, &[], &active(at(41, 42))), 1, "{target:?}");
        assert_eq!(found(&done, &[], &active(at(39, 60))), 0, "{target:?}");
        let inactive = [look(token, at(41, 42), Verdict::Inactive)];
        assert_eq!(found(&done, &[], &inactive), 0, "{target:?}");
        // Nobody revoked it before this look, so nothing explains the answer.
        let early = [look(token, at(25, 29), Verdict::Inactive)];
        assert_eq!(found(&done, &[], &early), 1, "{target:?}");
    }
}

#[test]
fn what_follows_from_a_revoked_grant_is_revoked_however_late_it_was_issued() {
    let active = [look(SUCCESSOR, at(111, 112), Verdict::Valid)];
    let grant = [revoke(Target::Grant(5), at(30, 40), true)];
    assert_eq!(found(&grant, &[], &active), 1);
    // A client whose tokens are all revoked goes on with new ones.
    for target in [Target::App(4), Target::Operator(7)] {
        let past = [revoke(target, at(30, 40), true)];
        assert_eq!(found(&past, &[], &active), 0);
    }
}

#[test]
fn a_second_successor_is_found() {
    let first = refresh(at(100, 110), 200, Some(SUCCESSOR));
    let same = refresh(at(105, 130), 200, Some(SUCCESSOR));
    let other = refresh(at(105, 130), 200, Some(OTHER));
    assert_eq!(found(&[], &[first.clone(), same], &[]), 0);
    assert_eq!(found(&[], &[first, other], &[]), 1);
}

#[test]
fn a_refresh_after_the_revocation_returned_is_found() {
    for target in [Target::Grant(5), Target::App(4), Target::Operator(7)] {
        let done = [revoke(target, at(30, 40), true)];
        let refreshed = |at| [refresh(at, 200, Some(SUCCESSOR))];
        assert_eq!(found(&done, &refreshed(at(41, 50)), &[]), 1, "{target:?}");
        assert_eq!(found(&done, &refreshed(at(39, 50)), &[]), 0, "{target:?}");
    }
}

#[test]
fn a_refusal_without_a_cause_is_found() {
    let refused = refresh(at(120, 125), 400, None);
    let first = refresh(at(100, 110), 200, Some(SUCCESSOR));
    assert_eq!(found(&[], std::slice::from_ref(&refused), &[]), 1);
    // Within the grace a used token is not refused.
    assert_eq!(found(&[], &[first, refused.clone()], &[]), 1);
    let revoked = [revoke(Target::Grant(5), at(30, 40), false)];
    assert_eq!(found(&revoked, &[refused], &[]), 0);
}

#[test]
fn a_reuse_revokes_the_grant() {
    let first = strict(refresh(at(100, 110), 200, Some(SUCCESSOR)));
    let reuse = strict(refresh(at(120, 130), 400, None));
    let active = |at| [look(SUCCESSOR, at, Verdict::Valid)];
    let both = [first.clone(), reuse.clone()];
    assert_eq!(found(&[], &both, &active(at(125, 126))), 0);
    assert_eq!(found(&[], &both, &active(at(131, 132))), 1);
    // If another call may have ended the grant, the refusal does not say where that is in force.
    let earlier = strict(refresh(at(118, 150), 400, None));
    let three = [first.clone(), earlier, reuse];
    assert_eq!(found(&[], &three, &active(at(131, 132))), 0);
    // If both ran at once, the answer does not say which came first.
    let at_once = [first, strict(refresh(at(105, 130), 400, None))];
    assert_eq!(found(&[], &at_once, &active(at(131, 132))), 0);
}

#[test]
fn a_used_refresh_token_is_inactive_and_an_unused_one_is_not() {
    let inactive = [look(REFRESH, at(50, 60), Verdict::Inactive)];
    assert_eq!(found(&[], &[], &inactive), 1);
    let used = |start| [refresh(at(start, start + 5), 200, Some(SUCCESSOR))];
    assert_eq!(found(&[], &used(40), &inactive), 0);
    assert_eq!(found(&[], &used(61), &inactive), 1);
}

#[test]
fn an_operator_that_was_deactivated_gets_no_oauth_token_and_no_session() {
    let mut history = issued();
    history.leaves.push(Leave {
        operator: 7,
        from: Duration::from_millis(5),
        until: Duration::from_millis(50),
    });
    assert_eq!(faults(&history).len(), 3);
}
