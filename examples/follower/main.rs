//! Validates operator tokens on its own: it follows the organization's revocation list, and checks
//! signatures and claims itself.
//!
//! `Follower` is the part for use in an agent; this file reads tokens from the standard input and
//! prints a verdict for each. The README of the examples lists the settings, the output, and what a
//! verdict promises.

mod follower;
mod keys;
mod revocations;

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Duration;

use follower::{Follower, Settings};

fn settings(given: &HashMap<String, String>) -> Result<Settings, String> {
    let wanted = |name: &str| {
        let value = given.get(name).cloned();
        value.ok_or_else(|| format!("a setting is missing: {name}"))
    };
    let or = |name: &str, default: &str| wanted(name).unwrap_or_else(|_| default.to_owned());
    let bound = or("LANYARD_STALE_SECONDS", "30").parse();
    Ok(Settings {
        url: or("LANYARD_URL", "http://127.0.0.1:8080")
            .trim_end_matches('/')
            .to_owned(),
        login: wanted("LANYARD_LOGIN")?,
        password: wanted("LANYARD_PASSWORD")?,
        issuer: or("LANYARD_ISSUER", "lanyard"),
        bound: bound
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or("LANYARD_STALE_SECONDS is not a number of seconds")?,
    })
}

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let follower = match settings(&std::env::vars().collect()) {
        Ok(settings) => Follower::start(settings),
        Err(why) => {
            writeln!(
                out,
                "{}",
                serde_json::json!({"verdict": "unknown", "why": why})
            )?;
            return Ok(ExitCode::from(2));
        }
    };
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", follower.judge(line?.trim()))?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}
