//! The arguments of the command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::Fallible;

const USAGE: &str =
    "usage: cargo bench --bench load -- [names] [--rounds N] [--seconds S] [--json FILE] [--quick]";

#[derive(Debug)]
pub(crate) struct Arguments {
    names: Vec<String>,
    /// The number of rounds in which each pair is measured, alternately.
    pub(crate) rounds: usize,
    /// The duration of one measurement.
    pub(crate) time: Duration,
    pub(crate) json: Option<PathBuf>,
    /// Shorter runs and fewer tokens: they show that everything works, and are not results.
    pub(crate) quick: bool,
}

impl Arguments {
    pub(crate) fn parse(given: Vec<String>) -> Fallible<Self> {
        let quick = given.iter().any(|argument| argument == "--quick");
        let mut arguments = Self {
            names: Vec::new(),
            rounds: if quick { 2 } else { 5 },
            time: Duration::from_secs(if quick { 1 } else { 4 }),
            json: None,
            quick,
        };
        let mut given = given.into_iter();
        while let Some(argument) = given.next() {
            let mut value = || {
                given
                    .next()
                    .ok_or(format!("{argument} wants a value\n{USAGE}"))
            };
            match argument.as_str() {
                "--quick" => {}
                "--rounds" => arguments.rounds = value()?.parse::<usize>()?.max(1),
                "--seconds" => {
                    arguments.time = Duration::from_secs(value()?.parse::<u64>()?.max(1));
                }
                "--json" => arguments.json = Some(value()?.into()),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}\n{USAGE}").into());
                }
                _ => arguments.names.push(argument),
            }
        }
        Ok(arguments)
    }

    pub(crate) fn wants(&self, row: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| row.contains(name.as_str()))
    }
}
