//! `GET /api/company/revocations` as a stream.

mod ends;

use insta::assert_snapshot;
use lanyard::base::{OrganizationId, TokenId};
use lanyard::db::{Error, Party};
use lanyard::feed::{self, Fact, Needed, Target};
use lanyard::token::Life;
use serde_json::{Value, json};

use crate::support::{Events, Organization, Server, on_both, table};

const LIST: &str = "/api/company/revocations";

fn follow(acme: &Organization<'_>, query: &str) -> Events {
    acme.get(&format!("{LIST}{query}")).events()
}

fn resume(acme: &Organization<'_>, last: &str) -> Events {
    acme.get(LIST).header("last-event-id", last).events()
}

fn sequences(rows: &[Value]) -> Vec<i64> {
    rows.iter()
        .map(|row| row["seq"].as_i64().unwrap())
        .collect()
}

/// Revokes `count` tokens that were never issued, in one transaction, as another process would.
fn revoke_many(server: &Server, acme: &Organization<'_>, count: u64) {
    let app = &server.app;
    let now = app.clock.now();
    let end = now.plus(std::time::Duration::from_hours(1));
    let written = app.db.write_blocking(|conn| {
        for _ in 0..count {
            let fact = Fact::Revoked(Target::Token(TokenId::generate(now)));
            let needed = Needed {
                life: Life::Days(1),
                ends: Some((end, std::time::Duration::ZERO)),
            };
            feed::append(conn, OrganizationId(acme.id), fact, now, needed)?;
        }
        Ok::<_, Error>(())
    });
    written.unwrap();
}

fn revoke_one(acme: &Organization<'_>, operator: i64) -> i64 {
    let token = acme.token_for(operator);
    let revoked = acme
        .post("/api/operator/revoke-token")
        .json(&json!({"token": token}))
        .send();
    let sequence = revoked.with_status(204).header("revocation-sequence");
    sequence.unwrap().parse().unwrap()
}

