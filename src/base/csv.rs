//! Tables for spreadsheets: CSV (RFC 4180) in UTF-8, with a byte order mark, by which Excel recognizes
//! the encoding.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};

/// The media type.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// The byte order mark.
const MARK: &str = "\u{feff}";

/// Lines of a table, in memory.
#[derive(Debug)]
pub struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    /// Begins a file: with the mark, and the names of the columns.
    #[must_use]
    pub fn begin<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sheet = Self::after(MARK.as_bytes().to_vec());
        sheet.line(columns);
        sheet
    }

    /// Begins a later part of a file.
    #[must_use]
    pub fn part() -> Self {
        Self::after(Vec::new())
    }

    fn after(bytes: Vec<u8>) -> Self {
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::CRLF);
        Self(builder.from_writer(bytes))
    }

    /// Adds a line. A cell that a spreadsheet would take for a formula gets a `'` before it.
    pub fn line<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let cells = cells.into_iter().map(guarded);
        // Writing into memory cannot fail.
        let _ = self.0.write_record(cells.map(Cow::into_owned));
    }

    /// Returns the lines.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// Whether a value is written with a `'` before it: spreadsheets would run it, or a reader that takes the
/// `'` off again would take one off that belongs to the value.
#[must_use]
pub fn is_guarded(value: &str) -> bool {
    let runs = |first: char| matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r');
    value.trim_start_matches('\'').starts_with(runs)
}

fn guarded(value: &str) -> Cow<'_, str> {
    if is_guarded(value) {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_mark_and_quotes_where_it_needs_them() {
        let mut sheet = Sheet::begin(["name", "email"]);
        sheet.line(["Lan, \"An\"", ""]);
        let bytes = [sheet.into_bytes(), Sheet::part().into_bytes()].concat();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "\u{feff}name,email\r\n\"Lan, \"\"An\"\"\",\r\n");
    }

    #[test]
    fn no_spreadsheet_runs_a_cell() {
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1", "'=1"] {
            let mut sheet = Sheet::part();
            sheet.line([formula]);
            let text = String::from_utf8(sheet.into_bytes()).unwrap();
            assert_eq!(text, format!("'{formula}\r\n"));
        }
    }
}
