//! The rule, hour by hour, and its laws.

use super::*;
use proptest::prelude::*;

/// 2030-01-01T00:00:00Z, as hours.
const HOUR_0: i64 = 1_893_456_000 / 3_600;

fn hours(count: i64) -> Timestamp {
    Timestamp::from_seconds((HOUR_0 + count) * 3_600)
}

fn network(number: u8) -> IpNet {
    network_of(IpAddr::from([10, 0, number, 7]))
}

/// A key that was made 30 days ago, and is watched.
fn watched() -> Past {
    Past {
        hour: Some((HOUR_0 - 1, 1)),
        ..Past::unwatched(hours(-30 * 24), Some(hours(-1)))
    }
}

/// So many uses at an instant, from this address.
fn uses(count: i64, at: Timestamp, from: Option<[u8; 4]>) -> Seen {
    let mut seen = Seen::default();
    for _ in 0..count {
        seen.note(from.map(IpAddr::from), at);
    }
    seen
}

/// `past` with these uses counted by day, as the database has them when a batch is judged.
fn with_days(mut past: Past, seen: &Seen) -> Past {
    for (hour, requests) in &seen.hours {
        *past.days.entry(hour.div_euclid(24)).or_default() += requests;
    }
    past
}

#[test]
fn networks_are_24_and_48_bits_long() {
    let of = |text: &str| network_of(text.parse().unwrap()).to_string();
    assert_eq!(of("203.0.113.77"), "203.0.113.0/24");
    assert_eq!(of("::ffff:203.0.113.77"), "203.0.113.0/24");
    assert_eq!(of("2001:db8:7:8::9"), "2001:db8:7::/48");
}

#[test]
fn the_first_network_is_no_news_and_the_second_is() {
    let unwatched = Past::unwatched(hours(-1), None);
    let first = decide(
        &unwatched,
        &uses(1, hours(0), Some([10, 0, 1, 7])),
        &KeyAlerts::default(),
    );
    assert_eq!((first.alerts.len(), first.networks), (0, vec![network(1)]));
    let mut past = Past {
        hour: first.hour,
        ..unwatched.clone()
    };
    past.networks.insert(network(1));
    let seen = uses(1, hours(1), Some([10, 0, 2, 7]));
    let second = decide(&past, &seen, &KeyAlerts::default());
    let alert = Alert::NewNetwork {
        network: network(2),
        at: hours(1),
    };
    assert_eq!(second.alerts, [alert]);
    let off = KeyAlerts {
        new_network: false,
        ..KeyAlerts::default()
    };
    let quiet = decide(&past, &seen, &off);
    assert_eq!((quiet.alerts.len(), quiet.networks), (0, vec![network(2)]));
    // Networks of a key that was in use before it was watched are learned.
    let old = Past::unwatched(hours(-100), Some(hours(-1)));
    let mut seen = uses(1, hours(0), Some([10, 0, 1, 7]));
    seen.note(Some(IpAddr::from([10, 0, 2, 7])), hours(0));
    let learned = decide(&old, &seen, &KeyAlerts::default());
    assert_eq!((learned.alerts.len(), learned.networks.len()), (0, 2));
}

#[test]
fn a_key_that_is_used_from_1000_networks_is_not_watched_for_more() {
    let alerts = |known: u16| {
        let networks = (0..known).map(|number| {
            let [high, low] = number.to_be_bytes();
            network_of(IpAddr::from([10, high, low, 7]))
        });
        let past = Past {
            networks: networks.collect(),
            ..watched()
        };
        let seen = uses(1, hours(0), Some([203, 0, 113, 7]));
        decide(&past, &seen, &KeyAlerts::default()).alerts.len()
    };
    assert_eq!((alerts(999), alerts(1_000)), (1, 0));
}

#[test]
fn a_key_wakes_up_after_30_days() {
    for (days, alerts) in [(29, 0), (30, 1), (400, 1)] {
        let past = Past {
            last_used_at: Some(hours(-24 * days)),
            ..watched()
        };
        let outcome = decide(&past, &uses(1, hours(0), None), &KeyAlerts::default());
        assert_eq!(outcome.alerts.len(), alerts, "{days}");
    }
    let never = KeyAlerts {
        silence_days: Some(0),
        ..KeyAlerts::default()
    };
    let past = Past {
        last_used_at: Some(hours(-10_000)),
        ..watched()
    };
    let seen = uses(1, hours(0), None);
    assert_eq!(decide(&past, &seen, &never).alerts, []);
    // A key that was never used does not wake up.
    let past = Past {
        last_used_at: None,
        ..watched()
    };
    assert_eq!(decide(&past, &seen, &KeyAlerts::default()).alerts, []);
}

