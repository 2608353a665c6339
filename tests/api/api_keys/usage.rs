//! `GET /api/v1/api-keys/usage`.

use serde_json::{Value, json};

use super::{make, text, verdict, verify};
use crate::support::http::Connection;
use crate::support::{Server, on_both};

on_both!(use_is_counted_by_day);
fn use_is_counted_by_day(server: &Server) {
    let acme = server.organization("acme");
    let (one, two) = (
        make(&acme, &json!({})),
        make(&acme, &json!({"environment": "test"})),
    );
    let other = server.another(&[]);
    let flush = |server: &Server| server.app.keys.uses.write(&server.app.db).unwrap();
    for _ in 0..3 {
        assert_eq!(verdict(&acme, &one), "valid");
    }
    assert_eq!(verdict(&acme, &two), "environment_mismatch");
    other
        .get("/v1/profile")
        .bearer(text(&one, "key"))
        .send()
        .with_status(200);
    assert_eq!((flush(server), flush(&other), flush(server)), (2, 1, 0));
    server.wait(86_400);
    let acme = acme.log_in();
    verify(&acme, &json!({"key": one["key"], "address": "192.0.2.1"}));
    flush(server);
    // A refusal leaves the last address.
    verify(
        &acme,
        &json!({"key": one["key"], "environment": "test", "address": "192.0.2.2"}),
    );
    flush(server);
    let usage = |query: &str| -> Vec<Value> {
        let list = acme.get(&format!("/api/v1/api-keys/usage{query}")).send();
        list.with_status(200).items()
    };
    let all = usage("");
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0],
        json!({"key_id": one["id"], "day": "2030-01-02", "requests": 1, "refused": 1, "last_address": "192.0.2.1"})
    );
    let first = all
        .iter()
        .find(|line| line["key_id"] == one["id"] && line["day"] == "2030-01-01");
    assert_eq!(first.unwrap()["requests"], 4);
    let refused = usage(&format!("?key_id={}", text(&two, "id")));
    assert_eq!(
        (&refused[0]["requests"], &refused[0]["refused"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(usage("?from=2030-01-02").len(), 1);
    assert_eq!(usage("?to=2030-01-01").len(), 2);
    let page = acme.get("/api/v1/api-keys/usage?limit=2").send().json();
    let cursor = text(&page, "nextCursor");
    assert_eq!(usage(&format!("?limit=2&cursor={cursor}")).len(), 1);
    for bad in ["from=yesterday", "to=2030-1-1", "key_id=7", "cursor=AA"] {
        let path = format!("/api/v1/api-keys/usage?{bad}");
        acme.get(&path).send().with_status(400);
    }
    let record = acme.get(&super::path(&one, "")).send().json();
    assert_eq!(record["last_used_at"], "2030-01-02T00:00:00Z");
}

on_both!(a_request_whose_body_comes_later_is_one_use);
fn a_request_whose_body_comes_later_is_one_use(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["keys:verify"]}));
    let body = json!({"key": "x"}).to_string();
    let head = format!(
        "POST /api/v1/api-keys/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        text(&key, "key"),
        body.len()
    );
    let mut connection = Connection::open(server.client().address()).unwrap();
    connection.send(head.as_bytes()).unwrap();
    // The head is judged meanwhile.
    let profile = server.get("/v1/profile").bearer(text(&key, "key"));
    profile.send().with_status(200);
    connection.send(body.as_bytes()).unwrap();
    assert_eq!(connection.receive().answer().status, 200);
    server.app.keys.uses.write(&server.app.db).unwrap();
    let usage = acme.get("/api/v1/api-keys/usage").send().items();
    assert_eq!(usage[0]["requests"], 2);
}
