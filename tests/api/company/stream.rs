//! `GET /api/company/revocations` as a stream.

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::{OrganizationId, TokenId};
use lanyard::db::{Error, Party};
use lanyard::feed::{self, Fact, Needed, Target};
use lanyard::organization;
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
    let heard = |mut stream: Events| {
        let (rows, head) = stream.until_head();
        assert_eq!(head.id, 6);
        sequences(&rows)
    };
    assert_eq!(heard(follow(&acme, "?after=4")), [5, 6]);
    assert_eq!(heard(resume(&acme, "4")), [5, 6]);
    assert_eq!(heard(resume(&acme, "0")), [2, 3, 4, 5, 6]);
    assert_eq!(heard(resume(&acme, "")), [2, 3, 4, 5, 6]);
    let both = acme
        .get(&format!("{LIST}?after=1"))
        .header("last-event-id", "4");
    assert_eq!(heard(both.events()), [5, 6]);

    // A position beyond the head is from a time that the database has lost: everything is sent
    // again.
    let mut ahead = resume(&acme, "9223372036854775807");
    let (rows, told) = ahead.until_head();
    assert_eq!((sequences(&rows), told.id), (vec![2, 3, 4, 5, 6], 6));
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

on_both!(
    a_stream_tells_its_own_end_and_no_more,
    "feed.heartbeat=100ms"
);
fn a_stream_tells_its_own_end_and_no_more(server: &Server) {
    let mut acme = server.organization("acme");
    let mut stream = follow(&acme, "");
    stream.until_head();
    let second = acme.another_token();
    let first = std::mem::replace(&mut acme.token, second);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": first}))
        .send()
        .with_status(204);
    let rows = stream.until_end();
    assert_eq!((rows.len(), &rows[0]["kind"]), (1, &json!("company_token")));
    let refused = server
        .get(LIST)
        .bearer(&first)
        .header("accept", "text/event-stream");
    refused.send().with_status(403);

    let mut stream = follow(&acme, "");
    assert_eq!(stream.until_head().0, rows);
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    let suspended = organization::suspend(&server.app.db, OrganizationId(acme.id), &origin, now);
    suspended.unwrap();
    server.follow();
    // It was written after the token became invalid, so its bearer does not receive it.
    revoke_many(server, &acme, 1);
    server.follow();
    let rows = stream.until_end();
    assert_eq!((rows.len(), &rows[0]["kind"]), (1, &json!("organization")));

    let page = server.get("/metrics").send();
    let ended = r#"lanyard_streams_ended_total{why="refused"} 2"#;
    assert!(page.text().contains(ended), "{}", page.text());
}

on_both!(a_stream_ends_with_its_token, "feed.heartbeat=100ms");
fn a_stream_ends_with_its_token(server: &Server) {
    let acme = server.organization("acme");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 60}}))
        .send()
        .with_status(200);
    let acme = acme.log_in();
    let mut stream = follow(&acme, "");
    server.wait(59);
    stream.until_head();
    server.wait(1);
    assert_eq!(stream.until_end(), [] as [Value; 0]);
    let refused = acme.get(LIST).header("accept", "text/event-stream").send();
    assert_snapshot!(refused.in_short(), @"401 token_expired: the token has expired; get a new one");
}

on_both!(
    a_node_that_cannot_tell_ends_its_streams,
    "feed.heartbeat=100ms",
    "feed.poll=100ms",
    "feed.lease=500ms"
);
fn a_node_that_cannot_tell_ends_its_streams(server: &Server) {
    let acme = server.organization("acme");
    let mut stream = follow(&acme, "");
    stream.until_head();
    server.app.nodes.feed.stop();
    assert_eq!(stream.until_end(), [] as [Value; 0]);
    let refused = acme.get(LIST).header("accept", "text/event-stream").send();
    refused.with_status(503);
    server.follow();
    follow(&acme, "").until_head();
}

on_both!(
    streams_are_bounded,
    "feed.heartbeat=100ms",
    "feed.streams=3",
    "feed.streams_per_organization=2"
);
fn streams_are_bounded(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let ask = |acme: &Organization<'_>| acme.get(LIST).header("accept", "text/event-stream").send();
    let mut open = [follow(&acme, ""), follow(&acme, "")];
    assert_snapshot!(ask(&acme), @r#"
    429
    retry-after: 2
    {
      "error": "rate_limited",
      "error_description": "the organization has as many streams open as it may have (feed.streams_per_organization)",
    }
    "#);
    let third = follow(&other, "");
    assert_snapshot!(ask(&other), @r#"
    503
    retry-after: 1
    {
      "error": "temporarily_unavailable",
      "error_description": "the service cannot do this just now; try again as the Retry-After header says (seconds)",
    }
    "#);
    acme.get(LIST).send().with_status(200);
    let count = || {
        let page = server.get("/metrics").send();
        let lines = page.text().lines();
        let count = lines.filter_map(|line| line.strip_prefix("lanyard_streams "));
        count.map(str::to_owned).collect::<String>()
    };
    assert_eq!(count(), "3");
    // The next heartbeat detects it.
    drop(third);
    while count() == "3" {
        std::thread::yield_now();
    }
    follow(&other, "").until_head();

    // A node that shuts down waits for none of them.
    server.app.end_streams();
    for stream in &mut open {
        assert_eq!(stream.until_end(), [] as [Value; 0]);
    }
    ask(&acme).with_status(503);
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
    let mut heard = Vec::new();
    while heard.last() != Some(&last) {
        heard.push(stream.revocation()["seq"].as_i64().unwrap());
    }
    assert_eq!(heard, (2..=last).collect::<Vec<_>>());
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
    let mut heard = vec![1];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in &counts {
                let writer = if count % 3 == 0 { &another } else { server };
                revoke_many(writer, &acme, *count);
            }
        });
        // As a follower does: it continues at its position, however the last stream ended.
        while heard.last() != Some(&total) {
            let mut stream = resume(&acme, &heard.last().unwrap().to_string());
            let events = std::iter::from_fn(|| stream.next()).take(20);
            let rows = events.filter(|event| event.name == "revocation");
            heard.extend(rows.map(|row| row.id));
        }
    });
    assert_eq!(heard, (1..=total).collect::<Vec<_>>());
}
