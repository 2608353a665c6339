use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_seconds(1_000);
const LIFE: Duration = Duration::from_hours(1);
const GRACE: Retry = Retry {
    grace: Duration::from_secs(30),
    until_used: false,
};
const UNTIL_USED: Retry = Retry {
    grace: Duration::ZERO,
    until_used: true,
};

fn own() -> ClientId {
    "own".parse().unwrap()
}

/// A database of one family: token 0 is the first, each other is the successor of the one before.
#[derive(Clone)]
struct Stored {
    family: Family,
    tokens: Vec<RefreshToken>,
}

impl Stored {
    fn new() -> Self {
        Self {
            family: Family {
                client: own(),
                ended: false,
            },
            tokens: vec![RefreshToken {
                expires_at: NOW.plus(LIFE),
                used: None,
            }],
        }
    }

    /// The statement of the module's text. Whether it changed a row.
    fn rotate(&mut self, place: usize, now: Timestamp) -> bool {
        let token = self.tokens[place];
        if self.family.ended || token.used.is_some() || token.expires_at <= now {
            return false;
        }
        self.tokens[place].used = Some(FirstUse {
            at: now,
            successor_expires_at: now.plus(LIFE),
            successor_used: None,
        });
        if let Some(before) = place.checked_sub(1) {
            self.tokens[before].used.as_mut().unwrap().successor_used = Some(now);
        }
        self.tokens.push(RefreshToken {
            expires_at: now.plus(LIFE),
            used: None,
        });
        true
    }

    /// One request from start to end: the successor's place, or nothing.
    fn present(&mut self, place: usize, retry: &Retry, now: Timestamp) -> Present {
        let answer = self.family.present(&self.tokens[place], &own(), retry, now);
        match answer {
            Present::First => assert!(self.rotate(place, now)),
            Present::Reuse => self.family.ended = true,
            Present::Again | Present::Refuse(_) => {}
        }
        answer
    }
}

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

#[test]
fn the_same_successor_within_the_grace_and_the_end_of_the_family_later() {
    let mut stored = Stored::new();
    assert_eq!(stored.present(0, &GRACE, after(0)), Present::First);
    assert_eq!(stored.present(0, &GRACE, after(29)), Present::Again);
    // Also if the successor was used meanwhile: everybody who asks in time comes to the one living
    // token.
    assert_eq!(stored.present(1, &GRACE, after(29)), Present::First);
    assert_eq!(stored.present(0, &GRACE, after(29)), Present::Again);
    assert_eq!(stored.present(0, &GRACE, after(30)), Present::Reuse);
    for place in 0..3 {
        assert_eq!(
            stored.present(place, &GRACE, after(30)),
            Present::Refuse(Reason::Ended)
        );
    }
}

#[test]
fn without_a_grace_a_second_use_is_a_reuse() {
    let none = Retry {
        grace: Duration::ZERO,
        until_used: false,
    };
    let mut stored = Stored::new();
    assert_eq!(stored.present(0, &none, after(0)), Present::First);
    assert_eq!(stored.present(0, &none, after(0)), Present::Reuse);
}

#[test]
fn until_the_successor_was_used_where_the_client_is_registered_so() {
    let mut stored = Stored::new();
    assert_eq!(stored.present(0, &UNTIL_USED, after(0)), Present::First);
    assert_eq!(stored.present(0, &UNTIL_USED, after(3_000)), Present::Again);
    assert_eq!(stored.present(1, &UNTIL_USED, after(3_001)), Present::First);
    assert_eq!(stored.present(0, &UNTIL_USED, after(3_002)), Present::Reuse);
}

#[test]
fn the_grace_begins_again_when_the_successor_is_used() {
    let retry = Retry {
        until_used: true,
        ..GRACE
    };
    let mut stored = Stored::new();
    // The answer is lost, and nobody refreshes for a long time. Then two processes have read the
    // same token, and one of them goes on with its successor before the other presents it.
    assert_eq!(stored.present(0, &retry, after(0)), Present::First);
    assert_eq!(stored.present(0, &retry, after(3_000)), Present::Again);
    assert_eq!(stored.present(1, &retry, after(3_001)), Present::First);
    assert_eq!(stored.present(0, &retry, after(3_030)), Present::Again);
    assert_eq!(stored.present(0, &retry, after(3_031)), Present::Reuse);
}

