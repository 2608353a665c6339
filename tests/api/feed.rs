//! What a node remembers, where it may have missed entries of the feed.

use diesel::connection::SimpleConnection;
use lanyard::db::{Conn, Error};

use crate::support::{Server, on_both};

/// How long an operator token lives that is issued now (seconds).
fn life(token: &str) -> i64 {
    let claims = crate::tokens::claims(token);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

on_both!(what_was_purged_before_it_was_heard_leaves_nothing_remembered);
fn what_was_purged_before_it_was_heard_leaves_nothing_remembered(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    assert_eq!(life(&acme.token_for(lan)), 86_400);
    // A change whose entry is gone already: only its place in the order is seen.
    let change = "UPDATE organizations SET operator_token_max_seconds = 60; UPDATE feed_head SET seq = seq + 1";
    server
        .app
        .db
        .write_blocking(|conn: &mut Conn| {
            match conn {
                Conn::Postgres(conn) => conn.batch_execute(change),
                Conn::Sqlite(conn) => conn.batch_execute(change),
            }
            .map_err(Error::from)
        })
        .unwrap();
    server.follow();
    assert_eq!(life(&acme.token_for(lan)), 60);
}
