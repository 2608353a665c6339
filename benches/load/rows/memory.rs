//! Resident memory: after the start, and over a million tokens that are issued and then validated.

use std::thread::sleep;
use std::time::Duration;

use crate::Fallible;
use crate::lab::{Lab, Skipped};
use crate::report::{Row, Target};
use crate::tokens;

use super::{Arena, HS256};

const TOKENS: usize = 1_000_000;
const TOKENS_QUICK: usize = 50_000;
const STEPS: usize = 10;

/// What a start leaves running in the background is done by then.
const SETTLED_AFTER: Duration = Duration::from_secs(1);

pub(crate) fn measure(lab: &Lab) -> Fallible<Vec<Row>> {
    let mut arena = Arena::new(lab, "memory", None, &[HS256])?;
    arena.service = arena.installation.serve()?;
    sleep(SETTLED_AFTER);
    let resident = |arena: &Arena| {
        arena
            .service
            .server
            .resident_megabytes()
            .ok_or(Skipped("no /proc to read memory from".into()))
    };
    let start = resident(&arena)?;

    let count = if lab.arguments.quick {
        TOKENS_QUICK
    } else {
        TOKENS
    };
    let mut after = Vec::new();
    for _ in 0..STEPS {
        let issued = tokens::fetch(&arena.service, &arena.caller, count / STEPS)?;
        tokens::validate(&arena.service, &arena.caller, &issued)?;
        after.push(resident(&arena)?);
    }
    // The first step fills the verified-token cache, which is bounded; from there on nothing may grow.
    let filled = after.first().copied().unwrap_or(f64::NAN);
    let drift = after
        .iter()
        .map(|later| (later - filled).abs())
        .fold(0.0, f64::max);
    let steps: Vec<String> = after
        .iter()
        .map(|megabytes| format!("{megabytes:.0}"))
        .collect();
    let what = format!("… drift over {count} tokens, once the cache is full");
    Ok(vec![
        Row::plain(
            "resident memory after start",
            "MB",
            start,
            Target::AtMost(40.0),
            "10^6 bytes".into(),
        ),
        Row::plain(
            &what,
            "MB",
            drift,
            Target::AtMost(10.0),
            format!("after each tenth: {}", steps.join(" ")),
        ),
    ])
}
