use super::*;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_hours(1);

/// Ticks after random spans of uptime, with some entries of the feed between them.
fn ticks() -> impl Strategy<Value = Ticks> {
    let step = (1u64..2_000, 1i64..50, -500_000i64..500_000);
    prop::collection::vec(step, 0..60).prop_map(|steps| {
        let (mut seq, mut uptime) = (0, Duration::ZERO);
        let ticks = steps.into_iter().map(|(minutes, entries, wrong)| {
            seq += entries;
            uptime += EVERY + Duration::from_secs(minutes * 60);
            let seconds = i64::try_from(uptime.as_secs()).unwrap();
            Tick {
                seq: Sequence(seq),
                uptime,
                // Every clock may be wrong.
                at: Timestamp::from_seconds(seconds + if wrong % 3 == 0 { wrong } else { 0 }),
                audit_id: seq * 2,
            }
        });
        Ticks::new(ticks.collect())
    })
}

fn lives() -> impl Strategy<Value = Life> {
    prop_oneof![
        (0u16..4).prop_map(Life::Days),
        (0u16..3_650).prop_map(Life::Days),
        Just(Life::Endless)
    ]
}

proptest! {
    /// A token is issued when `before` of the ticks have been written.
    #[test]
    fn below_the_floor_nothing_is_younger_than_its_life(ticks in ticks(), life in lives(), behind in 0i64..60) {
        let floor = ticks.floor(life);
        prop_assert!(ticks.spent(life) <= floor);
        let Some(last) = ticks.last() else {
            prop_assert_eq!(floor, Sequence(0));
            return Ok(());
        };
        let rev = Sequence((last.seq.0 - behind).max(0));
        if rev < floor {
            // It was issued before the first tick that it does not include.
            let next = ticks.all.iter().find(|tick| tick.seq > rev).unwrap();
            prop_assert!(last.uptime.saturating_sub(next.uptime) >= life.span().unwrap() + SLACK);
        }
        prop_assert!(life < Life::Endless || floor == Sequence(0));
    }

    #[test]
    fn a_longer_life_has_no_higher_floor_and_time_never_lowers_one(ticks in ticks(), one in lives(), other in lives()) {
        let (short, long) = (one.min(other), one.max(other));
        prop_assert!(ticks.floor(long) <= ticks.floor(short));
        prop_assert!(ticks.spent(long) <= ticks.spent(short));
        for count in 1..ticks.all.len() {
            let before = Ticks::new(ticks.all[..count].to_vec());
            prop_assert!(before.floor(one) <= ticks.floor(one));
        }
    }

    /// Unneeded ticks are deleted each time a tick is written, or only sometimes.
    #[test]
    fn thinning_out_lowers_no_floor(all in ticks(), life in lives(), thinned in prop::collection::vec(any::<bool>(), 60)) {
        let mut kept = Vec::new();
        let mut floors = (Sequence(0), Sequence(0));
        for (tick, thin) in all.all.iter().zip(thinned) {
            kept.push(*tick);
            if thin {
                let needless = Ticks::new(kept.clone()).needless();
                kept.retain(|tick| !needless.contains(&tick.seq));
            }
            let left = Ticks::new(kept.clone());
            let now = (left.floor(life), left.spent(life));
            prop_assert!(now.0 >= floors.0 && now.1 >= floors.1, "{:?}", life);
            floors = now;
        }
        let needless = Ticks::new(kept.clone()).needless();
        kept.retain(|tick| !needless.contains(&tick.seq));
        let days = kept.last().map_or(0, |last| last.uptime.as_secs() / 86_400);
        prop_assert!(kept.len() as u64 <= days + 2 * 48 + 2, "one a day, and the last hours");
    }

    /// Clocks that are ahead write some of the ticks, but not all of the last two days.
    #[test]
    fn a_clock_that_is_ahead_for_a_while_brings_no_horizon_nearer(hours in 30usize..200, ahead in prop::collection::vec(any::<bool>(), 200), span in 0u64..150) {
        let tick = |hour: usize| Tick {
            seq: Sequence(i64::try_from(hour).unwrap()),
            uptime: HOUR * u32::try_from(hour).unwrap(),
            at: Timestamp::from_seconds(3_600 * i64::try_from(hour + if ahead[hour] && hour + 1 < hours { 9_000 } else { 0 }).unwrap()),
            audit_id: 0,
        };
        let ticks = Ticks::new((0..hours).map(tick).collect());
        let span = HOUR * u32::try_from(span).unwrap();
        if let Some(horizon) = ticks.horizon(span) {
            let last = Timestamp::from_seconds(3_600 * i64::try_from(hours - 1).unwrap());
            prop_assert!(horizon <= last);
            let started = ticks.older_by(span + KEPT).unwrap();
            let right = (usize::try_from(started.seq.0).unwrap()..hours).find(|hour| !ahead[*hour] || hour + 1 == hours).unwrap();
            prop_assert!(horizon <= Timestamp::from_seconds(3_600 * i64::try_from(right).unwrap()));
        }
    }
}

#[test]
fn an_operators_token_has_ended_a_day_and_some_minutes_after_the_next_tick() {
    let tick = |hour: i64| Tick {
        seq: Sequence(hour * 10),
        uptime: HOUR * u32::try_from(hour).unwrap(),
        at: Timestamp::from_seconds(hour * 3_600),
        audit_id: hour,
    };
    let ticks = |hours: i64| Ticks::new((0..=hours).map(tick).collect());
    assert_eq!(ticks(24).floor(Life::Days(1)), Sequence(0));
    assert_eq!(ticks(35).floor(Life::Days(1)), Sequence(100));
    assert_eq!(ticks(35).spent(Life::Days(1)), Sequence(0));
    assert_eq!(ticks(57).spent(Life::Days(1)), Sequence(100));
    assert_eq!(ticks(33).spent(Life::NONE), Sequence(100));
    assert_eq!(ticks(32).horizon(Duration::ZERO), Some(tick(10).at));
    assert_eq!(ticks(32).audit_horizon(HOUR * 2), Some(30));
}
