//! What the tests of the running service share: a PostgreSQL of their own, a server each, a client, and answers that
//! can be read in a snapshot.

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

/// Makes a test two: one on SQLite, one on PostgreSQL. It stands before the function that is the test; what follows the name
/// is settings that differ from the harness's own, as `"key=value"`.
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

/// A line for each case: what was sent and, in short, what came back.
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
