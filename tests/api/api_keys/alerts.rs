//! Alerts about the use of keys: in the audit log, and as messages to webhooks.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{make, path, text, verdict, verify};
use crate::support::{Organization, Server, on_both, table};

/// Writes the uses, as the job does every few seconds.
fn flush(server: &Server) {
    server.app.keys.uses.write(&server.app.db).unwrap();
}

/// Subscribes to all alerts. Returns the path of the messages.
fn subscribe(acme: &Organization<'_>) -> String {
    let events = [
        "api_key.quarantined",
        "api_key.new_network",
        "api_key.woke_up",
        "api_key.rate_jump",
    ];
    let body = json!({"url": "https://example.com/hook", "events": events});
    let added = acme.post("/api/company/webhooks").json(&body).send();
    let id = added.with_status(201).json()["id"].clone();
    format!("/api/company/webhooks/{id}/deliveries")
}

/// Returns the events of the messages, oldest first.
fn events(acme: &Organization<'_>, path: &str) -> Vec<String> {
    let mut items = acme.get(path).send().with_status(200).items();
    items.sort_by_key(|item| item["id"].as_str().unwrap().to_owned());
    let event = |item: &Value| item["event"].as_str().unwrap().to_owned();
    items.iter().map(event).collect()
}

/// Returns the details of the audit log's lines with an action.
fn details(acme: &Organization<'_>, action: &str) -> Vec<String> {
    let log = acme
        .get(&format!("/api/company/audit?action={action}"))
        .send();
    let detail = |line: &Value| line["detail"].as_str().unwrap_or_default().to_owned();
    log.items().iter().map(detail).collect()
}

/// Returns the `data` of the only message of an event, from the database.
fn data(server: &Server, event: &str) -> Value {
    use diesel::prelude::*;
    use lanyard::db::schema::deliveries;
    let bodies: Vec<String> = server
        .app
        .db
        .read_blocking(|conn| -> lanyard::db::Result<_> {
            Ok(deliveries::table
                .filter(deliveries::event.eq(event))
                .select(deliveries::body)
                .load(conn)?)
        })
        .unwrap();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let body: Value = serde_json::from_str(&bodies[0]).unwrap();
    assert_eq!(body["type"], event);
    body["data"].clone()
}

fn use_from(acme: &Organization<'_>, key: &Value, address: &str) {
    let body = json!({"key": key["key"], "address": address});
    assert_eq!(verify(acme, &body).json()["valid"], true);
}

on_both!(a_new_network_is_an_alert_once_an_hour);
fn a_new_network_is_an_alert_once_an_hour(server: &Server) {
    let acme = server.organization("acme");
    let messages = subscribe(&acme);
    let key = make(&acme, &json!({"name": "Till 3"}));
    use_from(&acme, &key, "203.0.113.7");
    flush(server);
    use_from(&acme, &key, "203.0.113.99");
    flush(server);
    assert_eq!(events(&acme, &messages), [""; 0]);
    use_from(&acme, &key, "198.51.100.1");
    // Decided in the background, whatever node saw the use.
    assert_eq!(events(&acme, &messages), [""; 0]);
    flush(server);
    assert_eq!(
        details(&acme, "api_key.new_network"),
        ["network: 198.51.100.0/24"]
    );
    assert_eq!(
        data(server, "api_key.new_network"),
        json!({
            "organizationId": acme.id, "keyId": key["id"], "name": "Till 3", "at": "2030-01-01T00:00:00Z",
            "network": "198.51.100.0/24",
        })
    );
    // Within the hour another one is no alert on any node, and it is known afterwards.
    let other = server.another(&[]);
    let body = json!({"key": key["key"], "address": "2001:db8:7::1"});
    let there = other.post("/api/v1/api-keys/verify").bearer(&acme.token);
    there.json(&body).send().with_status(200);
    flush(&other);
    server.wait(3_600);
    use_from(&acme, &key, "2001:db8:7::2");
    flush(server);
    assert_eq!(events(&acme, &messages).len(), 1);
    use_from(&acme, &key, "2001:db8:8::1");
    flush(server);
    assert_eq!(
        details(&acme, "api_key.new_network"),
        ["network: 2001:db8:8::/48", "network: 198.51.100.0/24"]
    );
    // After 90 days it is new again, and the use after the silence is an alert too.
    server.wait(91 * 86_400);
    let acme = acme.log_in();
    use_from(&acme, &key, "198.51.100.1");
    flush(server);
    assert_eq!(details(&acme, "api_key.new_network").len(), 3);
    assert_eq!(details(&acme, "api_key.woke_up").len(), 1);
}

on_both!(a_key_that_wakes_up_is_an_alert);
fn a_key_that_wakes_up_is_an_alert(server: &Server) {
    let acme = server.organization("acme");
    let messages = subscribe(&acme);
    let key = make(&acme, &json!({}));
    // A key that was never used does not wake up.
    server.wait(40 * 86_400);
    let acme = acme.log_in();
    assert_eq!(verdict(&acme, &key), "valid");
    flush(server);
    server.wait(29 * 86_400);
    let acme = acme.log_in();
    assert_eq!(verdict(&acme, &key), "valid");
    flush(server);
    assert_eq!(events(&acme, &messages), [""; 0]);
    server.wait(30 * 86_400);
    let acme = acme.log_in();
    for _ in 0..2 {
        assert_eq!(verdict(&acme, &key), "valid");
        flush(server);
    }
    let sent = data(server, "api_key.woke_up");
    assert_eq!(sent["lastUsedAt"], "2030-03-11T00:00:00Z");
    assert_eq!(sent["at"], "2030-04-10T00:00:00Z");
}

