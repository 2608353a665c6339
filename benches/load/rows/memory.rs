//! Resident memory: after the start, and after a million tokens are issued and then validated.

use std::thread::sleep;
use std::time::Duration;

use crate::Fallible;
use crate::lab::{Lab, Skipped};
use crate::report::{Row, Target};
use crate::tokens;

use super::{Arena, HS256};

const TOKENS: usize = 1_000_000;
const TOKENS_QUICK: usize = 50_000;
/// After this many requests every connection and thread has its buffers.
const FIRST: usize = 1_000;
const STEPS: usize = 10;

/// The background work of a start is done after this time.
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
    let step = |count: usize| -> Fallible<f64> {
        let issued = tokens::fetch(&arena.service, &arena.caller, count)?;
        tokens::validate(&arena.service, &arena.caller, &issued)?;
        Ok(resident(&arena)?)
    };
    let mut after = vec![step(FIRST)?];
    for _ in 0..STEPS {
        after.push(step(count / STEPS)?);
    }
    let most = after.iter().copied().fold(f64::NAN, f64::max);
    let least = after.iter().copied().fold(f64::NAN, f64::min);
    let steps: Vec<String> = after
        .iter()
        .map(|megabytes| format!("{megabytes:.0}"))
        .collect();
    let what = format!("… over {count} tokens, plus or minus");
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
            (most - least) / 2.0,
            Target::AtMost(10.0),
            format!("after {FIRST} and after each tenth: {}", steps.join(" ")),
        ),
    ])
}
