//! Validation compared with the baseline: one token, ten thousand tokens, and tokens that were
//! never validated before.

use std::time::Duration;

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::http::Sender;
use crate::lab::{Lab, Sample};
use crate::report::{Row, Target};
use crate::service::{Caller, VALIDATE, validate_body};
use crate::tokens;
use crate::wrk;

use super::{
    Arena, CONNECTIONS, EDDSA, HS256, LEDGER_OFF, Which, against_both, cpu, good, throughput,
};

const TOKENS_IN_TURN: usize = 10_000;

/// The largest share of the baseline's throughput that new tokens can reach; so many are issued
/// beforehand.
const NEW_AT_MOST_HS256: f64 = 2.0;
const NEW_AT_MOST_EDDSA: f64 = 1.0;

/// The number of tokens of a set that are validated one by one beforehand.
const LOOKED_AT: usize = 20;

pub(crate) fn same(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "validate-same", None, &[HS256])?;
    let load = load(
        lab,
        &arena.caller,
        Bodies::Same(validate_body(&arena.token)),
    );
    let samples = against_floor(lab, &arena, &load, &load)?;
    let mut rows = vec![throughput("validate, the same token", &samples, 0.85)];
    if let Some(cpu) = cpu(&samples) {
        rows.push(Row::ratio(
            "… its server CPU a request",
            "µs",
            &cpu,
            "baseline",
            Target::AtMost(1.4),
        ));
    }
    Ok(rows)
}

pub(crate) fn ten_thousand(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "validate-10k", None, &[HS256])?;
    let tokens = tokens::fetch(&arena.service, &arena.caller, TOKENS_IN_TURN)?;
    look_at(&arena, &tokens)?;
    let file = tokens::write_bodies(&arena.folder, "bodies", &tokens, 1)?.remove(0);
    let load = load(lab, &arena.caller, Bodies::InTurn(file));
    let samples = against_floor(lab, &arena, &load, &load)?;
    Ok(vec![throughput(
        "validate, 10 000 tokens in turn",
        &samples,
        0.80,
    )])
}

pub(crate) fn new_hs256(lab: &Lab) -> Fallible<Vec<Row>> {
    never_seen(lab, "validate-new-hs256", HS256, NEW_AT_MOST_HS256, 0.60)
}

pub(crate) fn new_eddsa(lab: &Lab) -> Fallible<Vec<Row>> {
    never_seen(lab, "validate-new-eddsa", EDDSA, NEW_AT_MOST_EDDSA, 0.20)
}

fn never_seen(
    lab: &Lab,
    name: &str,
    algorithm: (&str, &str),
    at_most: f64,
    target: f64,
) -> Fallible<Vec<Row>> {
    let mut arena = Arena::new(lab, name, None, &[algorithm, LEDGER_OFF])?;
    let signing = arena.signing_baseline(algorithm)?;
    let what = format!("validate, never-seen tokens, {}", algorithm.1);
    // Half the time: a token can be used for one request only, and issuing the tokens takes longer
    // than the measurement.
    let time = Duration::from_secs(lab.arguments.time.as_secs().div_ceil(2));
    let load = |bodies| Load {
        time,
        ..load(lab, &arena.caller, bodies)
    };
    let baseline = lab
        .measure(
            &arena.baseline,
            &load(Bodies::Same(validate_body(&arena.token))),
        )?
        .per_second;
    let count = (baseline * at_most * time.as_secs_f64()) as usize;
    let rounds = (0..lab.arguments.rounds)
        .map(|round| {
            let tokens = tokens::fetch(&arena.service, &arena.caller, count)?;
            if round == 0 {
                look_at(&arena, &tokens)?;
            }
            tokens::write_bodies(
                &arena.folder,
                &format!("round-{round}"),
                &tokens,
                wrk::threads(),
            )
        })
        .collect::<Fallible<Vec<_>>>()?;
    // A fresh process, without the memory that issuing may have left.
    arena.service = arena.installation.serve()?;
    let bodies = |round: usize, again| Bodies::Once {
        files: rounds.get(round).cloned().unwrap_or_default(),
        again,
    };
    let ours = |round| {
        let load = load(bodies(round, false));
        good(&arena.verdict, lab.measure(&arena.service.server, &load)?)
    };
    against_both(lab, &what, target, ours, |round, which| {
        let server = match which {
            Which::Bare => &arena.baseline,
            Which::Signing => &signing,
        };
        lab.measure(server, &load(bodies(round, true)))
    })
}

fn load<'a>(lab: &Lab, caller: &'a Caller, bodies: Bodies) -> Load<'a> {
    let time = lab.arguments.time;
    Load {
        path: VALIDATE,
        sender: Sender::Company(&caller.credential),
        bodies,
        connections: CONNECTIONS,
        time,
    }
}

fn against_floor(
    lab: &Lab,
    arena: &Arena,
    ours: &Load<'_>,
    baseline: &Load<'_>,
) -> Fallible<Vec<(Sample, Sample)>> {
    lab.in_turn(
        |_| good(&arena.verdict, lab.measure(&arena.service.server, ours)?),
        |_| lab.measure(&arena.baseline, baseline),
    )
}

fn look_at(arena: &Arena, tokens: &[String]) -> Fallible<()> {
    for token in tokens.iter().step_by((tokens.len() / LOOKED_AT).max(1)) {
        arena.service.validate(&arena.caller, token)?;
    }
    Ok(())
}
