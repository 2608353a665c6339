//! The reasons for which a key is refused: the first one that applies is given, and only to the
//! organization of the key. Its owner reads it in the record of the key.

use lanyard::api_key::{Environment, KeyText, Prefix};
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::{Map, Value, json};

use super::{make, path, text, verify};
use crate::support::http::Connection;
use crate::support::{Organization, Server, on_both};

/// A member of a key that is refused, the same member of one that is not, and the reason.
fn faults() -> [(&'static str, Value, Value, &'static str); 5] {
    [
        (
            "allowed_ips",
            json!(["192.0.2.1"]),
            json!([]),
            "address_denied",
        ),
        (
            "require_signature",
            json!(true),
            json!(false),
            "signature_required",
        ),
        (
            "environment",
            json!("test"),
            json!("live"),
            "environment_mismatch",
        ),
        ("scopes", json!([]), json!(["read"]), "insufficient_scope"),
        ("role", json!(null), json!("tenant"), "insufficient_role"),
    ]
}

/// Makes a key without the first faults, and with all others.
fn with_faults_from(acme: &Organization<'_>, first: usize, more: &Value) -> Value {
    let mut members: Map<String, Value> = more.as_object().unwrap().clone();
    for (place, (name, bad, good, _)) in faults().into_iter().enumerate() {
        let value = if place < first { good } else { bad };
        members.insert(name.to_owned(), value);
    }
    make(acme, &Value::Object(members))
}

/// Returns `valid`, or the code of the refusal of a key of which a scope and a role are wanted.
fn reason_for(acme: &Organization<'_>, key: &Value) -> String {
    let wanted = json!({
        "key": key["key"], "address": "198.51.100.1", "scopes": ["read"], "role": "tenant",
    });
    let answer = verify(acme, &wanted).with_status(200).json();
    answer["code"].as_str().unwrap_or("valid").to_owned()
}

on_both!(the_first_reason_that_applies_is_given);
fn the_first_reason_that_applies_is_given(server: &Server) {
    let acme = server.organization("acme");
    let reasons = faults().map(|fault| fault.3);
    for (first, reason) in reasons.iter().chain(&["valid"]).enumerate() {
        let key = with_faults_from(&acme, first, &json!({}));
        assert_eq!(reason_for(&acme, &key), *reason);
    }
    let worst = with_faults_from(&acme, 0, &json!({"expires_at": "2030-01-01T00:01:00Z"}));
    server.wait(60);
    assert_eq!(reason_for(&acme, &worst), "expired");
    let hold = acme.post(&path(&worst, "/quarantine")).send();
    hold.with_status(200);
    assert_eq!(reason_for(&acme, &worst), "quarantined");
    acme.delete(&path(&worst, "")).send().with_status(204);
    assert_eq!(reason_for(&acme, &worst), "revoked");
    assert_eq!(
        reason_for(&server.organization("other"), &worst),
        "not_found"
    );
}

on_both!(its_owner_reads_why_a_key_was_refused);
fn its_owner_reads_why_a_key_was_refused(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let bound = make(&acme, &json!({"operator_id": lan}));
    let inactive = acme.patch(&format!("/api/company/operators/{lan}"));
    let inactive = inactive.json(&json!({"status": "inactive"})).send();
    inactive.with_status(200);
    let revoked = make(&acme, &json!({}));
    acme.delete(&path(&revoked, "")).send().with_status(204);
    let held = make(&acme, &json!({}));
    acme.post(&path(&held, "/quarantine"))
        .send()
        .with_status(200);
    let expired = make(&acme, &json!({"expires_at": "2030-01-01T00:01:00Z"}));
    let elsewhere = make(&acme, &json!({"allowed_ips": ["192.0.2.1"]}));
    let unsigned = make(&acme, &json!({"require_signature": true}));
    server.wait(60);
    for (key, reason) in [
        (&bound, "revoked"),
        (&revoked, "revoked"),
        (&held, "quarantined"),
        (&expired, "expired"),
        (&elsewhere, "address_denied"),
        (&unsigned, "signature_required"),
    ] {
        let refused = server.get("/v1/profile").bearer(text(key, "key")).send();
        refused.with_status(401);
        server.app.keys.uses.write(&server.app.db).unwrap();
        let record = acme.get(&path(key, "")).send().json();
        assert_eq!(
            record["last_refusal"],
            json!({"at": "2030-01-01T00:01:00Z", "reason": reason, "address": "127.0.0.1"}),
            "{reason}"
        );
        assert_eq!(record["last_used_at"], Value::Null, "{reason}");
    }
    // Its status says the same.
    let status = |key: &Value| acme.get(&path(key, "")).send().json()["status"].clone();
    assert_eq!(
        [&revoked, &held, &expired, &elsewhere].map(status),
        ["revoked", "quarantined", "expired", "active"]
    );
}