#[test]
fn a_jump_is_over_ten_times_the_mean_and_over_a_thousand() {
    // A mean of 200 in each hour of the 7 days before.
    let steady = |requests: i64| {
        let mut past = watched();
        for day in 1..=7 {
            past.days.insert(HOUR_0 / 24 - day, 24 * 200);
        }
        let seen = Seen {
            span: Some((hours(0), hours(0))),
            hours: vec![(HOUR_0, requests)],
            networks: Vec::new(),
        };
        decide(&with_days(past, &seen), &seen, &KeyAlerts::default()).alerts
    };
    assert_eq!(steady(2_000), []);
    let jump = Alert::RateJump {
        requests: 2_001,
        mean: 200.0,
        at: hours(0),
    };
    assert_eq!(steady(2_001), [jump]);
    let rare = |requests: i64| {
        let seen = Seen {
            span: Some((hours(0), hours(0))),
            hours: vec![(HOUR_0, requests)],
            networks: Vec::new(),
        };
        decide(&with_days(watched(), &seen), &seen, &KeyAlerts::default()).alerts
    };
    assert_eq!((rare(1_000).len(), rare(1_001).len()), (0, 1));
}

#[test]
fn a_new_key_is_compared_with_its_own_hours() {
    let mut past = Past::unwatched(hours(0), None);
    let mut alerts = 0;
    for hour in 0..12 {
        let seen = uses(2_000, hours(hour), None);
        past = with_days(past, &seen);
        let outcome = decide(&past, &seen, &KeyAlerts::default());
        alerts += outcome.alerts.len();
        past.hour = outcome.hour;
        past.sent = outcome.sent;
        past.last_used_at = Some(hours(hour));
    }
    // Only its first hour is unusual.
    assert_eq!(alerts, 1);
}

proptest! {
    /// However uses are cut into batches, of each kind no two alerts are less than an hour apart, and
    /// the uses of the latest hour are counted as a whole.
    #[test]
    fn alerts_are_an_hour_apart(
        steps in prop::collection::vec((0u64..4_000, 0u8..4, 1i64..2_000), 1..60),
    ) {
        let mut past = Past::unwatched(hours(0), None);
        let (mut now, mut naive) = (hours(0), BTreeMap::<i64, i64>::new());
        let mut sent: [Vec<Timestamp>; 3] = Default::default();
        for (seconds, from, count) in steps {
            now = now.plus(Duration::from_secs(seconds));
            let seen = uses(count, now, Some([10, 0, from, 1]));
            *naive.entry(hour_of(now)).or_default() += count;
            past = with_days(past, &seen);
            let outcome = decide(&past, &seen, &KeyAlerts::default());
            for alert in &outcome.alerts {
                let (kind, at) = match alert {
                    Alert::NewNetwork { at, network } => {
                        prop_assert!(!past.networks.contains(network));
                        (0, *at)
                    }
                    Alert::WokeUp { at, .. } => (1, *at),
                    Alert::RateJump { at, requests, .. } => {
                        prop_assert!(*requests > 1_000);
                        prop_assert_eq!(naive.get(&hour_of(*at)), Some(requests));
                        (2, *at)
                    }
                };
                sent[kind].push(at);
            }
            prop_assert_eq!(outcome.hour, naive.last_key_value().map(|(hour, count)| (*hour, *count)));
            past.hour = outcome.hour;
            past.sent = outcome.sent;
            past.networks.extend(outcome.networks);
            past.last_used_at = Some(now);
        }
        for kind in sent {
            for pair in kind.windows(2) {
                prop_assert!(pair[0].plus(SPACING) <= pair[1]);
            }
        }
    }

    /// A batch of another node, written late, neither fails nor moves the hour back.
    #[test]
    fn a_late_batch_does_no_harm(late in 0i64..50, count in 1i64..3_000) {
        let past = Past { hour: Some((HOUR_0, 7)), ..watched() };
        let seen = Seen {
            span: Some((hours(-late), hours(-late))),
            hours: vec![(HOUR_0 - late, count)],
            networks: Vec::new(),
        };
        let outcome = decide(&with_days(past, &seen), &seen, &KeyAlerts::default());
        let (hour, requests) = outcome.hour.unwrap();
        prop_assert_eq!(hour, HOUR_0);
        prop_assert_eq!(requests, if late == 0 { 7 + count } else { 7 });
    }
}
