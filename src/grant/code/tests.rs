use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_seconds(1_000);
const CB: &str = "https://app.example.com/cb";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client(id: &str) -> ClientId {
    id.parse().unwrap()
}

fn code() -> Code {
    Code {
        client: client("own"),
        redirect_uri: Some(CB.to_owned()),
        challenge: Challenge::parse(CHALLENGE),
        dpop_jkt: None,
        expires_at: NOW.plus(LIFETIME),
        state: CodeState::Issued,
    }
}

fn right(client: &ClientId) -> Redemption<'_> {
    Redemption {
        client,
        redirect_uri: Some(CB),
        verifier: Some(VERIFIER),
        dpop_jkt: None,
        now: NOW,
    }
}

#[test]
fn a_code_is_43_characters_and_never_the_same() {
    assert_eq!(generate().len(), 43);
    assert_ne!(*generate(), *generate());
}

/// The state that the statement of the module's text stores after an attempt.
fn after(code: &Code, outcome: Redeem) -> CodeState {
    match outcome {
        Redeem::Yield => CodeState::Redeemed,
        Redeem::Burn => CodeState::Burnt,
        Redeem::Replay | Redeem::Refuse => code.state,
    }
}

#[test]
fn once_by_its_client_in_time() {
    let own = client("own");
    let mut code = code();
    let late = Redemption {
        now: code.expires_at,
        ..right(&own)
    };
    assert_eq!(code.redeem(&late), Redeem::Refuse);
    assert_eq!(code.redeem(&right(&own)), Redeem::Yield);
    code.state = after(&code, Redeem::Yield);
    assert_eq!(code.redeem(&right(&own)), Redeem::Replay);
    // A replay is recognized after the end as well.
    assert_eq!(code.redeem(&late), Redeem::Replay);
}

#[test]
fn another_client_changes_nothing() {
    let (own, other) = (client("own"), client("other"));
    let mut code = code();
    assert_eq!(code.redeem(&right(&other)), Redeem::Refuse);
    code.state = after(&code, code.redeem(&right(&own)));
    assert_eq!(code.redeem(&right(&other)), Redeem::Refuse);
}

#[test]
fn what_does_not_fit_burns_it() {
    let own = client("own");
    let right = right(&own);
    for wrong in [
        Redemption {
            verifier: None,
            ..right
        },
        Redemption {
            verifier: Some(CHALLENGE),
            ..right
        },
        Redemption {
            redirect_uri: None,
            ..right
        },
        Redemption {
            redirect_uri: Some("https://app.example.com/cb/"),
            ..right
        },
    ] {
        let mut code = code();
        assert_eq!(code.redeem(&wrong), Redeem::Burn, "{wrong:?}");
        code.state = after(&code, Redeem::Burn);
        assert_eq!(code.redeem(&right), Redeem::Refuse);
    }
    let plain = Code {
        challenge: None,
        redirect_uri: None,
        ..code()
    };
    let bare = Redemption {
        verifier: None,
        redirect_uri: None,
        ..right
    };
    assert_eq!(plain.redeem(&bare), Redeem::Yield);
    assert_eq!(
        plain.redeem(&Redemption {
            verifier: Some(VERIFIER),
            ..bare
        }),
        Redeem::Burn
    );
    let bound = Code {
        dpop_jkt: Some("key".to_owned()),
        ..code()
    };
    assert_eq!(bound.redeem(&right), Redeem::Burn);
    assert_eq!(
        bound.redeem(&Redemption {
            dpop_jkt: Some("key"),
            ..right
        }),
        Redeem::Yield
    );
}

/// The statement of the module's text: it changes the row only if the state is still the one it
/// names.
fn update(stored: &mut Code, attempt: &Redemption<'_>, outcome: Redeem) -> bool {
    let hit = stored.state == CodeState::Issued
        && stored.client == *attempt.client
        && stored.expires_at > attempt.now;
    if hit {
        stored.state = after(stored, outcome);
    }
    hit
}

proptest! {
    /// Every attempt reads the row and writes it later; others come between.
    #[test]
    fn however_attempts_interleave_one_yields_and_a_second_revokes(
        attempts in prop::collection::vec((0u8..4, 0u64..70), 1..8),
        order in prop::collection::vec(0usize..8, 0..40),
    ) {
        let (own, other) = (client("own"), client("other"));
        let attempts: Vec<_> = attempts.iter().map(|(kind, seconds)| {
            let attempt = right(if *kind == 0 { &other } else { &own });
            let verifier = if *kind == 1 { None } else { attempt.verifier };
            Redemption { verifier, now: NOW.plus(Duration::from_secs(*seconds)), ..attempt }
        }).collect();
        let mut stored = code();
        let mut read: Vec<Option<Code>> = vec![None; attempts.len()];
        let mut done = vec![None; attempts.len()];
        let (mut yielded, mut revoked, mut own_after) = (0, false, 0);
        // The attempts that the order leaves out come last.
        let rest = (0..attempts.len()).flat_map(|place| [place; 4]);
        for place in order.into_iter().chain(rest) {
            let Some(attempt) = attempts.get(place).filter(|_| done[place].is_none()) else { continue };
            let Some(seen) = read[place].take() else {
                read[place] = Some(stored.clone());
                continue;
            };
            let outcome = seen.redeem(attempt);
            match outcome {
                Redeem::Yield | Redeem::Burn if !update(&mut stored, attempt, outcome) => continue,
                Redeem::Yield => yielded += 1,
                Redeem::Replay => revoked = true,
                Redeem::Burn | Redeem::Refuse => {}
            }
            if yielded == 1 && attempt.client == &own {
                own_after += 1;
            }
            done[place] = Some(outcome);
        }
        prop_assert!(done.iter().all(Option::is_some) && yielded <= 1);
        // The first of them is the one that yielded; a redemption that came after it and had read late
        // enough revokes.
        prop_assert!(!revoked || own_after > 1);
        let replays = done.iter().filter(|outcome| **outcome == Some(Redeem::Replay)).count();
        prop_assert_eq!(revoked, replays > 0);
        for (attempt, outcome) in attempts.iter().zip(&done) {
            prop_assert!(attempt.client == &own || *outcome == Some(Redeem::Refuse));
            prop_assert!(*outcome != Some(Redeem::Yield) || attempt.verifier.is_some());
        }
        if yielded == 1 {
            prop_assert_eq!(stored.redeem(&right(&own)), Redeem::Replay);
        }
    }
}
