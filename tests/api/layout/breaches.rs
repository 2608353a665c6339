//! The rules, and what breaks them.

use super::source::Source;
use super::{LIBRARIES, MAY_NAME_APP, floor};

/// A violation of a rule: the file, what it names, the rule.
pub(super) type Breach = (String, String, String);

/// Returns what in a file breaks a rule.
pub(super) fn breaches(source: &Source) -> Vec<Breach> {
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
                "a feature's nouns are true without HTTP or SQL: they name base, token and access"
                    .to_owned(),
            );
        } else if kind == "store"
            && !["base", "token", "access", "uptime", "seal", "db"].contains(&named.as_str())
        {
            breach(
                &named,
                "a store names base, token, access, uptime, seal and db".to_owned(),
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
