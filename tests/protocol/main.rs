//! The feed-and-lease protocol as a state machine, searched exhaustively for small sizes: in no
//! history does a validation that starts after a revoke returned answer "valid". Each law is a
//! switch. With any one of them off, the search finds a history that breaks the promise, so every
//! law is necessary.
#![allow(clippy::indexing_slicing)]

mod laws;
mod model;
mod registry;

use std::collections::{HashSet, VecDeque};

use laws::{ALL, Laws};
use model::State;

/// Searches every history. Returns the number of states, or a state that breaks the promise.
fn search(laws: Laws) -> Result<usize, State> {
    let first = State::FIRST;
    let mut seen = HashSet::from([first]);
    let mut waiting = VecDeque::from([first]);
    while let Some(state) = waiting.pop_front() {
        for mut state in state.next(laws)? {
            // The nodes are alike: one order of them represents all.
            state.nodes.sort_unstable();
            if seen.insert(state) {
                waiting.push_back(state);
            }
        }
    }
    Ok(seen.len())
}

#[test]
fn with_every_law_no_history_breaks_the_promise() {
    match search(ALL) {
        Ok(states) => assert!(
            states > 10_000,
            "only {states} states: the model is too small to prove anything"
        ),
        Err(state) => panic!("{state:#?}"),
    }
}

#[test]
fn without_any_one_law_some_history_breaks_it() {
    for (name, laws) in [
        ("wait", Laws { wait: false, ..ALL }),
        (
            "apply_then_confirm",
            Laws {
                apply_then_confirm: false,
                ..ALL
            },
        ),
        (
            "lease_from_before",
            Laws {
                lease_from_before: false,
                ..ALL
            },
        ),
        (
            "register_then_sync",
            Laws {
                register_then_sync: false,
                ..ALL
            },
        ),
        (
            "taken_before_index",
            Laws {
                taken_before_index: false,
                ..ALL
            },
        ),
        (
            "cleared_after_lease",
            Laws {
                cleared_after_lease: false,
                ..ALL
            },
        ),
        (
            "watched_anew_after_crash",
            Laws {
                watched_anew_after_crash: false,
                ..ALL
            },
        ),
    ] {
        assert!(
            search(laws).is_err(),
            "the promise holds without the law {name}"
        );
    }
}
