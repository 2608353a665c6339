//! The text of a table becomes lines.

use std::str::FromStr;

use super::{Column, Line, MOST_LINES};
use crate::base::csv::is_guarded;

/// The lines of a table, and the columns that it has and that an import does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The lines, without the header.
    pub lines: Vec<Line>,
    /// The names of unknown columns, which are left out.
    pub unknown: Vec<String>,
}

/// Why a text is no table that can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It has no line.
    #[error(
        "the table is empty; its first line must name the columns: id, externalId, name, email, role, status"
    )]
    Empty,
    /// The first line names no known column.
    #[error("the first line names none of the columns id, externalId, name, email, role, status")]
    NoColumns,
    /// A column is there twice.
    #[error("the first line names the column {0} twice")]
    Twice(Column),
    /// It has more lines than an import takes.
    #[error("the table has more than 20000 lines; import it in parts")]
    TooLong,
    /// A line cannot be read: a field is not closed, or has a character of no encoding.
    #[error("line {0} cannot be read")]
    Line(u64),
}

/// The separators, in the order in which they win if two find as many columns.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a table (RFC 4180). The first line names the columns, in any order and without regard to
/// case; whichever separator finds the most known columns in it is the one of the table. Lines
/// without any cell are left out. White space around a cell is removed, and so is the `'` that an
/// export writes before a value that spreadsheets would run.
///
/// # Errors
/// Returns the [`TableError`].
pub fn rows(text: &str) -> Result<Text, TableError> {
    // The reader skips blank lines before the header, too.
    let first = text.trim_start_matches(['\r', '\n']).lines().next();
    let first = first.unwrap_or_default();
    let known = |separator: u8| {
        let names = first.split(char::from(separator));
        names.filter(|name| column(name).is_some()).count()
    };
    let most = SEPARATORS.iter().rev().max_by_key(|one| known(**one));
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(most.copied().unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(header) = records.next() else {
        return Err(TableError::Empty);
    };
    let header = header.map_err(|_| TableError::Line(1))?;
    let columns: Vec<Option<Column>> = header.iter().map(column).collect();
    for one in Column::ALL {
        if columns.iter().filter(|known| **known == Some(one)).count() > 1 {
            return Err(TableError::Twice(one));
        }
    }
    if columns.iter().all(Option::is_none) {
        return Err(TableError::NoColumns);
    }
    let names = header.iter().zip(&columns);
    let unknown = names
        .filter(|(name, known)| known.is_none() && !name.trim().is_empty())
        .map(|(name, _)| name.trim().to_owned())
        .collect();
    let mut lines = Vec::new();
    for (record, index) in records.zip(2_u64..) {
        let record = record.map_err(|error| {
            TableError::Line(error.position().map_or(index, csv::Position::line))
        })?;
        let number = record.position().map_or(index, |at| number_of(text, at));
        let cells = |field: usize| record.get(field).map_or("", str::trim);
        if (0..record.len()).all(|field| cells(field).is_empty()) {
            continue;
        }
        if lines.len() == MOST_LINES {
            return Err(TableError::TooLong);
        }
        let known = columns.iter().enumerate();
        let cells = known
            .filter_map(|(field, column)| Some(((*column)?, value(cells(field)))))
            .collect();
        lines.push(Line { number, cells });
    }
    Ok(Text { lines, unknown })
}

/// Returns the number of a line. The reader's position is before the blank lines that it skips.
fn number_of(text: &str, at: &csv::Position) -> u64 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    blank
        .filter(|byte| **byte == b'\n')
        .fold(at.line(), |line, _| line + 1)
}

/// Returns the column with a name.
fn column(name: &str) -> Option<Column> {
    let name = name.trim().trim_matches('"').trim();
    let known = Column::ALL.into_iter();
    let mut found = known.filter(|column| column.as_str().eq_ignore_ascii_case(name));
    found.next().or_else(|| Column::from_str(name).ok())
}

/// Returns the value of a cell; `None` if it is empty.
fn value(cell: &str) -> Option<String> {
    let guarded = cell.strip_prefix('\'').filter(|rest| is_guarded(rest));
    let value = guarded.unwrap_or(cell);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::csv::Sheet;
    use proptest::prelude::*;

    fn cells(text: &str) -> Vec<Vec<(Column, Option<String>)>> {
        let lines = rows(text).unwrap().lines;
        lines.into_iter().map(|line| line.cells).collect()
    }

    #[test]
    fn the_header_decides_the_separator_and_the_order() {
        let an = Some("An".to_owned());
        for text in [
            "Name,EMAIL\nAn,\n",
            "name;email\r\nAn;\r\n",
            "\"name\"\temail\nAn\t\n",
            "name , email\n An ,\n\n , \n",
            "name,email\nAn",
            "\r\n\nname;email\nAn;\n",
        ] {
            let wanted = vec![(Column::Name, an.clone()), (Column::Email, None)];
            assert_eq!(cells(text), [wanted], "{text:?}");
        }
        let found = rows("name,Phone,,email\n\"A, B\",1,,b@c\n").unwrap();
        assert_eq!(found.unknown, ["Phone"]);
        let named = found.lines.first().and_then(|line| line.cell(Column::Name));
        assert_eq!(named, Some(Some("A, B")));
        let numbers = rows("name\nA\n\n\"B\nC\"\nD\n").unwrap();
        let numbers: Vec<_> = numbers.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 4, 6], "a line is where an editor shows it");
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(rows(""), Err(TableError::Empty));
        assert_eq!(rows("a,b\n1,2\n"), Err(TableError::NoColumns));
        assert_eq!(rows("name,Name\n"), Err(TableError::Twice(Column::Name)));
        let long = format!("name\n{}", "A\n".repeat(MOST_LINES + 1));
        assert_eq!(rows(&long), Err(TableError::TooLong));
    }

    proptest! {
        #[test]
        fn what_was_exported_is_imported(
            values in prop::collection::vec("[^\\s]([^\u{0}-\u{1f}\u{7f}-\u{9f}]{0,20}[^\\s])?", 1..20)
        ) {
            let mut sheet = Sheet::part();
            sheet.line(["name"]);
            for value in &values {
                sheet.line([value.as_str()]);
            }
            let text = String::from_utf8(sheet.into_bytes()).unwrap();
            let found = rows(&text).unwrap();
            let found: Vec<_> = found.lines.iter().filter_map(|line| line.cell(Column::Name)?).collect();
            let wanted: Vec<_> = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn any_text_is_a_table_or_refused(text in "\\PC{0,200}|(name|id|,|;|\t|\"|\n|'|=){0,60}") {
            let _ = rows(&text);
        }
    }
}
