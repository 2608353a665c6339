//! What a source file is, and what it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{NOUNS, floor};

/// A source file without comments and tests.
pub(super) struct Source {
    /// The path below `src`, such as `company/login.rs`.
    pub(super) path: String,
    /// The module it belongs to.
    pub(super) module: String,
    pub(super) code: String,
}

impl Source {
    /// Returns `nouns`, `store`, `http`, `job` or `verb`; for a floor that is not a feature,
    /// `plain`.
    pub(super) fn kind(&self) -> &'static str {
        let name = self.path.rsplit('/').next().unwrap();
        let feature = floor("metrics").unwrap()..floor("http").unwrap();
        let of_feature = floor(&self.module).is_some_and(|floor| feature.contains(&floor))
            || ["signing_keys", "feed", "audit", "seal", "replay", "access"]
                .contains(&self.module.as_str());
        match name {
            "http.rs" if self.path.contains('/') && of_feature => "http",
            // The routes of these features are in several files.
            _ if of_feature && self.path.contains("/http/") => "http",
            _ if self.module == "http" || self.module == "console" => "http",
            _ if self.module == "server" => "server",
            "store.rs" => "store",
            // The queries of these features are in several files.
            _ if self.path.contains("/store/") => "store",
            "job.rs" => "job",
            "mod.rs" | "record.rs" if of_feature => "nouns",
            _ if of_feature && NOUNS.contains(&self.path.as_str()) => "nouns",
            _ if of_feature || self.module == "jobs" => "verb",
            _ => "plain",
        }
    }

    /// Returns the modules that are named as `crate::…`, each with what is named of it.
    pub(super) fn names(&self) -> BTreeSet<(String, String)> {
        let word = |text: &str| -> String {
            text.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        let mut names = BTreeSet::new();
        for after in self.code.split("crate::").skip(1) {
            let group = after
                .strip_prefix('{')
                .and_then(|rest| rest.split('}').next());
            for path in group.map_or_else(|| vec![after], |group| group.split(',').collect()) {
                let path = path.trim();
                let module = word(path);
                let rest = path[module.len()..].strip_prefix("::").unwrap_or_default();
                names.insert((module, word(rest)));
            }
        }
        names.retain(|(module, _)| floor(module).is_some());
        names
    }

    pub(super) fn names_library(&self, library: &str) -> bool {
        let starts = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        self.code.match_indices(library).any(|(place, _)| {
            let before = self.code[..place].chars().next_back();
            let path = self.code[place..]
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .is_some_and(|end| self.code[place + end..].starts_with("::"));
            path && !before.is_some_and(starts)
        })
    }

    /// `actix` stands for all its crates.
    pub(super) fn names_library_of(&self, library: &str) -> bool {
        match library {
            "actix" => ["actix_web", "actix_http", "actix_rt", "actix_server"]
                .iter()
                .any(|name| self.names_library(name)),
            name => self.names_library(name),
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    found.sort();
    found
}

/// Returns the files below `src` that are no tests.
pub(super) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let of_tests = |path: &str| path.contains("tests/") || path.ends_with("tests.rs");
    files(&root)
        .into_iter()
        .map(|file| {
            let path = file
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let tested = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code = tested.lines().map(|line| line.split("//").next().unwrap());
            Source {
                module: path
                    .split('/')
                    .next()
                    .unwrap()
                    .trim_end_matches(".rs")
                    .to_owned(),
                code: code.collect::<Vec<_>>().join("\n"),
                path,
            }
        })
        .filter(|source| {
            !of_tests(&source.path) && !["lib", "main"].contains(&source.module.as_str())
        })
        .collect()
}
