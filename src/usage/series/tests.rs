use proptest::prelude::*;

use super::*;
use crate::base::OrganizationId;
use crate::usage::{Grain, spread};

const NOW: Timestamp = Timestamp::from_seconds(1_893_456_000 + 7_777);

fn minutes_ago(minutes: u64) -> Timestamp {
    Grain::Minute.start(NOW).minus(Duration::from_mins(minutes))
}

fn bucket(at: Timestamp, valid: i64, live: Option<i64>) -> Bucket {
    Bucket {
        at,
        counts: Counts::default().with(Count::Valid, valid),
        live,
    }
}

/// Returns the points that are so many minutes ago, as valid tokens and live ones.
fn at(series: &Series, minutes: u64) -> (Option<i64>, Option<i64>) {
    let wanted = minutes_ago(minutes);
    let mut points = series.points.iter();
    let point = points.find(|point| point.at == wanted).unwrap();
    (
        point.counts.map(|counts| counts.of(Count::Valid)),
        point.live,
    )
}

#[test]
fn what_no_node_saw_is_not_known_and_what_nobody_did_is_nothing() {
    let own = [bucket(minutes_ago(9), 4, None)];
    let service = [
        bucket(minutes_ago(9), 0, None),
        bucket(minutes_ago(8), 0, None),
    ];
    let series = series(Range::Hour, NOW, &own, &service);
    assert_eq!(at(&series, 9), (Some(4), None));
    assert_eq!(at(&series, 8), (Some(0), None));
    assert_eq!(at(&series, 7), (None, None));
}

#[test]
fn a_number_of_live_tokens_holds_for_six_minutes_while_the_service_runs() {
    let own = [bucket(minutes_ago(61), 0, Some(3))];
    let ran = |minutes| bucket(minutes_ago(minutes), 0, None);
    let mut service: Vec<_> = (40..62).filter(|minute| *minute != 58).map(ran).collect();
    service.push(bucket(minutes_ago(50), 0, Some(9)));
    let series = series(Range::Hour, NOW, &own, &service);
    assert_eq!(at(&series, 59).1, Some(3), "counted before the range");
    assert_eq!(at(&series, 58).1, None, "no node ran");
    assert_eq!(at(&series, 57).1, Some(3));
    assert_eq!(at(&series, 56).1, Some(3), "the next number may come late");
    assert_eq!(at(&series, 55).1, None, "out of date");
    assert_eq!(
        at(&series, 50).1,
        Some(0),
        "others had tokens, this one none"
    );
    assert_eq!(at(&series, 45).1, Some(0));
    assert_eq!(at(&series, 44).1, None);
}

/// What happened in one minute: the minute before now, who, what, and how often.
fn events() -> impl Strategy<Value = Vec<(u64, bool, usize, i64)>> {
    let event = (0_u64..59, any::<bool>(), 0..Count::ALL.len(), 1_i64..1_000);
    prop::collection::vec(event, 0..40)
}

proptest! {
    /// Whatever range is asked for, nothing is lost and nothing is added, and nobody sees what another
    /// organization did.
    #[test]
    fn every_range_has_the_same_sum(events in events()) {
        let (own, other) = (OrganizationId(7), OrganizationId(8));
        let mut pending = Vec::new();
        for minute in 0..60 {
            pending.push(((OrganizationId::SERVICE, minutes_ago(minute)), Counts::default()));
        }
        for (minute, is_own, count, number) in &events {
            let counts = Counts::default().with(Count::ALL[*count], *number);
            pending.push(((if *is_own { own } else { other }, minutes_ago(*minute)), counts));
        }
        let lines = spread(&pending);
        for range in Range::ALL {
            let of = |organization| -> Vec<Bucket> {
                let lines = lines.iter().filter(|line| line.grain == range.grain());
                let own = lines.filter(|line| line.organization == organization);
                own.map(|line| Bucket { at: line.at, counts: line.counts, live: None }).collect()
            };
            let series = series(range, NOW, &of(own), &of(OrganizationId::SERVICE));
            for count in Count::ALL {
                let mine = |(_, is_own, what, _): &&(u64, bool, usize, i64)| *is_own && Count::ALL[*what] == count;
                let expected: i64 = events.iter().filter(mine).map(|event| event.3).sum();
                prop_assert_eq!(series.sum(&[count]), expected, "{} {}", range, count);
            }
        }
    }

    #[test]
    fn a_series_has_every_point_of_its_range_in_order(
        seconds in 0_i64..4_000_000_000,
        rows in prop::collection::vec((0_u64..2_000, any::<bool>()), 0..30),
    ) {
        let now = Timestamp::from_seconds(seconds);
        for range in Range::ALL {
            let step = range.grain().step();
            let row = |(minutes, _): &(u64, bool)| {
                bucket(range.grain().start(now.minus(Duration::from_mins(*minutes))), 1, None)
            };
            let own: Vec<_> = rows.iter().map(row).collect();
            let ran: Vec<_> = rows.iter().filter(|(_, ran)| *ran).map(row).collect();
            let series = series(range, now, &own, &ran);
            prop_assert_eq!(series.points.len(), usize::try_from(range.points()).unwrap());
            let last = series.points.last().unwrap().at;
            prop_assert!(last <= now && now < last.plus(step));
            for pair in series.points.windows(2) {
                prop_assert_eq!(pair[0].at.plus(step), pair[1].at);
            }
            for point in &series.points {
                prop_assert_eq!(point.counts.is_some(), ran.iter().any(|ran| ran.at == point.at));
            }
        }
    }
}
