//! The state of a node that may have missed entries of the feed, or whose database has lost some.

use diesel::connection::SimpleConnection;
use lanyard::base::{OperatorId, OrganizationId, Sequence, TokenId};
use lanyard::db::{Conn, Error};
use lanyard::feed::{self, Fact, Needed, Record, Target};
use serde_json::json;

use crate::support::{Organization, Server, on_both};

fn execute(server: &Server, sql: &str) {
    let run = |conn: &mut Conn| match conn {
        Conn::Postgres(conn) => conn.batch_execute(sql),
        Conn::Sqlite(conn) => conn.batch_execute(sql),
    };
    let db = &server.app.db;
    db.write_blocking(|conn| run(conn).map_err(Error::from))
        .unwrap();
}

/// Returns the life of an operator token that is issued now (seconds).
fn life(token: &str) -> i64 {
    let claims = crate::tokens::claims(token);
    claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap()
}

on_both!(what_was_purged_before_it_was_applied_leaves_nothing_cached);
fn what_was_purged_before_it_was_applied_leaves_nothing_cached(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    assert_eq!(life(&acme.token_for(lan)), 86_400);
    execute(
        server,
        "UPDATE organizations SET operator_token_max_seconds = 60",
    );
    let (organization, now) = (OrganizationId(acme.id), server.app.clock.now());
    let write = |fact| {
        let append =
            |conn: &mut Conn| feed::append(conn, organization, fact, now, Needed::in_passing(now));
        server.app.db.write_blocking(append).unwrap().seq
    };
    let deleted = write(Fact::Changed(Record::Organization));
    write(Fact::Changed(Record::Operator(OperatorId(lan + 1))));
    execute(server, &format!("DELETE FROM feed WHERE seq = {deleted}"));
    server.follow();
    assert_eq!(life(&acme.token_for(lan)), 60);
}

/// Replaces the database by one that had fewer entries: the last two are removed, and as many as
/// `tokens` are written that the node has not read.
fn lose_two_and_revoke(server: &Server, acme: &Organization<'_>, tokens: &[&String]) {
    execute(
        server,
        "DELETE FROM feed WHERE seq > (SELECT seq - 2 FROM feed_head);
         UPDATE feed_head SET seq = seq - 2, mark = (SELECT mark FROM feed ORDER BY seq DESC LIMIT 1)",
    );
    let app = &server.app;
    let revoke = |conn: &mut Conn| {
        for token in tokens {
            let claims = crate::tokens::claims(token);
            let jti: TokenId = claims["jti"].as_str().unwrap().parse().unwrap();
            let (organization, now) = (OrganizationId(acme.id), app.clock.now());
            feed::append(
                conn,
                organization,
                Fact::Revoked(Target::Token(jti)),
                now,
                Needed::ALWAYS,
            )?;
        }
        Ok::<_, Error>(())
    };
    app.db.write_blocking(revoke).unwrap();
}

on_both!(what_a_database_lost_and_wrote_over_is_noticed_however_much_it_was);
fn what_a_database_lost_and_wrote_over_is_noticed_however_much_it_was(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    for count in 0..4 {
        let tokens: Vec<String> = (0..6).map(|_| acme.token_for(lan)).collect();
        let (lost, revoked) = tokens.split_at(3);
        for token in lost {
            let call = acme.post("/api/operator/revoke-token");
            call.json(&json!({"token": token})).send().with_status(204);
        }
        let reached = server.app.nodes.feed.applied();
        let revoked: Vec<_> = revoked.iter().take(count).collect();
        lose_two_and_revoke(server, &acme, &revoked);
        server.follow();
        for token in revoked {
            assert_eq!(acme.judge(token), "Token revoked", "{count} written over");
        }
        for token in lost {
            assert_eq!(
                acme.judge(token),
                "Token revoked",
                "applied revocations stay in force"
            );
        }
        let head: Sequence = server.app.db.read_blocking(feed::head).unwrap();
        assert!(
            head > reached,
            "new entries get sequences above the lost ones"
        );
        assert_eq!(server.app.nodes.feed.applied(), head);
    }
}
