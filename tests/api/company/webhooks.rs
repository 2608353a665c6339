//! `/api/company/webhooks…`: managing endpoints.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both, table};

const URL: &str = "https://hooks.example.com/lanyard?x=1";

on_both!(an_endpoint_is_added_read_changed_and_removed);
fn an_endpoint_is_added_read_changed_and_removed(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/webhooks")
        .json(&json!({"url": URL, "events": ["token.revoked", "operator.deactivated", "token.revoked"]}))
        .send();
    assert_eq!(added.header("cache-control"), Some("no-store"));
    assert_eq!(added.header("location"), Some("/api/company/webhooks/1"));
    let mut shown = added.with_status(201).json();
    let secret = shown["secret"].take();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    shown.as_object_mut().unwrap().remove("secret");
    let read = acme.get("/api/company/webhooks/1").send();
    assert_snapshot!(read, @r#"
    200
    {
      "id": 1,
      "url": "https://hooks.example.com/lanyard?x=1",
      "events": ["token.revoked","operator.deactivated"],
      "status": "active",
      "gaveUpAt": null,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    assert_eq!(read.json(), shown, "the secret is shown once");
    assert_eq!(acme.get("/api/company/webhooks").send().items(), [shown]);

    let changed = acme
        .patch("/api/company/webhooks/1")
        .json(&json!({"events": ["token.rotation_due"], "status": "inactive"}))
        .send();
    assert_snapshot!(changed, @r#"
    200
    {
      "id": 1,
      "url": "https://hooks.example.com/lanyard?x=1",
      "events": ["token.rotation_due"],
      "status": "inactive",
      "gaveUpAt": null,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    assert_eq!(
        acme.patch("/api/company/webhooks/1").send().json(),
        changed.json()
    );
    let refused = acme.post("/api/company/webhooks/1/test").send();
    assert_snapshot!(refused, @r#"
    409
    {"error":"conflict","error_description":"the webhook is not active; set its status to active first"}
    "#);
    let removed = acme.delete("/api/company/webhooks/1").send();
    assert_eq!(removed.with_status(204).text(), "");
    assert_eq!(acme.delete("/api/company/webhooks/1").send().status, 404);
    let log = acme.get("/api/company/audit?limit=3").send().items();
    let listed: Vec<_> = log
        .iter()
        .map(|line| format!("{} {}", line["action"], line["target"]))
        .collect();
    assert_snapshot!(listed.join("\n"), @r#"
    "webhook.deleted" "webhook:1"
    "webhook.updated" "webhook:1"
    "webhook.created" "webhook:1"
    "#);
}

on_both!(what_is_no_endpoint_is_refused);
fn what_is_no_endpoint_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let events = json!(["token.revoked"]);
    let bodies = [
        json!({"events": events}),
        json!({"url": URL}),
        json!({"url": URL, "events": []}),
        json!({"url": URL, "events": ["token.issued"]}),
        json!({"url": URL, "events": ["key.rotated"]}),
        json!({"url": URL, "events": "token.revoked"}),
        json!({"url": URL, "events": events, "status": "gone"}),
        json!({"url": 7, "events": events}),
        json!({"url": "http://example.com/", "events": events}),
        json!({"url": "https://u:p@example.com/", "events": events}),
        json!({"url": "https://127.0.0.1/", "events": events}),
        json!({"url": "https://[::ffff:169.254.169.254]/", "events": events}),
        json!({"url": "https://localhost:8080/", "events": events}),
        json!({"url": "https://2130706433/", "events": events}),
        json!({"url": "nonsense", "events": events}),
    ];
    let answers = table(bodies, |body| {
        acme.post("/api/company/webhooks").json(body).send()
    });
    assert_snapshot!(answers, @r#"
    {"events":["token.revoked"]} → 400 invalid_request: url is missing
    {"url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: events must name at least one event
    {"events":[],"url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: events must name at least one event
    {"events":["token.issued"],"url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: events[0]: must be one of token.rotation_due, token.revoked, credential.revoked, operator.deactivated, api_key.quarantined, api_key.new_network, api_key.woke_up, api_key.rate_jump, audit.sealed at line 1 column …
    {"events":["key.rotated"],"url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: events[0]: must be one of token.rotation_due, token.revoked, credential.revoked, operator.deactivated, api_key.quarantined, api_key.new_network, api_key.woke_up, api_key.rate_jump, audit.sealed at line 1 column …
    {"events":"token.revoked","url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: events: invalid type: string "token.revoked", expected an array at line 1 column 25
    {"events":["token.revoked"],"status":"gone","url":"https://hooks.example.com/lanyard?x=1"} → 400 invalid_request: status: must be active or inactive at line 1 column 43
    {"events":["token.revoked"],"url":7} → 400 invalid_request: url: invalid type: number `7`, expected a string at line 1 column 35
    {"events":["token.revoked"],"url":"http://example.com/"} → 400 invalid_request: url must be https
    {"events":["token.revoked"],"url":"https://u:p@example.com/"} → 400 invalid_request: url must not have a user name or password in it
    {"events":["token.revoked"],"url":"https://127.0.0.1/"} → 400 invalid_request: url must lead to an address of the public internet (unless webhooks.allow_private is set)
    {"events":["token.revoked"],"url":"https://[::ffff:169.254.169.254]/"} → 400 invalid_request: url must lead to an address of the public internet (unless webhooks.allow_private is set)
    {"events":["token.revoked"],"url":"https://localhost:8080/"} → 400 invalid_request: url must lead to an address of the public internet (unless webhooks.allow_private is set)
    {"events":["token.revoked"],"url":"https://2130706433/"} → 400 invalid_request: url must have a host that is a name or an address
    {"events":["token.revoked"],"url":"nonsense"} → 400 invalid_request: url must be an absolute URL in ASCII, such as https://example.com/hook
    "#);
    assert!(acme.get("/api/company/webhooks").send().items().is_empty());
}

on_both!(another_organizations_endpoint_is_not_there);
fn another_organizations_endpoint_is_not_there(server: &Server) {
    let (acme, globex) = (server.organization("acme"), server.organization("globex"));
    let added = globex
        .post("/api/company/webhooks")
        .json(&json!({"url": URL, "events": ["token.revoked"]}))
        .send();
    assert_eq!(added.with_status(201).json()["id"], 1);
    for id in ["1", "2", "0", "x", "-1"] {
        let path = format!("/api/company/webhooks/{id}");
        for answer in [
            acme.get(&path).send(),
            acme.patch(&path)
                .json(&json!({"status": "inactive"}))
                .send(),
            acme.delete(&path).send(),
            acme.post(&format!("{path}/test")).send(),
            acme.get(&format!("{path}/deliveries")).send(),
        ] {
            assert_eq!(
                answer.in_short(),
                "404 not_found: there is no such resource"
            );
        }
    }
    assert_eq!(
        globex.get("/api/company/webhooks/1").send().json()["status"],
        "active"
    );
}

on_both!(there_are_at_most_twenty);
fn there_are_at_most_twenty(server: &Server) {
    let acme = server.organization("acme");
    let add = || {
        acme.post("/api/company/webhooks")
            .json(&json!({"url": URL, "events": ["token.revoked"]}))
            .send()
    };
    for _ in 0..20 {
        add().with_status(201);
    }
    assert_snapshot!(add(), @r#"
    409
    {"error":"conflict","error_description":"there are 20 webhooks already, which is the most; remove one first"}
    "#);
    let page = acme.get("/api/company/webhooks?limit=15").send().json();
    let cursor = page["nextCursor"].as_str().unwrap();
    let rest = acme
        .get(&format!("/api/company/webhooks?limit=15&cursor={cursor}"))
        .send();
    assert_eq!(rest.items().len(), 5);
}

on_both!(what_is_deactivated_receives_nothing_that_waited);
fn what_is_deactivated_receives_nothing_that_waited(server: &Server) {
    let acme = server.organization("acme");
    acme.post("/api/company/webhooks")
        .json(&json!({"url": URL, "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    let lan = acme.operator("Lan");
    let revoke = || {
        acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
            .send()
            .with_status(204)
            .clone()
    };
    revoke();
    let waits = acme.get("/api/company/webhooks/1/deliveries").send();
    assert_eq!(waits.items()[0]["status"], "pending");
    acme.patch("/api/company/webhooks/1")
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    revoke();
    let listed = acme.get("/api/company/webhooks/1/deliveries").send();
    assert_eq!(listed.items().len(), 1);
    assert_eq!(listed.items()[0]["status"], "failed");
    assert_eq!(listed.items()[0]["outcome"], "the webhook was deactivated");
}