on_both!(the_stream_is_the_list_and_goes_on);
fn the_stream_is_the_list_and_goes_on(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let (lan, minh) = (acme.operator("Lan"), other.operator("Minh"));
    for _ in 0..3 {
        revoke_one(&acme, lan);
        revoke_one(&other, minh);
    }
    let mut stream = follow(&acme, "");
    let mut kept: Vec<_> = stream
        .headers
        .iter()
        .filter(|(name, _)| name != "date" && name != "x-request-id")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    kept.sort();
    assert_snapshot!(kept.join("\n"), @"
    cache-control: no-store
    connection: close
    content-type: text/event-stream
    transfer-encoding: chunked
    x-accel-buffering: no
    ");
    let (rows, head) = stream.until_head();
    assert_eq!(stream.retry.as_deref(), Some("2000"));
    assert_eq!(rows, acme.get(LIST).send().items());
    assert_eq!(sequences(&rows), [3, 5, 7]);
    assert_eq!(
        (head.id, &head.comments[..]),
        (8, &["heartbeat".to_owned()][..])
    );
    assert!(head.data["elapsedMs"].is_u64());

    // Entries of another organization are not sent, and neither are entries that revoke nothing.
    revoke_one(&other, minh);
    acme.patch("/api/company/organization")
        .json(&json!({"name": "Acme"}))
        .send()
        .with_status(200);
    let seq = revoke_one(&acme, lan);
    let (rows, head) = stream.until_head();
    assert_eq!((sequences(&rows), head.id), (vec![seq], seq));
    let listed = acme.get(&format!("{LIST}?after=8")).send().items();
    assert_eq!(rows, listed);
    let all = acme
        .post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send();
    all.with_status(204);
    assert_eq!(stream.revocation()["operatorId"], lan);
}

on_both!(a_stream_resumes_where_one_ended);
fn a_stream_resumes_where_one_ended(server: &Server) {
    let acme = server.organization("acme");
    revoke_many(server, &acme, 5);
    server.follow();
    let received = |mut stream: Events| {
        let (rows, head) = stream.until_head();
        assert_eq!(head.id, 6);
        sequences(&rows)
    };
    assert_eq!(received(follow(&acme, "?after=4")), [5, 6]);
    assert_eq!(received(resume(&acme, "4")), [5, 6]);
    assert_eq!(received(resume(&acme, "0")), [2, 3, 4, 5, 6]);
    assert_eq!(received(resume(&acme, "")), [2, 3, 4, 5, 6]);
    let both = acme
        .get(&format!("{LIST}?after=1"))
        .header("last-event-id", "4");
    assert_eq!(received(both.events()), [5, 6]);

    // A position beyond the head is from a time that the database has lost: everything is sent
    // again.
    let mut ahead = resume(&acme, "9223372036854775807");
    let (rows, shown) = ahead.until_head();
    assert_eq!((sequences(&rows), shown.id), (vec![2, 3, 4, 5, 6], 6));
    let seq = revoke_one(&acme, acme.operator("Lan"));
    assert_eq!(sequences(&ahead.until_head().0), [seq]);

    let ask = |last: &str| {
        acme.get(LIST)
            .header("accept", "text/event-stream")
            .header("last-event-id", last)
    };
    let answers = table(["x", "-1", "+1", "1.0", "9223372036854775808"], |last| {
        ask(last).send()
    });
    assert_snapshot!(answers, @"
    x → 400 invalid_request: Last-Event-ID must be the id of an event of this stream, once and unchanged
    -1 → 400 invalid_request: Last-Event-ID must be the id of an event of this stream, once and unchanged
    +1 → 400 invalid_request: Last-Event-ID must be the id of an event of this stream, once and unchanged
    1.0 → 400 invalid_request: Last-Event-ID must be the id of an event of this stream, once and unchanged
    9223372036854775808 → 400 invalid_request: Last-Event-ID must be the id of an event of this stream, once and unchanged
    ");
    ask("1")
        .header("last-event-id", "1")
        .send()
        .with_status(400);
    acme.get(&format!("{LIST}?after=x"))
        .header("accept", "text/event-stream")
        .send()
        .with_status(400);
}

on_both!(json_is_what_is_answered_unless_a_stream_is_asked_for);
fn json_is_what_is_answered_unless_a_stream_is_asked_for(server: &Server) {
    let acme = server.organization("acme");
    for accept in [
        "*/*",
        "application/json",
        "application/json, text/event-stream",
        "text/event-stream;q=0.5, */*",
    ] {
        let answer = acme.get(LIST).header("accept", accept).send();
        assert_eq!(
            answer.header("content-type"),
            Some("application/json"),
            "{accept}"
        );
    }
    let head = server.call("HEAD", LIST).bearer(&acme.token);
    let answer = head.header("accept", "text/event-stream").send();
    assert_eq!(
        answer.with_status(200).header("content-type"),
        Some("text/event-stream")
    );
    for token in ["", "nonsense"] {
        let call = server.get(LIST).header("accept", "text/event-stream");
        call.bearer(token).send().with_status(401);
    }
}

on_both!(
    an_idle_stream_needs_no_database,
    "feed.heartbeat=100ms",
    "feed.poll=10ms"
);
fn an_idle_stream_needs_no_database(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let mut stream = follow(&acme, "");
    let (_, first) = stream.until_head();
    let another = server.another(&[]);
    let token = another
        .post("/api/operator/get-token")
        .bearer(&acme.token)
        .json(&json!({"id": lan}))
        .send()
        .string();
    let db = &server.app.db;
    // All connections except the feed's own; no party may take all of them alone.
    let nobody_else = |_: &mut _| {
        db.on_behalf_of(Party::Unauthenticated).read_blocking(|_| {
            let elapsed = |head: &Value| head["elapsedMs"].as_u64().unwrap();
            let mut last = elapsed(&first.data);
            for _ in 0..3 {
                let (rows, head) = stream.until_head();
                assert_eq!((rows.len(), head.id), (0, first.id));
                assert!(elapsed(&head.data) >= last + 50, "{head:?}");
                last = elapsed(&head.data);
            }
            another
                .post("/api/operator/revoke-token")
                .bearer(&acme.token)
                .json(&json!({"token": token}))
                .send()
                .with_status(204);
            assert_eq!(stream.revocation()["kind"], "token");
            Ok::<_, Error>(())
        })
    };
    db.read_blocking(nobody_else).unwrap();
}

on_both!(who_reads_late_misses_nothing, "feed.poll=10ms");
fn who_reads_late_misses_nothing(server: &Server) {
    let acme = server.organization("acme");
    let mut stream = follow(&acme, "");
    // More than any buffer on the way holds: in pieces as they are written, and all at once.
    for _ in 0..100 {
        revoke_many(server, &acme, 50);
    }
    revoke_many(server, &acme, 10_000);
    let lan = acme.operator("Lan");
    let last = revoke_one(&acme, lan);
    let mut received = Vec::new();
    while received.last() != Some(&last) {
        received.push(stream.revocation()["seq"].as_i64().unwrap());
    }
    assert_eq!(received, (2..=last).collect::<Vec<_>>());
}

on_both!(
    nothing_falls_between_what_was_and_what_comes,
    "feed.poll=10ms",
    "feed.heartbeat=100ms"
);
fn nothing_falls_between_what_was_and_what_comes(server: &Server) {
    let acme = server.organization("acme");
    let another = server.another(&["feed.poll=10ms"]);
    let counts: Vec<u64> = (0..300).map(|turn| turn * 7 % 11).collect();
    // The first entry is about the organization.
    let total = 1 + i64::try_from(counts.iter().sum::<u64>()).unwrap();
    let mut received = vec![1];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in &counts {
                let writer = if count % 3 == 0 { &another } else { server };
                revoke_many(writer, &acme, *count);
            }
        });
        // As a follower does: it continues at its position, however the last stream ended.
        while received.last() != Some(&total) {
            let mut stream = resume(&acme, &received.last().unwrap().to_string());
            let events = std::iter::from_fn(|| stream.next()).take(20);
            let rows = events.filter(|event| event.name == "revocation");
            received.extend(rows.map(|row| row.id));
        }
    });
    assert_eq!(received, (1..=total).collect::<Vec<_>>());
}
