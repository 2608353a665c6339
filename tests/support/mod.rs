//! What the tests of the running service share: a PostgreSQL, a server for each test, a client, and
//! answers that are readable in a snapshot.

// Several test binaries include this folder, and none of them needs all of it.
#![allow(dead_code, unused_imports, unused_macros)]

pub(crate) mod answer;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod database;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod organization;
pub(crate) mod server;

pub(crate) use answer::Answer;
pub(crate) use events::Events;
pub(crate) use organization::Organization;
pub(crate) use server::Server;

/// Makes two tests of one: on SQLite and on PostgreSQL. It is placed before the function that is
/// the test; after the name follow settings that differ from the harness's own, as `"key=value"`.
macro_rules! on_both {
    ($name:ident $(, $setting:literal)*) => {
        mod $name {
            use $crate::support::{Server, database::Database};

            #[test]
            fn on_sqlite() {
                let server = Server::start(Database::sqlite(), &[$($setting),*]);
                insta::allow_duplicates! { super::$name(&server) }
            }

            #[test]
            fn on_postgres() {
                if let Some(database) = Database::postgres() {
                    let server = Server::start(database, &[$($setting),*]);
                    insta::allow_duplicates! { super::$name(&server) }
                }
            }
        }
    };
}
pub(crate) use on_both;

/// Returns a line for each case: what was sent and, in short, what was answered.
pub(crate) fn table<T: std::fmt::Display>(
    cases: impl IntoIterator<Item = T>,
    send: impl Fn(&T) -> Answer,
) -> String {
    let lines = cases.into_iter().map(|case| {
        let answer = send(&case);
        format!("{case} → {}", answer.in_short())
    });
    lines.collect::<Vec<_>>().join("\n")
}
