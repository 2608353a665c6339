//! Tables of operators: any bytes are a table or refused, and what is exported of a table is the same
//! table when it is imported.

#![no_main]

use lanyard::operator::import::{Column, Encoding, cell, read, record};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for encoding in Encoding::ALL {
        let Ok((table, _)) = read(bytes, encoding) else {
            continue;
        };
        let Some(first) = table.lines.first() else {
            continue;
        };
        let columns: Vec<Column> = first.cells.iter().map(|(column, _)| *column).collect();
        let mut text = record(columns.iter().map(|column| column.as_str()));
        for line in &table.lines {
            let cells: Vec<String> = line
                .cells
                .iter()
                .map(|(_, value)| cell(value.as_deref().unwrap_or_default()).into_owned())
                .collect();
            text.push_str(&record(cells.iter().map(String::as_str)));
        }
        let (again, _) = read(text.as_bytes(), Encoding::Utf8).expect("an export is a table");
        let values = |lines: &[lanyard::operator::import::Line]| -> Vec<_> {
            let lines = lines.iter().map(|line| line.cells.clone());
            lines
                .filter(|cells| cells.iter().any(|(_, value)| value.is_some()))
                .collect()
        };
        assert_eq!(values(&again.lines), values(&table.lines));
    }
});
