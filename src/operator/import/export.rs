//! Operators as a table, as an import reads it.

use std::borrow::Cow;

use super::Column;
use crate::operator::Operator;

/// The columns of an export, in their order.
pub const COLUMNS: [&str; 6] = ["id", "externalId", "name", "email", "role", "status"];

/// Whether a value is written with a `'` before it: spreadsheets would run it, or the import would
/// take its own `'` off.
#[must_use]
pub fn is_guarded(value: &str) -> bool {
    let runs = |first: char| matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r');
    value.trim_start_matches('\'').starts_with(runs)
}

/// Returns a value as a cell.
#[must_use]
pub fn cell(value: &str) -> Cow<'_, str> {
    if is_guarded(value) {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// Returns a line of a table (RFC 4180), with its end.
#[must_use]
pub fn record<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (number, cell) in cells.into_iter().enumerate() {
        if number > 0 {
            line.push(',');
        }
        let outer = cell.starts_with(char::is_whitespace) || cell.ends_with(char::is_whitespace);
        if outer || cell.contains([',', ';', '\t', '"', '\r', '\n']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    line
}

/// Returns the cells of an operator, in the order of [`COLUMNS`].
#[must_use]
pub fn cells(operator: &Operator) -> [String; 6] {
    let text = |value: &Option<String>| cell(value.as_deref().unwrap_or_default()).into_owned();
    let profile = &operator.profile;
    Column::ALL.map(|column| match column {
        Column::Id => operator.id.to_string(),
        Column::ExternalId => text(&profile.external_id),
        Column::Name => cell(&profile.name).into_owned(),
        Column::Email => text(&profile.email),
        Column::Role => text(&profile.role),
        Column::Status => operator.status.to_string(),
    })
}