on_both!(
    the_reason_is_shown_to_nobody_else,
    "oauth.issuer=http://localhost:8080"
);
fn the_reason_is_shown_to_nobody_else(server: &Server) {
    let (acme, gone) = (server.organization("acme"), server.organization("gone"));
    let lan = acme.operator("lan");
    let all = json!({"scopes": ["admin", "keys:verify"]});
    let with = |name: &str, value: Value| {
        let mut members = all.clone();
        members[name] = value;
        make(&acme, &members)
    };
    let bound = with("operator_id", json!(lan));
    let elsewhere = with("allowed_ips", json!(["192.0.2.1"]));
    let (revoked, held) = (make(&acme, &all), make(&acme, &all));
    let suspended = make(&gone, &all);
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    acme.delete(&path(&revoked, "")).send().with_status(204);
    acme.post(&path(&held, "/quarantine"))
        .send()
        .with_status(200);
    let (db, now) = (&server.app.db, server.app.clock.now());
    organization::suspend(db, OrganizationId(gone.id), &Origin::command_line(), now).unwrap();
    server.follow();
    let unknown = KeyText::draw(Prefix::Ak, Environment::Live);
    let unknown = unknown.text();
    let mut misspelled = text(&revoked, "key").to_owned();
    let last = misspelled.pop();
    misspelled.push(if last == Some('0') { '1' } else { '0' });
    for (method, path) in [
        ("GET", "/v1/profile"),
        ("POST", "/auth/logout"),
        ("POST", "/api/v1/api-keys/verify"),
        ("GET", "/api/v1/api-keys"),
        ("GET", "/api/company/organization"),
        ("GET", "/oauth/userinfo"),
    ] {
        let ask = |key: &str| server.call(method, path).bearer(key).send();
        let expected = ask(unknown);
        expected.with_status(401);
        for (what, key) in [
            ("malformed", "ak_live_x"),
            ("misspelled", misspelled.as_str()),
            ("revoked", text(&revoked, "key")),
            ("quarantined", text(&held, "key")),
            ("of an inactive operator", text(&bound, "key")),
            ("of a suspended organization", text(&suspended, "key")),
            ("at the wrong address", text(&elsewhere, "key")),
        ] {
            assert_eq!(ask(key).bytes(), expected.bytes(), "{what}: {path}");
        }
    }
}

on_both!(a_key_that_is_revoked_while_the_body_arrives_is_refused);
fn a_key_that_is_revoked_while_the_body_arrives_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["keys:verify"]}));
    let body = json!({"key": "x"}).to_string();
    let head = format!(
        "POST /api/v1/api-keys/verify HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        text(&key, "key"),
        body.len()
    );
    for (is_revoked, status) in [(false, 200), (true, 401)] {
        let mut connection = Connection::open(server.client().address()).unwrap();
        connection.send(head.as_bytes()).unwrap();
        // The head is judged meanwhile.
        server.get("/healthz").send().with_status(200);
        if is_revoked {
            acme.delete(&path(&key, "")).send().with_status(204);
        }
        connection.send(body.as_bytes()).unwrap();
        assert_eq!(connection.receive().answer().status, status);
    }
}
