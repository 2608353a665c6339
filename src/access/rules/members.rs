//! Reads the members of a table of TOML strictly: each has its type, none is unknown.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults};

/// A file that is being read, with everything that was wrong so far.
pub(in crate::access) struct Document<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

/// A table of the file.
pub(in crate::access) struct Members<'a, 't> {
    /// Where the table begins (bytes).
    start: usize,
    table: &'t DeTable<'a>,
    asked: BTreeSet<&'static str>,
}

/// A value, and where it is (bytes).
pub(in crate::access) struct Placed<T> {
    pub(in crate::access) value: T,
    pub(in crate::access) at: usize,
}

impl<'a> Document<'a> {
    /// Reads a text as TOML, passes its members to `read`, and returns what that returns.
    ///
    /// # Errors
    /// Returns everything that is wrong.
    pub(in crate::access) fn read<T>(
        text: &'a str,
        read: impl FnOnce(&mut Self, &mut Members<'a, '_>) -> T,
    ) -> Result<T, Faults> {
        let mut document = Self {
            text,
            faults: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            document.refuse(at, "", format!("is no valid TOML: {}", error.message()));
        }
        let mut members = Members::of(0, table.get_ref());
        let value = read(&mut document, &mut members);
        members.end(&mut document);
        let Self { mut faults, .. } = document;
        faults.sort_by_key(|fault| fault.line);
        if faults.is_empty() {
            Ok(value)
        } else {
            Err(Faults(faults))
        }
    }

    /// Notes what is wrong at a place.
    pub(in crate::access) fn refuse(&mut self, at: usize, member: &str, why: impl Into<String>) {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        self.faults.push(Fault {
            line: before.split(|byte| *byte == b'\n').count(),
            member: member.to_owned(),
            why: why.into(),
        });
    }

    /// Passes each table of an array of tables to `read`. Returns what that returns.
    pub(in crate::access) fn tables<T>(
        &mut self,
        members: &mut Members<'a, '_>,
        name: &'static str,
        mut read: impl FnMut(&mut Self, &mut Members<'a, '_>) -> T,
    ) -> Vec<T> {
        let Some(found) = members.find(name) else {
            return Vec::new();
        };
        let DeValue::Array(array) = found.value else {
            self.refuse(found.at, name, format!("must be tables: [[{name}]]"));
            return Vec::new();
        };
        let mut values = Vec::new();
        for item in array {
            let at = item.span().start;
            if let DeValue::Table(table) = item.get_ref() {
                let mut inner = Members::of(at, table);
                values.push(read(self, &mut inner));
                inner.end(self);
            } else {
                self.refuse(at, name, format!("must be tables: [[{name}]]"));
            }
        }
        values
    }
}

impl<'a, 't> Members<'a, 't> {
    fn of(start: usize, table: &'t DeTable<'a>) -> Self {
        Self {
            start,
            table,
            asked: BTreeSet::new(),
        }
    }

    /// Where the table begins (bytes).
    pub(in crate::access) const fn start(&self) -> usize {
        self.start
    }

    /// Whether the table has a member.
    pub(in crate::access) fn has(&self, name: &str) -> bool {
        self.table.iter().any(|(key, _)| key.get_ref() == name)
    }

    fn find(&mut self, name: &'static str) -> Option<Placed<&'t DeValue<'a>>> {
        self.asked.insert(name);
        let (key, value) = self.table.iter().find(|(key, _)| key.get_ref() == name)?;
        Some(Placed {
            value: value.get_ref(),
            at: key.span().start,
        })
    }

    /// Returns a member as `parse` reads it from a text. `None` if it is missing, or wrong.
    pub(in crate::access) fn text<T>(
        &mut self,
        document: &mut Document<'a>,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let Placed { value, at } = self.find(name)?;
        let DeValue::String(text) = value else {
            document.refuse(at, name, "must be text");
            return None;
        };
        match parse(text) {
            Ok(value) => Some(Placed { value, at }),
            Err(why) => {
                document.refuse(at, name, why);
                None
            }
        }
    }

    /// Returns a member that is an array of texts. `None` if it is missing, or wrong.
    pub(in crate::access) fn texts<T>(
        &mut self,
        document: &mut Document<'a>,
        name: &'static str,
        mut parse: impl FnMut(&str) -> Result<T, String>,
    ) -> Option<Placed<Vec<T>>> {
        let Placed { value, at } = self.find(name)?;
        let DeValue::Array(array) = value else {
            document.refuse(at, name, "must be an array of texts, as [\"…\"]");
            return None;
        };
        let mut values = Vec::new();
        for item in array {
            let parsed = match item.get_ref() {
                DeValue::String(text) => parse(text),
                _ => Err("must be an array of texts, as [\"…\"]".to_owned()),
            };
            match parsed {
                Ok(value) => values.push(value),
                Err(why) => {
                    document.refuse(item.span().start, name, why);
                    return None;
                }
            }
        }
        Some(Placed { value: values, at })
    }

    /// Returns a member that is true or false. `None` if it is missing, or wrong.
    pub(in crate::access) fn boolean(
        &mut self,
        document: &mut Document<'a>,
        name: &'static str,
    ) -> Option<Placed<bool>> {
        let Placed { value, at } = self.find(name)?;
        if let DeValue::Boolean(value) = value {
            return Some(Placed { value: *value, at });
        }
        document.refuse(at, name, "must be true or false");
        None
    }

    /// Returns a member that is a whole number of 1 to `most`. `None` if it is missing, or wrong.
    pub(in crate::access) fn number(
        &mut self,
        document: &mut Document<'a>,
        name: &'static str,
        most: i64,
    ) -> Option<Placed<i64>> {
        let Placed { value, at } = self.find(name)?;
        let number = match value {
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        if let Some(value) = number.filter(|value| (1..=most).contains(value)) {
            return Some(Placed { value, at });
        }
        document.refuse(at, name, format!("must be a whole number of 1 to {most}"));
        None
    }

    /// Notes the members that are unknown, because nothing has read them.
    fn end(self, document: &mut Document<'a>) {
        let Self { table, asked, .. } = self;
        for (key, _) in table {
            if !asked.contains(&**key.get_ref()) {
                let known: Vec<_> = asked.iter().copied().collect();
                let why = format!("is unknown; the members are {}", known.join(", "));
                document.refuse(key.span().start, key.get_ref(), why);
            }
        }
    }
}
