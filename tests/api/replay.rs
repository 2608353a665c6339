//! Values that may be used once: on two nodes, at the same time, and after their rows are deleted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use futures_util::future::join_all;
use lanyard::base::{OrganizationId, Timestamp};
use lanyard::db::Error;
use lanyard::db::schema::replay as rows;
use lanyard::replay::{Once, Purpose, ReplayError, Scope, Value};

use crate::support::{Server, on_both};

const SCOPE: Scope = Scope {
    organization: OrganizationId(1),
    purpose: Purpose::ClientAssertion,
};

fn once(server: &Server, scope: Scope, value: &str, until: Timestamp) -> Result<Once, ReplayError> {
    let value = Value::of(&[value.as_bytes()]);
    let used = server.app.tokens.replay.once(scope, value, until);
    actix_web::rt::System::new().block_on(used)
}

/// Returns the instant this many minutes from now.
fn later(server: &Server, minutes: u64) -> Timestamp {
    server.app.clock.now().plus(Duration::from_mins(minutes))
}

fn stored(server: &Server) -> i64 {
    let count = |conn: &mut _| Ok::<_, Error>(rows::table.count().get_result(conn)?);
    server.app.db.read_blocking(count).unwrap()
}

fn purge(server: &Server) {
    let app = &server.app;
    lanyard::replay::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks()).unwrap();
}

on_both!(a_value_is_used_once_on_all_nodes_and_in_each_scope);
fn a_value_is_used_once_on_all_nodes_and_in_each_scope(one: &Server) {
    let two = &one.another(&[]);
    let until = later(one, 5);
    assert_eq!(once(one, SCOPE, "a", until).unwrap(), Once::First);
    assert_eq!(once(two, SCOPE, "a", until).unwrap(), Once::Again);
    assert_eq!(once(one, SCOPE, "a", until).unwrap(), Once::Again);
    // Also if a setting changed from which `until` was computed.
    assert_eq!(once(two, SCOPE, "a", later(one, 30)).unwrap(), Once::Again);
    assert_eq!(once(two, SCOPE, "b", until).unwrap(), Once::First);
    let others = [
        Scope {
            organization: OrganizationId(2),
            ..SCOPE
        },
        Scope {
            purpose: Purpose::DpopProof,
            ..SCOPE
        },
    ];
    for scope in others {
        assert_eq!(once(one, scope, "a", until).unwrap(), Once::First);
    }
    assert_eq!(stored(one), 4);
    let too_far = once(one, SCOPE, "c", later(one, 63));
    assert!(matches!(too_far, Err(ReplayError::TooFar)), "{too_far:?}");
    assert_eq!(stored(one), 4);
}

