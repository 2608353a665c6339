//! The service's own log, on standard error.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::output::Failure;
use crate::config::{Log, LogFormat};
use crate::http::RequestId;

/// Starts logging as the configuration says.
pub(super) fn start(log: &Log) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.level)?)
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => builder
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .fmt_fields(WithRequest(DefaultFields::new()))
            .try_init(),
        LogFormat::Json => builder
            .fmt_fields(JsonFields::new())
            .event_format(Object(Format::default().json().flatten_event(true)))
            .try_init(),
    }
    .map_err(Failure::new)
}

/// The fields of a line of text, and after them the id of the request it was written for.
struct WithRequest(DefaultFields);

impl<'a> FormatFields<'a> for WithRequest {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        self.0.format_fields(writer.by_ref(), fields)?;
        match RequestId::current() {
            Some(id) => write!(writer, " request_id={}", id.0),
            None => Ok(()),
        }
    }
}

/// A JSON object a line, with the member `request_id` where there is a request.
struct Object(Format<Json>);

impl<S, N> FormatEvent<S, N> for Object
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(id) = RequestId::current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0
            .format_event(context, Writer::new(&mut line), event)?;
        // An id is a plain word: it needs no escaping.
        match line.trim_end().strip_suffix('}') {
            Some(object) => writeln!(writer, r#"{object},"request_id":"{}"}}"#, id.0),
            None => writer.write_str(&line),
        }
    }
}

/// The filter, and at level info without what actix tells of its threads and of strangers' broken requests, unless it was
/// asked for: starting and stopping are told by Lanyard itself, and whoever sends garbage shall not fill the log.
fn filter(level: &str) -> Result<EnvFilter, Failure> {
    let parse = |text: &str| EnvFilter::try_new(text).map_err(Failure::new);
    let filter = parse(level)?;
    if filter.max_level_hint() == Some(LevelFilter::INFO) && !level.contains("actix_") {
        return parse(&format!("{level},actix_server=warn,actix_http=off"));
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actix_is_quiet_unless_asked_for() {
        for (level, expected) in [
            ("info", "actix_server=warn,actix_http=off,info"),
            ("debug", "debug"),
            ("error", "error"),
            ("info,actix_server=info", "actix_server=info,info"),
        ] {
            assert_eq!(filter(level).unwrap().to_string(), expected, "{level}");
        }
    }
}
