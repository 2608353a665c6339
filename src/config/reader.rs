//! Merges the layers key by key. Each section reads the keys it defines; keys that no section reads
//! are unknown.

use std::{
    collections::{BTreeMap, btree_map},
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::{
    environment,
    errors::{Origin, SettingError, SettingErrors},
    file::File,
    parse::Parsed,
    path,
    suggest::nearest,
    value::Value,
};

/// A value and where it was given.
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Returns settings from the strongest layer that has them, and collects errors.
pub(super) struct Reader {
    flags: BTreeMap<String, Entry>,
    environment: BTreeMap<String, Entry>,
    file: BTreeMap<String, Entry>,
    credentials: Option<PathBuf>,
    empty_tables: Vec<(String, Origin)>,
    file_is_whole: bool,
    asked: Vec<&'static str>,
    taken: BTreeMap<&'static str, Origin>,
    errors: Vec<SettingError>,
}

impl Reader {
    pub(super) fn new(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let file = file.map(File::read).unwrap_or_default();
        let environment = environment::read(variables);
        let mut reader = Self {
            flags: BTreeMap::new(),
            environment: environment.settings,
            file: file.settings,
            credentials: environment.credentials.map(PathBuf::from),
            empty_tables: file.empty,
            file_is_whole: file.errors.is_empty(),
            asked: Vec::new(),
            taken: BTreeMap::new(),
            errors: file.errors,
        };
        reader.errors.extend(environment.errors);
        for (key, value) in flags {
            match reader.flags.entry(key) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(Entry {
                        value: Value::Bare(value),
                        origin: Origin::Flag,
                    });
                }
                btree_map::Entry::Occupied(place) => {
                    reader.errors.push(SettingError::of(
                        place.key(),
                        Origin::Flag,
                        "is given twice",
                    ));
                }
            }
        }
        reader
    }

    /// Lets the key `short` stand for `key` in every layer.
    pub(super) fn shorthand(&mut self, short: &str, key: &'static str) {
        let names = [
            short.to_owned(),
            environment::name_of(short),
            short.to_owned(),
        ];
        let keys = [key.to_owned(), environment::name_of(key), key.to_owned()];
        let layers = [&mut self.flags, &mut self.environment, &mut self.file];
        for ((layer, name), key) in layers.into_iter().zip(names).zip(keys) {
            let Some(entry) = layer.remove(&name) else {
                continue;
            };
            match layer.entry(key) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(entry);
                }
                btree_map::Entry::Occupied(place) => {
                    let what = format!("is short for {}, which is given too", place.key());
                    self.errors.push(SettingError::of(name, entry.origin, what));
                }
            }
        }
    }

    /// Returns the setting; `None` if it is not given or is invalid.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&Value) -> Parsed<T>,
    ) -> Option<T> {
        self.asked.push(key);
        let flag = self.flags.remove(key);
        let variable = self.environment.remove(&environment::name_of(key));
        let line = self.file.remove(key);
        let entry = flag
            .or(variable)
            .or(line)
            .or_else(|| self.credential(key))?;
        self.taken.insert(key, entry.origin);
        parse(&entry.value)
            .map_err(|what| self.refuse(key, what))
            .ok()
    }

    /// Returns the systemd credential for a setting that takes the path of a file: `lanyard.`
    /// followed by the key.
    fn credential(&self, key: &str) -> Option<Entry> {
        let name = key.ends_with("_file").then(|| format!("lanyard.{key}"))?;
        let path = self.credentials.as_ref()?.join(&name);
        let path = path.exists().then(|| path.to_str().map(str::to_owned))??;
        Some(Entry {
            value: Value::Bare(path),
            origin: Origin::Credential(name),
        })
    }

    /// Returns the setting, or its default if it is not given or is invalid.
    pub(super) fn setting<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&Value) -> Parsed<T>,
    ) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// Returns whether a key that was read before was given, valid or not.
    pub(super) fn given(&self, key: &str) -> bool {
        self.taken.contains_key(key)
    }

    /// Returns whether the whole file could be read and none of these keys has an error, so that a
    /// rule about missing keys, or between keys, may be checked.
    pub(super) fn sound(&self, keys: &[&str]) -> bool {
        self.file_is_whole
            && !self
                .errors
                .iter()
                .any(|error| error.key().is_some_and(|key| keys.contains(&key)))
    }

    /// Records an error of a key that was read before.
    pub(super) fn refuse(&mut self, key: &'static str, what: impl Into<String>) {
        let origin = self.taken.get(key).cloned().unwrap_or(Origin::Unset);
        self.errors.push(SettingError::of(key, origin, what));
    }

    /// Returns every key that was read.
    #[cfg(test)]
    pub(super) fn asked(&self) -> &[&'static str] {
        &self.asked
    }

    /// Reports the unknown keys. Returns where each setting was given, or all errors.
    pub(super) fn finish(mut self) -> Result<BTreeMap<&'static str, Origin>, SettingErrors> {
        let asked = &self.asked;
        for (key, entry) in self.flags.into_iter().chain(self.file) {
            let what = unknown_key(&key, asked);
            self.errors
                .push(SettingError::of(shown(key), entry.origin, what));
        }
        for (key, origin) in self.empty_tables {
            if asked.contains(&key.as_str()) || !is_section(&key, asked) {
                let what = unknown_key(&key, asked);
                self.errors.push(SettingError::of(shown(key), origin, what));
            }
        }
        let names: Vec<_> = asked.iter().map(|key| environment::name_of(key)).collect();
        for (name, entry) in self.environment {
            let what = unknown(nearest(&name, names.iter().map(String::as_str)));
            self.errors.push(SettingError::of(name, entry.origin, what));
        }
        if self.errors.is_empty() {
            Ok(self.taken)
        } else {
            Err(SettingErrors(self.errors))
        }
    }
}

/// Returns an unknown key as an error shows it. TOML takes a pasted line of a base64 key without
/// quotes for a key.
fn shown(key: String) -> String {
    if path::may_be_secret(&key) {
        "a key that is not shown here, since it may be a secret,".to_owned()
    } else {
        key
    }
}

fn is_section(key: &str, asked: &[&str]) -> bool {
    asked.iter().any(|known| {
        known
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

fn unknown_key(key: &str, asked: &[&str]) -> String {
    if asked.contains(&key) {
        return "is a table; it takes a value".to_owned();
    }
    if is_section(key, asked) {
        return format!("is a section; it takes settings of its own: [{key}], then NAME = VALUE");
    }
    unknown(nearest(key, asked.iter().copied()))
}

fn unknown(nearest: Option<&str>) -> String {
    match nearest {
        Some(near) => format!("is no known setting; did you mean {near}?"),
        None => "is no known setting".to_owned(),
    }
}
