//! Making, reading, listing and changing keys.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{make, path, text, verdict};
use crate::support::{Server, on_both, table};

on_both!(a_key_is_shown_once);
fn a_key_is_shown_once(server: &Server) {
    let acme = server.organization("acme");
    let made = acme
        .post("/api/v1/api-keys")
        .json(&json!({"name": "till", "scopes": ["write", "read"], "role": "tenant",
            "expires_at": "2030-03-01T00:00:00+00:00", "allowed_ips": ["10.0.0.0/8", "::ffff:192.0.2.1"]}))
        .send();
    made.with_status(201);
    let record = made.json();
    assert_eq!(made.header("location"), Some(path(&record, "").as_str()));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let key = text(&record, "key");
    assert!(key.starts_with("ak_live_") && key.len() == 46, "{key}");
    assert!(key.starts_with(text(&record, "start")) && key.ends_with(text(&record, "end")));
    let id = text(&record, "id");
    assert!(id.starts_with("key_") && id.len() == 20, "{id}");

    let read = acme.get(&path(&record, "")).send().with_status(200).json();
    let mut expected = record.clone();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(read, expected);
    let mut rest = read.clone();
    for drawn in ["id", "start", "end", "created_by"] {
        rest.as_object_mut().unwrap().remove(drawn);
    }
    assert_eq!(
        rest,
        json!({
            "organization_id": 1, "name": "till", "environment": "live", "prefix": "ak",
            "scopes": ["read", "write"], "role": "tenant", "operator_id": null,
            "expires_at": "2030-03-01T00:00:00Z", "allowed_ips": ["10.0.0.0/8", "192.0.2.1"],
            "any_address": false, "signing": false, "require_signature": false, "status": "active",
            "previous_expires_at": null,
            "created_at": "2030-01-01T00:00:00Z", "last_used_at": null, "last_used_address": null,
            "last_refusal": null,
        })
    );
    let log = acme.get("/api/company/audit?action=api_key.created").send();
    assert_eq!(log.items()[0]["target"], format!("api_key:{id}"));
    assert_eq!(log.items()[0]["actor"], read["created_by"]);
    assert!(!log.text().contains(key));

    let other = server.organization("other");
    other.get(&path(&record, "")).send().with_status(404);
    other.delete(&path(&record, "")).send().with_status(404);
    assert!(other.get("/api/v1/api-keys").send().items().is_empty());
}

