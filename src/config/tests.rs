//! The configuration as a whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::{Path, PathBuf};
use std::{collections::BTreeSet, fs, io::Write, time::Duration};

use proptest::{prelude::*, sample::subsequence};
use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::reader::Reader;
use super::*;

mod errors;
mod example;
mod layers;
mod properties;
mod secrets;
mod settings;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[derive(Default)]
struct Given<'a> {
    file: Option<&'a str>,
    environment: &'a [(&'a str, &'a str)],
    flags: &'a [(&'a str, &'a str)],
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn written(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

impl Given<'_> {
    fn load(&self) -> Result<Config, SettingErrors> {
        let file = self.file.map(written);
        let path = file.as_ref().map(NamedTempFile::path);
        Config::load(path, pairs(self.environment), pairs(self.flags))
    }

    /// Returns each error, with the random path of the file replaced.
    fn errors(&self) -> Vec<String> {
        let errors = self.load().expect_err("should be refused");
        let lines = errors.to_string();
        assert_eq!(
            lines.lines().count(),
            errors.iter().count(),
            "one line each: {lines}"
        );
        errors
            .iter()
            .map(|error| match error.origin() {
                Origin::File(path, _) => {
                    error.to_string().replace(&*path.to_string_lossy(), "FILE")
                }
                _ => error.to_string(),
            })
            .collect()
    }
}

fn file(text: &str) -> Given<'_> {
    Given {
        file: Some(text),
        ..Given::default()
    }
}

fn environment<'a>(variables: &'a [(&'a str, &'a str)]) -> Given<'a> {
    Given {
        environment: variables,
        ..Given::default()
    }
}
