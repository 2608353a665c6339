//! Reads settings from the TOML file, with the line of each.

use std::{collections::BTreeMap, fs, path::Path};

use toml::de::{DeTable, DeValue};

use super::{
    errors::{Origin, SettingError},
    reader::Entry,
    value::Value,
};

/// The content of a configuration file.
#[derive(Default)]
pub(super) struct File {
    /// The settings, by dotted key.
    pub(super) settings: BTreeMap<String, Entry>,
    /// The tables without any setting, by dotted key.
    pub(super) empty: Vec<(String, Origin)>,
    /// Why the file, or part of it, could not be read.
    pub(super) errors: Vec<SettingError>,
}

impl File {
    /// Reads the file. If it has syntax errors, the readable part is kept, so that its other errors
    /// are reported in the same run.
    pub(super) fn read(path: &Path) -> Self {
        let mut file = Self::default();
        match fs::read_to_string(path) {
            Err(error) => {
                let origin = Origin::File(path.to_owned(), None);
                file.errors.push(SettingError::of_file(
                    origin,
                    format!("the configuration file cannot be read: {error}"),
                ));
            }
            Ok(text) => file.parse(path, &text),
        }
        file
    }

    fn parse(&mut self, path: &Path, text: &str) {
        let line_of = |at: usize| {
            let before = text.as_bytes().get(..at).unwrap_or_default();
            Origin::File(
                path.to_owned(),
                Some(before.split(|byte| *byte == b'\n').count()),
            )
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let origin = line_of(error.span().map_or(0, |span| span.start));
            self.errors.push(SettingError::of_file(
                origin,
                format!("no valid TOML: {}", error.message()),
            ));
        }
        self.flatten("", table.get_ref(), &line_of);
    }

    fn flatten(&mut self, prefix: &str, table: &DeTable<'_>, line_of: &impl Fn(usize) -> Origin) {
        for (name, value) in table {
            let key = format!("{prefix}{}", key_part(name.get_ref()));
            let origin = line_of(name.span().start);
            match value.get_ref() {
                DeValue::Table(table) if table.is_empty() => self.empty.push((key, origin)),
                DeValue::Table(table) => self.flatten(&format!("{key}."), table, line_of),
                value => {
                    self.settings.insert(
                        key,
                        Entry {
                            value: plain(value),
                            origin,
                        },
                    );
                }
            }
        }
    }
}

/// Returns one part of a dotted key. A part that is not a bare key is quoted, so that
/// `"http.listen"` differs from `http.listen`.
fn key_part(name: &str) -> String {
    let bare =
        |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number beyond 64 bits"), Value::Integer),
        DeValue::Array(values) => {
            Value::List(values.iter().map(|value| plain(value.get_ref())).collect())
        }
        DeValue::Float(_) => Value::Other("a number with a fraction"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Table(_) => Value::Other("a table"),
    }
}
