//! Checks the structure of the source: imports point in one direction, Diesel and actix are named
//! only where they belong, and each kind of file names only what it may. A violation is listed in
//! [`EXCEPTIONS`] with its reason, or the test fails.

mod breaches;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use self::breaches::{Breach, breaches};
use self::source::sources;

/// The floors, from the bottom up. A module may name its own floor and those below. `http` is the
/// folder and every feature's `http.rs`, or folder of that name.
const FLOORS: &[&[&str]] = &[
    &["base", "config"],
    &["page"],
    &["db"],
    &[
        "token", "jose", "access", "duty", "outbox", "outbound", "uptime",
    ],
    &["replay"],
    &["feed", "audit"],
    &["seal"],
    &["signing_keys"],
    &["metrics", "password", "usage", "schedule"],
    &["revocation"],
    &["validate", "ledger"],
    &["issue", "login"],
    &[
        "organization",
        "company",
        "operator",
        "client",
        "api_key",
        "webhook",
        "restore",
    ],
    &["grant", "session", "wechat", "platform"],
    &["authn"],
    &["oauth"],
    &["http"],
    &["console"],
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
    (
        "revocation/mod.rs",
        "feed",
        "a revocation is a fact of the feed",
    ),
    (
        "webhook/record.rs",
        "outbox",
        "an endpoint asks for kinds of event",
    ),
    (
        "webhook/delivery/store.rs",
        "outbox",
        "a delivery is of a message of the outbox",
    ),
    (
        "cli/serve.rs",
        "actix",
        "the runtime that the server runs on",
    ),
];

/// Verbs, handlers and jobs receive `App`, which is made above them. These kinds of file below may
/// name it, and nothing else of `app`.
const MAY_NAME_APP: &[&str] = &["verb", "http", "server"];

/// Files of nouns and decisions, beside each feature's `record.rs`: what they say is true without HTTP
/// or SQL, so they name `base`, `token` and `access` alone.
const NOUNS: &[&str] = &[
    "audit/action.rs",
    "login/subject.rs",
    "replay/value.rs",
    "restore/lift.rs",
    "session/state.rs",
    "wechat/decision.rs",
];

/// The `mod.rs` that have more than the list of their modules and what they show of them, and why.
const MORE_THAN_LISTS: &[(&str, &str)] = &[
    ("cli/mod.rs", "the table of commands"),
    (
        "db/mod.rs",
        "the connection to either database, whose macro needs it",
    ),
    ("token/mod.rs", "one constant"),
];

/// Returns the number of the floor of a module; `None` if the module is on none.
fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
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

/// The name of a file says what is in it, so code stands in files that have a name of their own.
#[test]
fn a_mod_file_is_a_list() {
    let begins = [
        "fn ",
        "struct ",
        "enum ",
        "impl",
        "trait ",
        "const ",
        "static ",
        "type ",
        "unsafe ",
        "words!",
        "macro_",
        "thread_local",
    ];
    let is_code = |line: &str| {
        let item = match line.strip_prefix("pub(") {
            Some(rest) => rest.split_once(") ").map_or(line, |(_, item)| item),
            None => line.strip_prefix("pub ").unwrap_or(line),
        };
        let item = item.strip_prefix("async ").unwrap_or(item);
        begins.iter().any(|word| item.starts_with(word))
    };
    for source in sources() {
        if !source.path.ends_with("mod.rs") {
            continue;
        }
        let folders = source.path.matches('/').count();
        assert_eq!(
            folders, 1,
            "src/{}: below a feature, X/mod.rs is X.rs",
            source.path
        );
        let excused = MORE_THAN_LISTS.iter().any(|(path, _)| *path == source.path);
        let code = source.code.lines().find(|line| is_code(line));
        assert_eq!(code.is_some(), excused, "src/{} has {code:?}", source.path);
    }
}
