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