on_both!(a_key_that_is_given_a_name_alone_has_no_rights_and_no_limits);
fn a_key_that_is_given_a_name_alone_has_no_rights_and_no_limits(server: &Server) {
    let acme = server.organization("acme");
    let made = acme.post("/api/v1/api-keys").json(&json!({"name": "k"}));
    let made = made.send().with_status(201).json();
    assert!(text(&made, "key").starts_with("ak_live_"));
    assert_eq!(made.get("signing_secret"), None);
    for (member, value) in [
        ("environment", json!("live")),
        ("prefix", json!("ak")),
        ("scopes", json!([])),
        ("role", Value::Null),
        ("operator_id", Value::Null),
        ("expires_at", Value::Null),
        ("allowed_ips", json!([])),
        ("any_address", json!(true)),
        ("signing", json!(false)),
        ("require_signature", json!(false)),
        ("status", json!("active")),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    // The other prefix and the other environment are in its text.
    let other = json!({"name": "k", "prefix": "sk", "environment": "test"});
    let other = acme.post("/api/v1/api-keys").json(&other).send().json();
    assert!(text(&other, "key").starts_with("sk_test_"));
    let profile = server.get("/v1/profile").bearer(text(&made, "key")).send();
    assert_eq!(profile.with_status(200).json()["scopes"], json!([]));
    let change = |members: &Value| acme.patch(&path(&made, "")).json(members).send();
    change(&json!({"expires_at": "2029-12-31T00:00:00Z"})).with_status(400);
    change(&json!({"role": "pilot"})).with_status(400);
    change(&json!({"scopes": ["fly"]})).with_status(400);
    change(&json!({"allowed_ips": ["10.1"]})).with_status(400);
    let longest = json!({"name": "x".repeat(200), "scopes": ["openid", "email"]});
    change(&longest).with_status(200);
}

on_both!(what_cannot_be_a_key_is_refused);
fn what_cannot_be_a_key_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let cases = [
        json!({}),
        json!({"name": "x".repeat(201)}),
        json!({"name": null}),
        json!({"name": "k", "scopes": ["read", "fly"]}),
        json!({"name": "k", "role": "pilot"}),
        json!({"name": "k", "operator_id": 99}),
        json!({"name": "k", "operator_id": lan, "role": "tenant"}),
        json!({"name": "k", "expires_at": "2030-01-01T00:00:00Z"}),
        json!({"name": "k", "expires_at": "tomorrow"}),
        json!({"name": "k", "allowed_ips": ["10.0.0.5/8"]}),
        json!({"name": "k", "environment": "prod"}),
        json!({"name": "k", "prefix": "hs"}),
    ];
    assert_snapshot!(table(cases, |case| acme.post("/api/v1/api-keys").json(case).send()), @r#"
    {} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":null} → 400 invalid_request: name: invalid type: null, expected a string at line 1 column 12
    {"name":"k","scopes":["read","fly"]} → 400 invalid_request: scopes: "fly" is not a scope that the organization has defined; PUT /api/v1/scopes/{name} defines one
    {"name":"k","role":"pilot"} → 400 invalid_request: role: "pilot" is not a role that the organization has defined; PUT /api/v1/roles/{name} or `lanyard role set` defines one
    {"name":"k","operator_id":99} → 400 invalid_request: operator_id: there is no operator with this id in this organization
    {"name":"k","operator_id":1,"role":"tenant"} → 400 invalid_request: role must be null where operator_id is given: the role is the operator's
    {"expires_at":"2030-01-01T00:00:00Z","name":"k"} → 400 invalid_request: expires_at must be in the future, or null
    {"expires_at":"tomorrow","name":"k"} → 400 invalid_request: expires_at: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 24
    {"allowed_ips":["10.0.0.5/8"],"name":"k"} → 400 invalid_request: allowed_ips: "10.0.0.5/8" is no address or network: write IPv4 as four decimals without leading zeros, IPv6 without a zone, a network as address/prefix with no bit set after the prefix
    {"environment":"prod","name":"k"} → 400 invalid_request: environment: must be one of live, test at line 1 column 21
    {"name":"k","prefix":"hs"} → 400 invalid_request: prefix: must be one of ak, sk at line 1 column 26
    "#);
}

on_both!(keys_are_listed_newest_first);
fn keys_are_listed_newest_first(server: &Server) {
    let acme = server.organization("acme");
    let mut made: Vec<Value> = Vec::new();
    for number in 0..5 {
        server.wait(1);
        let environment = if number == 3 { "test" } else { "live" };
        let end = (number == 1).then_some("2030-01-02T00:00:00Z");
        let members =
            json!({"name": format!("k{number}"), "environment": environment, "expires_at": end});
        made.push(make(&acme, &members));
    }
    acme.delete(&path(&made[0], "")).send().with_status(204);
    acme.post(&path(&made[2], "/quarantine"))
        .json(&json!({}))
        .send()
        .with_status(200);
    server.wait(86_400);
    let acme = acme.log_in();
    let names = |query: &str| -> Vec<String> {
        let list = acme.get(&format!("/api/v1/api-keys{query}")).send();
        let names = list.with_status(200).items();
        names
            .iter()
            .map(|key| text(key, "name").to_owned())
            .collect()
    };
    assert_eq!(names(""), ["k4", "k3", "k2", "k1"]);
    assert_eq!(names("?status=active"), ["k4", "k3"]);
    assert_eq!(names("?status=quarantined"), ["k2"]);
    assert_eq!(names("?status=revoked"), ["k0"]);
    assert_eq!(names("?status=expired"), ["k1"]);
    assert_eq!(names("?environment=test"), ["k3"]);
    let page = acme.get("/api/v1/api-keys?limit=3").send().json();
    let cursor = text(&page, "nextCursor");
    assert_eq!(names(&format!("?limit=3&cursor={cursor}")), ["k1"]);
    acme.get("/api/v1/api-keys?status=dead")
        .send()
        .with_status(400);
    acme.get("/api/v1/api-keys?environment=prod")
        .send()
        .with_status(400);
    acme.get("/api/v1/api-keys?cursor=AA")
        .send()
        .with_status(400);
}

on_both!(what_a_change_takes_away_is_gone_on_every_node);
fn what_a_change_takes_away_is_gone_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let there = acme.with_token(&acme.token);
    let key = make(&acme, &json!({"role": "tenant"}));
    let ask = |server: &Server, scope: &str| {
        let body = json!({"key": key["key"], "scopes": [scope]});
        let call = server.post("/api/v1/api-keys/verify").bearer(&there.token);
        let answer = call.json(&body).send().with_status(200).json();
        answer["code"].as_str().unwrap_or("valid").to_owned()
    };
    assert_eq!(
        (ask(server, "write"), ask(&other, "write")),
        ("valid".to_owned(), "valid".to_owned())
    );
    let change = |members: Value| acme.patch(&path(&key, "")).json(&members).send();
    for _ in 0..2 {
        let narrowed = change(json!({"scopes": ["read"]}));
        assert!(
            narrowed
                .with_status(200)
                .header("revocation-sequence")
                .is_some()
        );
        assert_eq!(ask(&other, "write"), "insufficient_scope");
    }
    for widening in [
        json!({"scopes": ["read", "analytics"]}),
        json!({"name": "other"}),
    ] {
        let widened = change(widening);
        assert!(
            widened
                .with_status(200)
                .header("revocation-sequence")
                .is_none()
        );
    }
    for narrowing in [
        json!({"role": null}),
        json!({"expires_at": "2031-01-01T00:00:00Z"}),
        json!({"allowed_ips": ["10.0.0.0/8"]}),
        json!({"allowed_ips": ["10.0.0.0/9"]}),
    ] {
        let narrowed = change(narrowing.clone());
        let receipt = narrowed.with_status(200).header("revocation-sequence");
        assert!(receipt.is_some(), "{narrowing}");
    }
    assert_eq!(ask(&other, "read"), "address_denied");
    assert_snapshot!(table(
        [
            json!({"environment": "test"}),
            json!({"prefix": "sk"}),
            json!({"operator_id": null}),
            json!({"require_signature": true}),
            json!({"scopes": null}),
            json!({"name": ""}),
        ],
        |members| change(members.clone())
    ), @r#"
    {"environment":"test"} → 400 invalid_request: environment: cannot be changed; make another key at line 1 column 22
    {"prefix":"sk"} → 400 invalid_request: prefix: cannot be changed; make another key at line 1 column 15
    {"operator_id":null} → 400 invalid_request: operator_id: cannot be changed; make another key at line 1 column 20
    {"require_signature":true} → 400 invalid_request: require_signature: this key has no signing secret; make another key with signing
    {"scopes":null} → 400 invalid_request: scopes: invalid type: null, expected an array at line 1 column 14
    {"name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    "#);
    acme.delete(&path(&key, "")).send().with_status(204);
    change(json!({"name": "again"})).with_status(409);
}

on_both!(what_a_key_names_cannot_be_removed);
fn what_a_key_names_cannot_be_removed(server: &Server) {
    let acme = server.organization("acme");
    for (path, body) in [
        ("/api/v1/scopes/ship", json!({})),
        ("/api/v1/scopes/shi", json!({})),
        ("/api/v1/roles/shipper", json!({"scopes": []})),
    ] {
        acme.put(path).json(&body).send().with_status(201);
    }
    let key = make(&acme, &json!({"scopes": ["ship"], "role": "shipper"}));
    let remove = |path: &str| acme.delete(path).send().in_short();
    assert_snapshot!(remove("/api/v1/scopes/ship").replace(text(&key, "id"), "KEY"), @"409 conflict: it is in use by the API key KEY; change that first");
    assert_snapshot!(remove("/api/v1/roles/shipper").replace(text(&key, "id"), "KEY"), @"409 conflict: it is in use by the API key KEY; change that first");
    acme.delete("/api/v1/scopes/shi").send().with_status(204);
    acme.delete(&path(&key, "")).send().with_status(204);
    acme.delete("/api/v1/scopes/ship").send().with_status(204);
    acme.delete("/api/v1/roles/shipper").send().with_status(204);
}

on_both!(who_manages_keys);
fn who_manages_keys(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    let admin = acme.operator_who_signs_in("lan", "open sesame");
    let record = format!("/api/company/operators/{admin}");
    acme.patch(&record)
        .json(&json!({"role": "admin"}))
        .send()
        .with_status(200);
    acme.operator_who_signs_in("mai", "open sesame");
    let list = |token: &str| {
        server
            .get("/api/v1/api-keys")
            .bearer(token)
            .send()
            .in_short()
    };
    assert!(list(&acme.session("lan", "open sesame")).starts_with("200"));
    assert_snapshot!(list(&acme.session("mai", "open sesame")), @"403 forbidden: this needs a company token, or a session of /auth/login whose operator has the role admin");
    assert_snapshot!(list(&acme.token_for(admin)), @"403 forbidden: this needs a company token or an admin's session; an operator token was presented");
    // A leaked key must not make keys, whatever it may do.
    assert_snapshot!(list(text(&key, "key")), @"403 forbidden: an API key opens only /v1/profile, and /api/v1/api-keys/verify if it has the scope keys:verify");
    server.get("/api/v1/api-keys").send().with_status(401);
    assert_eq!(verdict(&acme, &key), "valid");
}
