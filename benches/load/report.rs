//! The result as an aligned table and as JSON.

use std::fs;

use serde_json::{Value, json};

use crate::Fallible;
use crate::lab::{Lab, Skipped};
use crate::process::cores;
use crate::statistics::median;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// A number with which others are compared.
    Shown,
}

impl Target {
    fn met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::Shown => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(bound) => format!("≥ {bound}"),
            Self::AtMost(bound) => format!("≤ {bound}"),
            Self::Shown => "–".to_owned(),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// The value with which it is compared; `None` if the target is a plain number.
    pub(crate) against: Option<(&'static str, f64)>,
    /// The value to which the target applies: a ratio, or the number itself.
    pub(crate) value: f64,
    pub(crate) target: Target,
    pub(crate) note: String,
}

impl Row {
    /// Returns a comparison: the medians of both sides, and the median of the ratios of the rounds,
    /// on which a machine that becomes slower during the run has no effect.
    pub(crate) fn ratio(
        what: &str,
        unit: &'static str,
        rounds: &[(f64, f64)],
        against: &'static str,
        target: Target,
    ) -> Self {
        let ratios: Vec<String> = rounds
            .iter()
            .map(|(ours, other)| format!("{:.2}", ours / other))
            .collect();
        Self {
            what: what.to_owned(),
            unit,
            ours: median(rounds.iter().map(|round| round.0)),
            against: Some((against, median(rounds.iter().map(|round| round.1)))),
            value: median(rounds.iter().map(|(ours, other)| ours / other)),
            target,
            note: format!("rounds {}", ratios.join(" ")),
        }
    }

    /// Returns a plain number with a bound.
    pub(crate) fn plain(
        what: &str,
        unit: &'static str,
        value: f64,
        target: Target,
        note: String,
    ) -> Self {
        Self {
            what: what.to_owned(),
            unit,
            ours: value,
            against: None,
            value,
            target,
            note,
        }
    }

    fn cells(&self) -> Vec<String> {
        let verdict = match self.target {
            Target::Shown => "",
            target if target.met(self.value) => "ok",
            _ => "MISS",
        };
        let (name, other) = self
            .against
            .map_or(("", String::new()), |(name, value)| (name, number(value)));
        let ratio = if self.against.is_some() {
            format!("{:.2}", self.value)
        } else {
            String::new()
        };
        let cells = [
            &self.what,
            self.unit,
            &number(self.ours),
            &other,
            name,
            &ratio,
            &self.target.text(),
            verdict,
        ];
        cells.into_iter().map(ToOwned::to_owned).collect()
    }

    fn json(&self, name: &str) -> Value {
        json!({
            "row": name, "what": self.what, "unit": self.unit, "ours": self.ours,
            "against": self.against.map(|(name, value)| json!({"what": name, "value": value})),
            "value": self.value, "target": self.target.text(), "ok": self.target.met(self.value), "note": self.note,
        })
    }
}

enum Entry {
    Measured(Row),
    Skipped(String),
    Failed(String),
}

pub(crate) struct Report {
    machine: Value,
    entries: Vec<(&'static str, Entry)>,
}

impl Report {
    pub(crate) fn new(lab: &Lab) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let processor = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let machine = json!({
            "processor": processor.map(|(_, name)| name), "cores": cores(),
            "load_before": read("/proc/loadavg").split(' ').next(), "generator": lab.generator.name(),
            "rounds": lab.arguments.rounds, "seconds": lab.arguments.time.as_secs(), "quick": lab.arguments.quick,
            "profile": "bench (as dist)",
        });
        Self {
            machine,
            entries: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: &'static str, result: Fallible<Vec<Row>>) {
        match result {
            Ok(rows) => {
                for row in rows {
                    eprintln!("  {}  ({})", row.cells().join("  "), row.note);
                    self.entries.push((name, Entry::Measured(row)));
                }
            }
            Err(error) => {
                eprintln!("  {error}");
                let entry = match error.downcast::<Skipped>() {
                    Ok(skipped) => Entry::Skipped(skipped.0),
                    Err(error) => Entry::Failed(error.to_string()),
                };
                self.entries.push((name, entry));
            }
        }
    }

    pub(crate) fn failed(&self) -> bool {
        self.entries
            .iter()
            .any(|(_, entry)| matches!(entry, Entry::Failed(_)))
    }

    pub(crate) fn print(&self) {
        let head = [
            "row", "unit", "lanyard", "against", "", "ratio", "target", "",
        ]
        .map(str::to_owned)
        .to_vec();
        let mut lines = vec![head];
        let mut rest = Vec::new();
        for (name, entry) in &self.entries {
            match entry {
                Entry::Measured(row) => lines.push(row.cells()),
                Entry::Skipped(why) => rest.push(format!("{name} SKIPPED: {why}")),
                Entry::Failed(why) => rest.push(format!("{name} FAILED: {why}")),
            }
        }
        println!("\n{}\n", self.machine);
        let columns = lines.first().map_or(0, Vec::len);
        let width = |column: usize| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for line in &lines {
            let mut cells = Vec::new();
            for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
                // Numbers are aligned to the right.
                let numeric = matches!(column, 2 | 3 | 5);
                cells.push(if numeric {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                });
            }
            println!("{}", cells.join("  ").trim_end());
        }
        for line in rest {
            println!("{line}");
        }
    }

    pub(crate) fn json(&self) -> Fallible<String> {
        let rows: Vec<Value> = self
            .entries
            .iter()
            .map(|(name, entry)| match entry {
                Entry::Measured(row) => row.json(name),
                Entry::Skipped(why) => json!({"row": name, "skipped": why}),
                Entry::Failed(why) => json!({"row": name, "failed": why}),
            })
            .collect();
        Ok(serde_json::to_string_pretty(
            &json!({"machine": self.machine, "rows": rows}),
        )?)
    }
}

/// Formats large numbers without a fraction and with separated thousands, and small ones with three
/// digits.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}
