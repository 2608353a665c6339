//! Compares samples of the service with those of a baseline.

use crate::Fallible;
use crate::http::Answer;
use crate::lab::{Lab, Sample};
use crate::report::{Row, Target};
use crate::statistics::median;

/// The largest allowed deviation of the average size of the answers from the size of a good answer.
/// A larger one means that some tokens were refused.
const SIZE_TOLERANCE: f64 = 0.01;

/// Returns a row that compares requests per second with the baseline's.
pub(super) fn throughput(what: &str, samples: &[(Sample, Sample)], target: f64) -> Row {
    let rates: Vec<_> = samples
        .iter()
        .map(|(ours, baseline)| (ours.per_second, baseline.per_second))
        .collect();
    let mut row = Row::ratio(what, "1/s", &rates, "baseline", Target::AtLeast(target));
    if let Some(cpu) = cpu(samples) {
        let (ours, baseline): (Vec<f64>, Vec<f64>) = cpu.into_iter().unzip();
        row.note = format!(
            "{}; server CPU a request {:.1} µs against {:.1}",
            row.note,
            median(ours),
            median(baseline)
        );
    }
    row
}

/// Measures the service, and then both baselines: the bare one, and one that does the cryptography of
/// the answers. Returns a row that compares the rate with that of the first, and one that compares
/// the processor time with that of the second.
pub(super) fn against_both(
    lab: &Lab,
    what: &str,
    target: f64,
    ours: impl FnMut(usize) -> Fallible<Sample>,
    mut other: impl FnMut(usize, Which) -> Fallible<Sample>,
) -> Fallible<Vec<Row>> {
    let samples = lab.in_turn(ours, |round| {
        Ok((other(round, Which::Bare)?, other(round, Which::Signing)?))
    })?;
    let bare: Vec<_> = samples
        .iter()
        .map(|(ours, (bare, _))| (*ours, *bare))
        .collect();
    let signing = samples.iter().map(|(ours, (_, signing))| (*ours, *signing));
    let mut rows = vec![throughput(what, &bare, target)];
    if let Some(cpu) = cpu(&signing.collect::<Vec<_>>()) {
        rows.push(Row::ratio(
            "… its server CPU a request",
            "µs",
            &cpu,
            "baseline that does the same cryptography",
            Target::AtMost(1.25),
        ));
    }
    Ok(rows)
}

/// A baseline.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Bare,
    Signing,
}

/// Returns the server's processor time per request of both sides, for each round; `None` if it
/// cannot be measured.
pub(super) fn cpu(samples: &[(Sample, Sample)]) -> Option<Vec<(f64, f64)>> {
    samples
        .iter()
        .map(|(ours, baseline)| ours.cpu_micros.zip(baseline.cpu_micros))
        .collect()
}

/// Compares the average size of the answers with that of a good one: a refusal of a token has status
/// 200 as well, and is much shorter.
pub(super) fn good(expected: &Answer, sample: Sample) -> Fallible<Sample> {
    let expected = expected.wire_length() as f64;
    if (sample.bytes_per_answer - expected).abs() > expected * SIZE_TOLERANCE {
        let got = sample.bytes_per_answer;
        return Err(format!(
            "answers of {got:.1} bytes on average, {expected} expected: not all are good"
        )
        .into());
    }
    Ok(sample)
}
