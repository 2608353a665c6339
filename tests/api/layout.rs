//! Checks the structure of the source: imports point in one direction, Diesel and actix are named
//! only where they belong, and each kind of file names only what it may. A violation is listed in
//! [`EXCEPTIONS`] with its reason, or the test fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the bottom up. A module may name its own floor and those below. `http` is the
/// folder and every feature's `http.rs`, or folder of that name.
const FLOORS: &[&[&str]] = &[
    &["base", "config"],
    &["page"],
    &["db"],
    &["token", "access", "duty", "outbox", "outbound", "uptime"],
    &["replay"],
    &["feed", "audit"],
    &["seal"],
    &["signing_keys"],
    &["metrics", "password", "revocation"],
    &["validate", "ledger"],
    &["issue", "login"],
    &[
        "organization",
        "company",
        "operator",
        "client",
        "webhook",
        "restore",
    ],
    &["grant", "session"],
    &["authn"],
    &["oauth"],
    &["http"],
    &["server"],
    &["app"],
    &["jobs", "cli"],
];

/// Where a library may be named: folders, or names of files in any folder.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("diesel", &["db/", "store/", "store.rs"]),
    ("diesel_migrations", &["db/"]),
    (
        "actix",
        &["http/", "http.rs", "console/", "server/", "server.rs"],
    ),
    ("clap", &["cli/"]),
];

/// The exceptions: the file, what it names, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "config/tokens.rs",
        "token",
        "the names of algorithms are a noun of tokens",
    ),
    (
        "db/types.rs",
        "token",
        "how nouns stand in a column: they themselves know no SQL",
    ),
    ("db/types.rs", "signing_keys", "as above"),
    ("db/types.rs", "feed", "as above"),
    ("db/types.rs", "audit", "as above"),
    ("db/types.rs", "operator", "as above"),
    ("db/types.rs", "organization", "as above"),
    ("db/types.rs", "outbox", "as above"),
    ("db/types.rs", "webhook", "as above"),
    ("db/types.rs", "client", "as above"),
    ("db/types.rs", "grant", "as above"),
    ("db/types.rs", "session", "as above"),
    (
        "revocation/mod.rs",
        "feed",
        "a revocation is a fact of the feed",
    ),
    (
        "validate/mod.rs",
        "signing_keys",
        "validation is a function over two snapshots: the ring",
    ),
    ("validate/mod.rs", "feed", "and the index"),
    (
        "webhook/mod.rs",
        "outbox",
        "an endpoint asks for kinds of event",
    ),
    (
        "webhook/delivery/mod.rs",
        "outbox",
        "a delivery is of a message of the outbox",
    ),
    ("webhook/delivery/store.rs", "outbox", "as above"),
    (
        "cli/serve.rs",
        "actix",
        "the runtime that the server runs on",
    ),
];

/// Verbs, handlers and jobs receive `App`, which is made above them. These kinds of file below may
/// name it, and nothing else of `app`.
const MAY_NAME_APP: &[&str] = &["verb", "http", "server"];

/// A source file without comments and tests.
struct Source {
    /// The path below `src`, such as `company/login.rs`.
    path: String,
    /// The module it belongs to.
    module: String,
    code: String,
}

