//! No history breaks a law, and in each history the keys are rotated in time.

use proptest::prelude::*;

use super::*;

fn role() -> impl Strategy<Value = Role> {
    let purpose = prop::sample::select(Purpose::ALL.to_vec());
    let algorithm = prop::sample::select(Algorithm::ALL.to_vec());
    (purpose, algorithm).prop_map(|(purpose, algorithm)| Role { purpose, algorithm })
}

fn happening() -> impl Strategy<Value = Happening> {
    let span = prop_oneof![1u64..300, 1u64..90_000, 1u64..8_000_000].prop_map(Duration::from_secs);
    prop_oneof![
        4 => span.prop_map(Happening::Wait),
        1 => (-40_000_000i64..40_000_000).prop_map(Happening::Jump),
        5 => Just(Happening::RunSchedule),
        2 => (any::<usize>(), 1u64..=86_400).prop_map(|(key, life)| Happening::IssueToOperator(key, Duration::from_secs(life))),
        1 => any::<usize>().prop_map(Happening::IssueToCompany),
        1 => any::<usize>().prop_map(Happening::EndCompanyToken),
        1 => Just(Happening::RotateByHand),
        1 => any::<usize>().prop_map(Happening::Revoke),
        1 => prop::sample::select(Algorithm::ALL.to_vec()).prop_map(Happening::Set),
        1 => role().prop_map(Happening::Require),
    ]
}

/// The roles that need keys besides that of company and operator tokens.
const DEMANDS: [(Purpose, Algorithm); 3] = [
    (Purpose::Tokens, Algorithm::Es256),
    (Purpose::Tokens, Algorithm::Rs256),
    (Purpose::IdTokens, Algorithm::Rs256),
];

fn rules() -> impl Strategy<Value = Rules> {
    let span = |seconds: std::ops::Range<u64>| seconds.prop_map(Duration::from_secs);
    let algorithm = prop::sample::select(Algorithm::ALL.to_vec());
    (
        algorithm,
        span(1..90_000),
        span(1..90_000),
        span(200_000..8_000_000),
        span(3_600..8_000_000),
    )
        .prop_map(
            |(algorithm, cache_time, publish_ahead, rotation_period, hmac_rotation_period)| Rules {
                algorithm,
                cache_time,
                publish_ahead,
                rotation_period,
                hmac_rotation_period,
            },
        )
}

proptest! {
    #[test]
    fn no_history_breaks_a_law(rules in rules(), happenings in prop::collection::vec(happening(), 0..120)) {
        let mut service = Service::start(rules);
        for happening in happenings {
            service.happen(happening);
        }
    }

    #[test]
    fn what_is_asked_for_regularly_happens_in_time(algorithm in prop::sample::select(Algorithm::ALL.to_vec()), every in 60u64..80_000) {
        let rules = Rules { algorithm, ..RULES };
        let every = Duration::from_secs(every);
        let mut service = Service::start(rules);
        for (purpose, algorithm) in DEMANDS {
            service.require(Role { purpose, algorithm });
        }
        let end = service.now.plus(DAY * 400);
        while service.now < end {
            service.happen(Happening::Wait(every));
            service.run_schedule();
            for key in &service.keys {
                let since = key.life.activated_at;
                if key.life.state() == KeyState::Active {
                    // Its successor is made one run of the job late, and becomes active one run
                    // late.
                    let most = rules.period(key.role.algorithm) + every * 2;
                    prop_assert!(since.unwrap().plus(most) > service.now, "an old key signs on");
                }
                if key.life.state() == KeyState::Retiring {
                    // The time to the next tick, the life of a token, and the time to the tick
                    // after it has expired.
                    let stays = Duration::from_hours(25) + every.max(EVERY) * 2 + every;
                    prop_assert!(key.life.retiring_at.unwrap().plus(stays) > service.now, "it stays for nothing");
                }
            }
        }
        let roles = DEMANDS.map(|(purpose, algorithm)| Role { purpose, algorithm });
        for role in roles.into_iter().chain([algorithm.into()]) {
            let slowest = rules.period(role.algorithm) + every * 2;
            // The first key of a demand becomes active a while later.
            let span = (DAY * 400).saturating_sub(every * 2 + rules.first_lead(role.algorithm));
            let keys = service.keys.iter().filter(|key| key.role == role).count();
            let least = span.as_secs() / slowest.as_secs();
            prop_assert!(u64::try_from(keys).unwrap() > least, "{}", role);
            prop_assert!(service.of(role, KeyState::Active).is_some());
        }
    }
}
