//! When a stream ends, and how many there may be.

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::{Value, json};

use super::{LIST, follow, revoke_many};
use crate::support::{Organization, Server, on_both};

on_both!(
    a_stream_reports_its_own_end_and_no_more,
    "feed.heartbeat=100ms"
);
fn a_stream_reports_its_own_end_and_no_more(server: &Server) {
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
    a_node_that_cannot_decide_ends_its_streams,
    "feed.heartbeat=100ms",
    "feed.poll=100ms",
    "feed.lease=500ms"
);
fn a_node_that_cannot_decide_ends_its_streams(server: &Server) {
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
      "error_description": "the service cannot do this at the moment; retry after the number of seconds in the Retry-After header",
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