impl Source {
    /// Returns `nouns`, `store`, `http`, `job` or `verb`; for a floor that is not a feature,
    /// `plain`.
    fn kind(&self) -> &'static str {
        let name = self.path.rsplit('/').next().unwrap();
        let feature = floor("metrics").unwrap()..floor("http").unwrap();
        let of_feature = floor(&self.module).is_some_and(|floor| feature.contains(&floor))
            || ["signing_keys", "feed", "audit", "seal", "replay"].contains(&self.module.as_str());
        match name {
            "http.rs" if self.path.contains('/') && of_feature => "http",
            // The routes of these features are in several files.
            _ if of_feature && self.path.contains("/http/") => "http",
            _ if self.module == "http" => "http",
            _ if self.module == "server" => "server",
            "store.rs" => "store",
            // The queries of these features are in several files.
            _ if self.path.contains("/store/") => "store",
            "job.rs" => "job",
            "mod.rs" if of_feature => "nouns",
            _ if of_feature || self.module == "jobs" => "verb",
            _ => "plain",
        }
    }

    /// Returns the modules that are named as `crate::…`, each with what is named of it.
    fn names(&self) -> BTreeSet<(String, String)> {
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

    fn names_library(&self, library: &str) -> bool {
        let starts = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        self.code.match_indices(library).any(|(place, _)| {
            let before = self.code[..place].chars().next_back();
            let path = self.code[place..]
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .is_some_and(|end| self.code[place + end..].starts_with("::"));
            path && !before.is_some_and(starts)
        })
    }
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
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

fn sources() -> Vec<Source> {
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

/// A violation of a rule: the file, what it names, the rule.
type Breach = (String, String, String);

fn breaches(source: &Source) -> Vec<Breach> {
    let kind = source.kind();
    let own = floor(if kind == "http" {
        "http"
    } else {
        &source.module
    })
    .unwrap_or_else(|| panic!("{}: the module is on no floor", source.path));
    let mut found = Vec::new();
    let mut breach =
        |named: &str, rule: String| found.push((source.path.clone(), named.to_owned(), rule));
    for (named, item) in source.names() {
        if named == source.module {
            continue;
        }
        if named == "app" && item == "App" && MAY_NAME_APP.contains(&kind) {
            continue;
        }
        if floor(&named) > Some(own) {
            breach(&named, format!("imports point one way: {named} is above"));
        } else if kind == "nouns" && !["base", "token", "access"].contains(&named.as_str()) {
            breach(
                &named,
                "a feature's mod.rs is true without HTTP or SQL: it names base, token and access"
                    .to_owned(),
            );
        } else if kind == "store"
            && !["base", "token", "uptime", "seal", "db"].contains(&named.as_str())
        {
            breach(
                &named,
                "a store names base, token, uptime, seal and db".to_owned(),
            );
        }
    }
    for (library, places) in LIBRARIES {
        let placed = places.iter().any(|place| {
            source.path.starts_with(place) && place.ends_with('/')
                || source.path == *place
                || place.ends_with('/') && source.kind() == place.trim_end_matches('/')
                || source.path.ends_with(&format!("/{place}"))
        });
        if !placed && source.names_library_of(library) {
            breach(
                library,
                format!("{library} is named only in {}", places.join(", ")),
            );
        }
    }
    found
}

impl Source {
    /// `actix` stands for all its crates.
    fn names_library_of(&self, library: &str) -> bool {
        match library {
            "actix" => ["actix_web", "actix_http", "actix_rt", "actix_server"]
                .iter()
                .any(|name| self.names_library(name)),
            name => self.names_library(name),
        }
    }
}

#[test]
fn imports_point_one_way() {
    let sources = sources();
    assert!(sources.len() > 80, "{}", sources.len());
    let allowed = |(file, named, _): &Breach| {
        EXCEPTIONS
            .iter()
            .any(|(path, what, _)| path == file && what == named)
    };
    let all: Vec<_> = sources.iter().flat_map(breaches).collect();
    let new: Vec<_> = all
        .iter()
        .filter(|breach| !allowed(breach))
        .map(|(file, named, rule)| format!("src/{file} names {named}: {rule}"))
        .collect();
    assert!(new.is_empty(), "{}", new.join("\n"));
    for (path, what, _) in EXCEPTIONS {
        let needed = all
            .iter()
            .any(|(file, named, _)| file == path && named == what);
        assert!(
            needed,
            "src/{path} no longer names {what}: strike the exception"
        );
    }
}

/// Modules of one floor may name one another, but not in a cycle.
#[test]
fn no_two_modules_name_each_other() {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let excused = |named: &str| {
            EXCEPTIONS
                .iter()
                .any(|(path, what, _)| *path == source.path && *what == named)
        };
        if source.kind() == "http" {
            continue;
        }
        let of_others = source
            .names()
            .into_iter()
            .map(|(module, _)| module)
            .filter(|module| *module != source.module && module != "app" && !excused(module));
        imports
            .entry(source.module.clone())
            .or_default()
            .extend(of_others);
    }
    for (module, theirs) in &imports {
        for other in theirs {
            let back = imports.get(other).is_some_and(|back| back.contains(module));
            assert!(!back, "{module} and {other} name each other");
        }
    }
}

/// Tests of the rules: each of these files violates one, and no other file does.
#[test]
fn a_breach_is_seen() {
    let found = |path: &str, code: &str| {
        let source = Source {
            path: path.to_owned(),
            module: path
                .split('/')
                .next()
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned(),
            code: code.to_owned(),
        };
        breaches(&source).len()
    };
    for (path, code) in [
        ("company/login.rs", "use crate::http::ApiError;"),
        ("company/login.rs", "use crate::app::Settings;"),
        ("company/login.rs", "use diesel::prelude::*;"),
        ("company/login.rs", "use actix_web::web;"),
        ("company/mod.rs", "use crate::app::App;"),
        ("company/mod.rs", "use crate::{base::Clock, db::Db};"),
        ("company/store.rs", "use crate::ledger::Line;"),
        (
            "signing_keys/ring.rs",
            "let x = crate::operator::Filter::default();",
        ),
        (
            "base/time.rs",
            "use crate::config::Config; use crate::db::Db;",
        ),
        ("token/text.rs", "use crate::{cli, keys};"),
    ] {
        assert!(found(path, code) > 0, "{path}: {code}");
    }
    for (path, code) in [
        (
            "company/login.rs",
            "use crate::app::App; use crate::{audit, db, token};",
        ),
        (
            "company/http.rs",
            "use crate::app::App; use crate::http::Call; use actix_web::web;",
        ),
        (
            "company/store.rs",
            "use diesel::prelude::*; use crate::db::Conn;",
        ),
        (
            "company/mod.rs",
            "use crate::base::Timestamp; let actix_ = \"diesel and actix\";",
        ),
        (
            "db/pool.rs",
            "use diesel::Connection; use crate::config::Url;",
        ),
        (
            "cli/migrate.rs",
            "use crate::app::open_database; use clap::Args;",
        ),
    ] {
        assert_eq!(found(path, code), 0, "{path}: {code}");
    }
}