on_both!(of_all_that_come_at_once_one_is_first);
fn of_all_that_come_at_once_one_is_first(one: &Server) {
    const VALUES: usize = 20;
    let two = &one.another(&[]);
    let until = later(one, 5);
    let firsts: Vec<_> = (0..VALUES).map(|_| AtomicUsize::new(0)).collect();
    thread::scope(|scope| {
        for node in [one, two, one, two] {
            let firsts = &firsts;
            scope.spawn(move || {
                for (value, first) in firsts.iter().enumerate() {
                    if once(node, SCOPE, &value.to_string(), until).unwrap() == Once::First {
                        first.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    for first in firsts {
        assert_eq!(first.into_inner(), 1);
    }
}

on_both!(values_that_are_used_together_have_their_own_outcomes);
fn values_that_are_used_together_have_their_own_outcomes(one: &Server) {
    let two = &one.another(&[]);
    for _ in 0..6 {
        one.run(3_600);
        purge(one);
    }
    let (until, long_ago) = (
        later(one, 5),
        one.app.clock.now().minus(Duration::from_hours(4)),
    );
    let other = Scope {
        organization: OrganizationId(2),
        ..SCOPE
    };
    // Each of 20 values twice in one scope, once in another; and values that have expired.
    let at_node = |node: &Server| {
        let replay = &node.app.tokens.replay;
        let used = (0..80).map(|number| {
            let value = Value::of(&[(number % 20).to_string().as_bytes()]);
            let (scope, until) = match number / 20 {
                0 | 1 => (SCOPE, until),
                2 => (other, until),
                _ => (SCOPE, long_ago),
            };
            replay.once(scope, value, until)
        });
        actix_web::rt::System::new().block_on(join_all(used))
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let nodes = [one, two].map(|node| scope.spawn(move || at_node(node)));
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let first = |outcome: &Result<Once, ReplayError>| matches!(outcome, Ok(Once::First));
    for value in 0..20 {
        let of_value = |place: usize| outcomes.iter().map(move |node| &node[place * 20 + value]);
        let in_scope = of_value(0).chain(of_value(1));
        assert_eq!(in_scope.filter(|outcome| first(outcome)).count(), 1);
        assert_eq!(of_value(2).filter(|outcome| first(outcome)).count(), 1);
        let expired = |outcome: &Result<_, _>| matches!(outcome, Err(ReplayError::Expired));
        assert!(of_value(3).all(expired));
    }
    assert_eq!(stored(one), 40);
}

on_both!(a_value_whose_row_is_gone_is_refused_whatever_the_clock_says);
fn a_value_whose_row_is_gone_is_refused_whatever_the_clock_says(server: &Server) {
    let until = later(server, 5);
    assert_eq!(once(server, SCOPE, "a", until).unwrap(), Once::First);
    for _ in 0..9 {
        server.run(3_600);
        purge(server);
    }
    assert_eq!(stored(server), 0);
    for back in [0, 9 * 3_600, 24 * 3_600] {
        server.clock.jump(-back * 1_000_000);
        let again = once(server, SCOPE, "a", until);
        // For a clock that is far behind, `until` is far ahead.
        let refused = matches!(again, Err(ReplayError::Expired | ReplayError::TooFar));
        assert!(refused, "{again:?}");
    }
}

on_both!(a_clock_that_is_ahead_for_an_hour_refuses_nothing);
fn a_clock_that_is_ahead_for_an_hour_refuses_nothing(server: &Server) {
    const YEAR: i64 = 365 * 86_400 * 1_000_000;
    server.run(3_600);
    server.clock.jump(YEAR);
    server.run(3_600);
    purge(server);
    server.clock.jump(-YEAR);
    assert_eq!(
        once(server, SCOPE, "a", later(server, 5)).unwrap(),
        Once::First
    );
    for hour in 0..4 {
        server.run(3_600);
        purge(server);
        let (until, value) = (later(server, 5), hour.to_string());
        assert_eq!(once(server, SCOPE, &value, until).unwrap(), Once::First);
        assert_eq!(once(server, SCOPE, &value, until).unwrap(), Once::Again);
    }
}

// Good proofs and right signatures without end: what is stored is bounded by what came in the last
// hours, and what is in memory does not grow with them.
on_both!(a_flood_of_good_values_leaves_no_more_than_those_of_its_last_hours);
fn a_flood_of_good_values_leaves_no_more_than_those_of_its_last_hours(server: &Server) {
    const OF_AN_HOUR: i64 = 24;
    let signed = Scope {
        purpose: Purpose::SignedRequest,
        ..SCOPE
    };
    let proofs = Scope {
        purpose: Purpose::DpopProof,
        ..SCOPE
    };
    let mut most = 0;
    for hour in 0..24 {
        for scope in [signed, proofs] {
            for number in 0..OF_AN_HOUR / 2 {
                let value = format!("{hour}-{number}");
                let until = later(server, 5);
                assert_eq!(once(server, scope, &value, until).unwrap(), Once::First);
            }
        }
        server.run(3_600);
        purge(server);
        most = most.max(stored(server));
    }
    // A value is stored for its own time, for two hours until the floor reaches it, and for two more
    // until no statement can have seen a lower floor.
    assert!(most <= 6 * OF_AN_HOUR, "{most}");
    for _ in 0..9 {
        server.run(3_600);
        purge(server);
    }
    assert_eq!(stored(server), 0);
}
