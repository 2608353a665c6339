use super::*;
use crate::base::{EntryTag, KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use crate::feed::{Fact, Target};
use crate::token::Life;

const NOW: Timestamp = Timestamp::from_seconds(1_900_000_000);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.as_seconds() + seconds)
}

fn entry(fact: Fact, seconds: i64) -> Entry {
    Entry {
        seq: Sequence(7),
        mark: EntryTag(1),
        organization: OrganizationId(1),
        fact,
        at: at(seconds),
        life: Life::Endless,
        until: None,
    }
}

fn revocation(target: Target, seconds: i64) -> Revocation {
    Revocation {
        target: target.kind(),
        entry: entry(Fact::Revoked(target), seconds),
    }
}

fn end(seconds: i64) -> Entry {
    entry(
        Fact::CompanyTokenEnds(TokenId([1; 16]), at(seconds)),
        seconds,
    )
}

/// Every combination of facts. Ends are past, present, future or missing, and in either order.
fn all() -> Vec<Facts> {
    let itself = revocation(Target::Token(TokenId([1; 16])), -50);
    let by_key = revocation(Target::Key(KeyId::generate()), -60);
    let of_subject = revocation(Target::Operator(OperatorId(1)), -70);
    let mut all = vec![Facts {
        revoked: None,
        key: Key::Good,
        subject_revoked: None,
        expires_at: None,
        is_below_floor: false,
        ended: None,
        session_is_gone: false,
        issued_at: at(-1_000),
    }];
    let mut each = |change: &dyn Fn(&Facts) -> Vec<Facts>| {
        all = all.iter().flat_map(change).collect();
    };
    each(&|facts| {
        [None, Some(itself)]
            .map(|revoked| Facts {
                revoked,
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [Key::Good, Key::Revoked(by_key), Key::Retired]
            .map(|key| Facts {
                key,
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [None, Some(of_subject)]
            .map(|subject_revoked| Facts {
                subject_revoked,
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [None, Some(-20), Some(0), Some(20)]
            .map(|end| Facts {
                expires_at: end.map(at),
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [None, Some(-30), Some(-10), Some(0), Some(10), Some(30)]
            .map(|seconds| Facts {
                ended: seconds.map(end),
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [false, true]
            .map(|is_below_floor| Facts {
                is_below_floor,
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [false, true]
            .map(|session_is_gone| Facts {
                session_is_gone,
                ..facts.clone()
            })
            .into()
    });
    each(&|facts| {
        [-1_000, 120, 121]
            .map(|seconds| Facts {
                issued_at: at(seconds),
                ..facts.clone()
            })
            .into()
    });
    all
}

/// The rules that refuse a token, each by itself, the one that decides first.
fn rules(facts: &Facts) -> Vec<Reason> {
    let own = facts.expires_at;
    let own_has_come = own.is_some_and(|end| end <= NOW || facts.is_below_floor);
    let early = facts.ended.and_then(|entry| entry.fact.ends_at());
    let early_has_come = early.is_some_and(|end| end <= NOW);
    let is_earlier = !own_has_come || early < own;
    let by_key = matches!(facts.key, Key::Revoked(_));
    [
        (facts.revoked.is_some(), Reason::Revoked(TargetKind::Token)),
        (by_key, Reason::Revoked(TargetKind::Key)),
        (
            facts.subject_revoked.is_some(),
            Reason::Revoked(TargetKind::Operator),
        ),
        (early_has_come && is_earlier, Reason::Rotation),
        (own_has_come, Reason::Expiry),
        (facts.session_is_gone, Reason::SessionEnded),
        (facts.issued_at > at(120), Reason::Clock),
        (facts.key == Key::Retired, Reason::RetiredKey),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect()
}

#[test]
fn the_first_rule_that_refuses_a_token_decides() {
    let all = all();
    assert_eq!(all.len(), 2 * 3 * 2 * 4 * 6 * 2 * 2 * 3);
    for facts in all {
        let reason = verdict(&facts, NOW).map(|refused| refused.reason);
        assert_eq!(reason, rules(&facts).first().copied(), "{facts:?}");
    }
}

#[test]
fn a_revoked_token_is_revoked_whatever_else_is_true() {
    for facts in all() {
        let by_key = matches!(facts.key, Key::Revoked(_));
        let is_revoked = facts.revoked.is_some() || by_key || facts.subject_revoked.is_some();
        let status = verdict(&facts, NOW).map(|refused| refused.reason.status());
        assert_eq!(status == Some("revoked"), is_revoked, "{facts:?}");
        // What has expired or is revoked is not "invalid".
        let is_over = rules(&facts)
            .iter()
            .any(|reason| reason.status() != "invalid");
        assert_eq!(
            status.is_some_and(|status| status != "invalid"),
            is_over,
            "{facts:?}"
        );
    }
}

#[test]
fn the_instant_and_the_entry_are_those_of_the_rule() {
    for facts in all() {
        let Some(refused) = verdict(&facts, NOW) else {
            continue;
        };
        let entry = match refused.reason {
            Reason::Revoked(TargetKind::Token) => facts.revoked.map(|found| found.entry),
            Reason::Revoked(TargetKind::Operator) => facts.subject_revoked.map(|found| found.entry),
            Reason::Revoked(_) => match facts.key {
                Key::Revoked(found) => Some(found.entry),
                Key::Good | Key::Retired => None,
            },
            Reason::Rotation => facts.ended,
            Reason::Expiry | Reason::SessionEnded | Reason::Clock | Reason::RetiredKey => None,
        };
        let since = match refused.reason {
            Reason::Revoked(_) | Reason::Rotation => entry.map(|entry| entry.at),
            Reason::Expiry => facts.expires_at,
            Reason::Clock => Some(facts.issued_at),
            Reason::SessionEnded | Reason::RetiredKey => None,
        };
        assert_eq!((refused.entry, refused.since), (entry, since), "{facts:?}");
    }
}

#[test]
fn what_was_refused_because_of_its_end_is_never_valid_again() {
    for facts in all() {
        let ends = |now| {
            let status = verdict(&facts, now).map(|refused| refused.reason.status());
            status.is_some_and(|status| status != "invalid")
        };
        for (earlier, later) in [(-15, 0), (0, 15), (15, 40)] {
            assert!(!ends(at(earlier)) || ends(at(later)), "{facts:?}");
        }
    }
}
