//! `[log]`: what is logged, and in which format.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    parse::{self, Parsed},
    reader::Reader,
    value::Value,
};

/// What is logged, and in which format.
#[derive(Clone, Debug)]
pub struct Log {
    /// The format of a line.
    pub format: LogFormat,
    /// A filter in the syntax of [`EnvFilter`].
    pub level: String,
    /// Which requests are logged.
    pub requests: LogRequests,
}

/// The format of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object for each line.
    Json,
}

/// Which requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRequests {
    /// None.
    None,
    /// Those answered with 5xx.
    Errors,
    /// All.
    All,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let format = parse::choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]);
        let requests = parse::choice(&[
            ("none", LogRequests::None),
            ("errors", LogRequests::Errors),
            ("all", LogRequests::All),
        ]);
        Self {
            format: reader.setting("log.format", LogFormat::Text, format),
            level: reader.setting("log.level", "info".to_owned(), filter),
            requests: reader.setting("log.requests", LogRequests::Errors, requests),
        }
    }
}

/// Parses a filter of `tracing`. A name without a level is refused: it would log that module and
/// nothing else, but it is far more likely a misspelt level.
fn filter(value: &Value) -> Parsed<String> {
    let is_lone_name = |part: &str| {
        !part.contains(['=', '[', '{', '}', ']'])
            && (part.is_empty() || part.parse::<LevelFilter>().is_err())
    };
    value
        .text()
        .filter(|text| !text.split(',').any(is_lone_name) && EnvFilter::builder().parse(text).is_ok())
        .map(str::to_owned)
        .ok_or_else(|| {
            format!(
                "is {}; it takes off, error, warn, info, debug or trace, and TARGET=LEVEL beside it, \
                 like \"info,lanyard::feed=debug\"",
                value.shown()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_levels_and_targets() {
        for text in [
            "info",
            "off",
            "WARN",
            "info,lanyard::feed=debug",
            "info,lanyard[span{id=1}]=trace",
        ] {
            assert!(filter(&Value::Bare(text.to_owned())).is_ok(), "{text}");
        }
        for text in [
            "",
            "inof",
            "lanyard",
            "info,",
            "lanyard=loud",
            "warn, lanyard=info",
        ] {
            assert!(filter(&Value::Bare(text.to_owned())).is_err(), "{text}");
        }
        assert!(filter(&Value::Integer(3)).is_err());
    }
}
