//! Tables of operators: any bytes are a table or refused, and what is exported of a table is the same
//! table when it is imported.

#![no_main]

use lanyard::base::csv::Sheet;
use lanyard::operator::import::{Column, Encoding, read};
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
        let mut sheet = Sheet::begin(columns.iter().map(|column| column.as_str()));
        for line in &table.lines {
            let cells = line.cells.iter();
            sheet.line(cells.map(|(_, value)| value.as_deref().unwrap_or_default()));
        }
        let (again, _) = read(&sheet.into_bytes(), Encoding::Utf8).expect("an export is a table");
        let values = |lines: &[lanyard::operator::import::Line]| -> Vec<_> {
            let lines = lines.iter().map(|line| line.cells.clone());
            lines
                .filter(|cells| cells.iter().any(|(_, value)| value.is_some()))
                .collect()
        };
        assert_eq!(values(&again.lines), values(&table.lines));
    }
});