on_both!(a_jump_of_the_rate_is_an_alert);
fn a_jump_of_the_rate_is_an_alert(server: &Server) {
    let acme = server.organization("acme");
    let messages = subscribe(&acme);
    let patch = json!({"keyAlerts": {"rateFloor": 20}});
    let changed = acme.patch("/api/company/organization").json(&patch).send();
    changed.with_status(200);
    let key = make(&acme, &json!({}));
    let many = |count: usize| {
        let keys = vec![json!({"key": key["key"]}); count];
        let verify = acme.post("/api/v1/api-keys/verify-many");
        let call = verify.json(&json!({"keys": keys}));
        call.send().with_status(200);
    };
    many(20);
    flush(server);
    assert_eq!(events(&acme, &messages), [""; 0]);
    // Two nodes, and two batches.
    let other = server.another(&[]);
    let call = other.post("/api/v1/api-keys/verify").bearer(&acme.token);
    call.json(&json!({"key": key["key"]}))
        .send()
        .with_status(200);
    flush(&other);
    let sent = data(server, "api_key.rate_jump");
    assert_eq!(
        (&sent["requests"], &sent["mean"]),
        (&json!(21), &json!(0.0))
    );
    many(100);
    flush(server);
    assert_eq!(events(&acme, &messages).len(), 1);
    assert_eq!(
        details(&acme, "api_key.rate_jump"),
        ["requests in the hour: 21, mean: 0"]
    );
    // The hour after it is compared with that one.
    server.wait(3_600);
    many(1_000);
    flush(server);
    assert_eq!(events(&acme, &messages).len(), 1);
    server.wait(3_600);
    many(1_000);
    flush(server);
    assert_eq!(events(&acme, &messages).len(), 1);
}

on_both!(a_quarantine_is_sent_with_its_reason);
fn a_quarantine_is_sent_with_its_reason(server: &Server) {
    let acme = server.organization("acme");
    let messages = subscribe(&acme);
    let (one, two) = (make(&acme, &json!({})), make(&acme, &json!({})));
    let given = acme.post(&path(&one, "/quarantine"));
    let given = given.json(&json!({"reason": "seen in a chat"}));
    given.send().with_status(200);
    let sent = data(server, "api_key.quarantined");
    assert_eq!(
        sent,
        json!({
            "organizationId": acme.id, "keyId": one["id"], "name": "till", "at": "2030-01-01T00:00:00Z",
            "reason": "seen in a chat",
        })
    );
    let report = || {
        let call = server.post("/api/v1/leaked-keys");
        call.json(&json!({"key": text(&two, "key")})).send()
    };
    report().with_status(200);
    report().with_status(200);
    assert_eq!(events(&acme, &messages), ["api_key.quarantined"; 2]);
}

on_both!(the_reason_of_a_report_is_that_it_is_a_leak);
fn the_reason_of_a_report_is_that_it_is_a_leak(server: &Server) {
    let acme = server.organization("acme");
    subscribe(&acme);
    let key = make(&acme, &json!({}));
    let report = server.post("/api/v1/leaked-keys");
    let report = report.json(&json!({"key": key["key"]})).send();
    report.with_status(200);
    assert_eq!(
        data(server, "api_key.quarantined"),
        json!({
            "organizationId": acme.id, "keyId": key["id"], "name": "till", "at": "2030-01-01T00:00:00Z",
            "reason": "leak",
        })
    );
}

on_both!(alerts_can_be_set_and_turned_off);
fn alerts_can_be_set_and_turned_off(server: &Server) {
    let acme = server.organization("acme");
    let change = |alerts: &Value| {
        let call = acme.patch("/api/company/organization");
        call.json(&json!({"keyAlerts": alerts})).send()
    };
    let shown = |alerts: &Value| change(alerts).with_status(200).json()["keyAlerts"].clone();
    let defaults =
        json!({"newNetwork": true, "silenceDays": 30, "rateFactor": 10, "rateFloor": 1_000});
    assert_eq!(shown(&json!({})), defaults);
    let off = json!({"newNetwork": false, "silenceDays": 0, "rateFactor": 0, "rateFloor": 5});
    assert_eq!(shown(&off), off);
    assert_eq!(
        shown(&json!({"silenceDays": null, "newNetwork": null})),
        json!({"newNetwork": true, "silenceDays": 30, "rateFactor": 0, "rateFloor": 5})
    );
    assert_eq!(shown(&json!(null)), defaults);
    let answers = table(
        [
            json!({"silenceDays": -1}),
            json!({"silenceDays": 3_651}),
            json!({"rateFactor": 1.5}),
            json!({"rateFloor": "5"}),
            json!({"newNetwork": 1}),
            json!([]),
        ],
        change,
    );
    assert_snapshot!(answers, @r#"
    {"silenceDays":-1} → 400 invalid_request: keyAlerts.silenceDays must be between 0 and 3650, or null for the default
    {"silenceDays":3651} → 400 invalid_request: keyAlerts.silenceDays must be between 0 and 3650, or null for the default
    {"rateFactor":1.5} → 400 invalid_request: keyAlerts.rateFactor: invalid type: number `1.5`, expected a whole number of 64 bits at line 1 column 30
    {"rateFloor":"5"} → 400 invalid_request: keyAlerts.rateFloor: invalid type: string "5", expected a whole number of 64 bits at line 1 column 29
    {"newNetwork":1} → 400 invalid_request: keyAlerts.newNetwork: invalid type: number `1`, expected a boolean at line 1 column 28
    [] → 400 invalid_request: keyAlerts: invalid type: array, expected an object at line 1 column 13
    "#);
    shown(&off);
    let key = make(&acme, &json!({}));
    for address in ["203.0.113.7", "198.51.100.1"] {
        use_from(&acme, &key, address);
        flush(server);
    }
    assert_eq!(details(&acme, "api_key.new_network"), [""; 0]);
}
