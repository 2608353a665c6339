//! A list in one call leaves what its rows leave when each is written alone: the same operators,
//! audit lines, messages and entries of the feed, or the same error for the same row.

mod place;

use std::collections::HashSet;

use lanyard::base::OperatorId;
use lanyard::operator::{Change, Row};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use self::place::Place;
use crate::support::{Server, on_both};

/// How many operators there are before the list.
const PRESENT: i64 = 5;

/// A row of the list: the place of the operator (`None` if it is new), and its new values. Numbers
/// pick one of a few names.
#[derive(Debug, Clone)]
struct Wish {
    operator: Option<i64>,
    name: bool,
    external_id: Option<Option<i64>>,
    email: Option<Option<i64>>,
    active: Option<bool>,
}

fn wish() -> impl Strategy<Value = Wish> {
    let few = || prop_oneof![4 => Just(None), 3 => (0..8i64).prop_map(|n| Some(Some(n))), 1 => Just(Some(None))];
    let operator = prop_oneof![4 => (0..PRESENT).prop_map(Some), 1 => Just(None)];
    (operator, any::<bool>(), few(), few(), any::<Option<bool>>()).prop_map(
        |(operator, name, external_id, email, active)| Wish {
            operator,
            name,
            external_id,
            email,
            active,
        },
    )
}

/// A list that names no operator twice.
fn list() -> impl Strategy<Value = Vec<Wish>> {
    prop::collection::vec(wish(), 1..9).prop_map(|wishes| {
        let mut named = HashSet::new();
        let once = |wish: &Wish| wish.operator.is_none_or(|operator| named.insert(operator));
        wishes.into_iter().filter(once).collect()
    })
}

fn external_id(n: i64) -> String {
    format!("chat-{n}")
}

fn email(n: i64, upper: bool) -> String {
    let text = format!("lan-{n}@example.com");
    if upper { text.to_uppercase() } else { text }
}

/// The row of a wish, for the organization whose operators these are.
fn row(number: usize, wish: &Wish, ids: &[OperatorId]) -> Row {
    let id = wish.operator.map(|n| ids[usize::try_from(n).unwrap()]);
    // An operator without an external id after the list is changed by its row even if its old one
    // was released before.
    let named = wish.name || id.is_none() || wish.external_id == Some(None);
    Row {
        id,
        change: Change {
            name: named.then(|| format!("Minh {number}")),
            // A new operator with a known external id would be the operator that has it.
            external_id: id.and(wish.external_id).map(|id| id.map(external_id)),
            email: wish.email.map(|n| n.map(|n| email(n, number % 2 == 1))),
            active: wish.active,
            ..Change::default()
        },
    }
}

on_both!(
    a_list_at_once_leaves_what_its_rows_leave_one_by_one,
    "login.throttle=false"
);
fn a_list_at_once_leaves_what_its_rows_leave_one_by_one(server: &Server) {
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let count = std::cell::Cell::new(0);
    let both = |case: &str| {
        count.set(count.get() + 1);
        Place::new(server, &format!("{case}-{}", count.get()))
    };
    let outcome = TestRunner::new(config).run(&list(), |list| {
        let (at_once, one_by_one) = (both("at-once"), both("one-by-one"));
        prop_assert_eq!(at_once.state(), one_by_one.state());
        let (left, right) = (at_once.all_at_once(&list), one_by_one.one_by_one(&list));
        prop_assert_eq!(left, right);
        prop_assert_eq!(at_once.state(), one_by_one.state());
        Ok(())
    });
    if let Err(TestError::Fail(why, list)) = outcome {
        panic!("{why}: {list:#?}");
    }
}
