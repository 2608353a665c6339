//! The service's own log, on standard error.

mod queue;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::ffi::OsStr;
use std::fmt;
use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub(super) use queue::Flush;

use super::output::Failure;
use crate::config::{Log, LogFormat};
use crate::http::RequestId;

/// Starts logging as configured. Dropping the returned value waits until the lines are written.
pub(super) fn start(log: &Log) -> Result<Flush, Failure> {
    let (queue, flush) = match log.format {
        LogFormat::Text => queue::start(std::io::stderr(), lost_as_text),
        LogFormat::Json => queue::start(std::io::stderr(), lost_as_json),
    }?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.level)?)
        .with_writer(move || queue.clone())
        // Otherwise it would report a failed write on standard error, and panic if that fails too.
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => builder
            .with_ansi(in_colour(
                std::io::stderr().is_terminal(),
                std::env::var_os("NO_COLOR").as_deref(),
                std::env::var_os("TERM").as_deref(),
            ))
            .fmt_fields(WithRequest(DefaultFields::new()))
            .try_init(),
        LogFormat::Json => builder
            .fmt_fields(JsonFields::new())
            .event_format(Object(Format::default().json().flatten_event(true)))
            .try_init(),
    }
    .map_err(Failure::new)?;
    std::panic::set_hook(Box::new(panicked));
    Ok(flush)
}

/// Returns whether lines are coloured: on a terminal with colours, unless `NO_COLOR` (no-color.org)
/// is set to a value that is not empty.
fn in_colour(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

/// Logs a panic like any other event, because standard error may have no reader.
fn panicked(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let what = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or_default();
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(thread, place, %trace, "panicked: {what}");
    } else {
        tracing::error!(thread, place, "panicked: {what}");
    }
}

fn lost_as_text(lines: u64) -> String {
    format!("{lines} lines of the log were lost: nobody read it\n")
}

fn lost_as_json(lines: u64) -> String {
    let line = serde_json::json!({
        "level": "WARN",
        "message": "lines of the log were lost: nobody read it",
        "lines": lines,
    });
    format!("{line}\n")
}

/// Formats the fields of a text line, followed by the id of the current request.
struct WithRequest(DefaultFields);

impl<'a> FormatFields<'a> for WithRequest {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        self.0.format_fields(writer.by_ref(), fields)?;
        match RequestId::current() {
            Some(id) => write!(writer, " request_id={id}"),
            None => Ok(()),
        }
    }
}

/// Writes one JSON object for each line, with the member `request_id` if there is a current
/// request.
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
        // The id contains only letters and digits, so it needs no escaping.
        match line.trim_end().strip_suffix('}') {
            Some(object) => writeln!(writer, r#"{object},"request_id":"{id}"}}"#),
            None => writer.write_str(&line),
        }
    }
}

/// Returns the filter. At level info it hides actix's messages about its threads and about broken
/// requests, unless the setting names an actix target: Lanyard logs its own start and stop, and
/// clients that send garbage must not fill the log.
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
    fn colours_are_for_terminals_that_want_them() {
        let [empty, set, dumb] = ["", "1", "dumb"].map(OsStr::new);
        assert!(in_colour(true, None, None));
        assert!(in_colour(true, Some(empty), Some(OsStr::new("xterm"))));
        assert!(!in_colour(false, None, None));
        assert!(!in_colour(true, Some(set), None));
        assert!(!in_colour(true, None, Some(dumb)));
    }

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