#[test]
fn another_clients_token_and_one_that_expired_change_nothing() {
    let mut stored = Stored::new();
    let other = "other".parse().unwrap();
    let token = stored.tokens[0];
    let refused = Present::Refuse(Reason::AnotherClient);
    assert_eq!(stored.family.present(&token, &other, &GRACE, NOW), refused);
    let end = NOW.plus(LIFE);
    assert_eq!(
        stored.present(0, &GRACE, end),
        Present::Refuse(Reason::Expired)
    );
    // Each successor has the whole life; one that has expired is yielded no more.
    assert_eq!(stored.present(0, &UNTIL_USED, after(3_599)), Present::First);
    assert_eq!(stored.present(0, &UNTIL_USED, after(7_198)), Present::Again);
    assert_eq!(
        stored.present(0, &UNTIL_USED, after(7_199)),
        Present::Refuse(Reason::Expired)
    );
    assert!(!stored.family.ended);
}

/// What one request is about to do.
#[derive(Clone)]
enum Step {
    Begun,
    /// It has read the rows, at this moment.
    Read(Stored),
    Done,
}

proptest! {
    /// Requests on many nodes: each reads, and writes later, and others come between; somebody
    /// revokes at any moment.
    #[test]
    fn however_requests_interleave_a_token_has_one_successor(
        requests in prop::collection::vec((0usize..4, 0u64..100), 1..8),
        order in prop::collection::vec((0usize..9, 0u64..20), 1..60),
        until_used: bool,
    ) {
        let retry = Retry { until_used, ..GRACE };
        let mut stored = Stored::new();
        let mut steps = vec![Step::Begun; requests.len()];
        let mut now = NOW;
        let mut successors = std::collections::HashMap::new();
        for (place, passed) in order {
            now = now.plus(Duration::from_secs(passed));
            let Some((token, _)) = requests.get(place) else {
                stored.family.ended |= passed == 0;
                continue;
            };
            let ended = stored.family.ended;
            steps[place] = match steps[place].clone() {
                Step::Begun if *token < stored.tokens.len() => Step::Read(stored.clone()),
                Step::Begun => Step::Begun,
                Step::Done => Step::Done,
                Step::Read(seen) => match seen.family.present(&seen.tokens[*token], &own(), &retry, now) {
                    Present::First => {
                        if stored.rotate(*token, now) {
                            prop_assert!(!ended);
                            prop_assert_eq!(successors.insert(*token, stored.tokens.len() - 1), None);
                            Step::Done
                        } else {
                            // Read again, which then says what became of it.
                            Step::Read(stored.clone())
                        }
                    }
                    Present::Again => {
                        // The salt it read is that of the one successor.
                        prop_assert_eq!(successors.get(token), Some(&(token + 1)));
                        Step::Done
                    }
                    Present::Reuse => {
                        stored.family.ended = true;
                        Step::Done
                    }
                    Present::Refuse(_) => Step::Done,
                },
            };
            // A chain without a fork: all are used but the last.
            let (last, before) = stored.tokens.split_last().unwrap();
            prop_assert!(last.used.is_none() && before.iter().all(|token| token.used.is_some()));
        }
    }

    /// Processes that share one stored token: each looks, later refreshes, and stores what it got
    /// unless it ends before. None is ever left without, as long as it looks again after the grace.
    #[test]
    fn processes_that_share_a_stored_token_lose_nothing(
        turns in prop::collection::vec(
            (0usize..6, prop_oneof![4 => 0u64..8, 1 => 28u64..60], any::<bool>()),
            1..80,
        ),
    ) {
        let retry = Retry { until_used: true, ..GRACE };
        let mut stored = Stored::new();
        let mut shared = 0usize;
        let mut looked: Vec<Option<(usize, Timestamp)>> = vec![None; 6];
        let mut now = NOW;
        for (process, passed, stores) in turns {
            now = now.plus(Duration::from_secs(passed));
            match looked[process].take() {
                Some((token, at)) if now < at.plus(retry.grace) => {
                    let answer = stored.present(token, &retry, now);
                    prop_assert!(matches!(answer, Present::First | Present::Again), "{:?}", answer);
                    if stores {
                        shared = shared.max(token + 1);
                    }
                }
                _ => looked[process] = Some((shared, now)),
            }
        }
    }
}
