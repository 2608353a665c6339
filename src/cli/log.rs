//! The service's own log, on standard error.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::output::Failure;
use crate::config::{Log, LogFormat};

/// Starts logging as the configuration says.
pub(super) fn start(log: &Log) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.level)?)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(Failure::new)
}

/// The filter, and at level info without what actix tells of its threads unless it was asked for: starting and stopping are
/// told by Lanyard itself.
fn filter(level: &str) -> Result<EnvFilter, Failure> {
    const ACTIX: &str = "actix_server";
    let parse = |text: &str| EnvFilter::try_new(text).map_err(Failure::new);
    let filter = parse(level)?;
    if filter.max_level_hint() == Some(LevelFilter::INFO) && !level.contains(ACTIX) {
        return parse(&format!("{level},{ACTIX}=warn"));
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actix_is_quiet_unless_asked_for() {
        for (level, expected) in [
            ("info", "actix_server=warn,info"),
            ("debug", "debug"),
            ("error", "error"),
            ("info,actix_server=info", "actix_server=info,info"),
        ] {
            assert_eq!(filter(level).unwrap().to_string(), expected, "{level}");
        }
    }
}
