//! What is done to a key is in the audit log, once; and what takes rights away is in force on every
//! node when the call returns, with a receipt.

use serde_json::{Value, json};

use super::{make, path, text};
use crate::support::{Answer, Organization, Server, on_both};

/// Returns how many lines of the audit log have an action and a key as their target.
fn lines(acme: &Organization<'_>, action: &str, key: &Value) -> usize {
    let log = acme
        .get(&format!("/api/company/audit?action={action}"))
        .send();
    let target = format!("api_key:{}", text(key, "id"));
    let lines = log.with_status(200).items();
    lines.iter().filter(|line| line["target"] == target).count()
}

fn has_receipt(answer: &Answer) -> bool {
    answer.header("revocation-sequence").is_some()
}

on_both!(every_change_of_a_key_is_a_line_of_the_audit_log);
fn every_change_of_a_key_is_a_line_of_the_audit_log(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let twice = |change: &dyn Fn() -> Answer| {
        for _ in 0..2 {
            let status = change().status;
            assert!((200..300).contains(&status), "{status}");
        }
    };
    let post = |what: &str, body: &Value| acme.post(&path(&key, what)).json(body).send();
    let rename = json!({"name": "till 2"});
    twice(&|| acme.patch(&path(&key, "")).json(&rename).send());
    twice(&|| post("/rotate", &json!({})));
    twice(&|| post("/quarantine", &json!({"reason": "seen"})));
    twice(&|| post("/release", &json!({})));
    twice(&|| acme.delete(&path(&key, "")).send());
    // The second time nothing changed, but for another text.
    for (action, expected) in [
        ("api_key.created", 1),
        ("api_key.updated", 1),
        ("api_key.rotated", 2),
        ("api_key.quarantined", 1),
        ("api_key.released", 1),
        ("api_key.revoked", 1),
    ] {
        assert_eq!(lines(&acme, action, &key), expected, "{action}");
    }
}

on_both!(a_report_of_a_key_has_a_receipt);
fn a_report_of_a_key_has_a_receipt(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let report = |text: &Value| {
        let call = server.post("/api/v1/leaked-keys");
        call.json(&json!({"key": text})).send()
    };
    let recognized = report(&key["key"]);
    assert!(has_receipt(recognized.with_status(200)), "{recognized}");
    // The public id proves nothing.
    let id = report(&make(&acme, &json!({}))["id"]);
    assert_eq!(id.with_status(200).json(), json!({"recognized": false}));
    assert!(!has_receipt(&id));
}

on_both!(a_role_that_an_operator_loses_is_lost_on_every_node);
fn a_role_that_an_operator_loses_is_lost_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    let set_role = |role: &str| {
        let path = format!("/api/company/operators/{lan}");
        let change = acme.patch(&path).json(&json!({"role": role})).send();
        assert!(has_receipt(change.with_status(200)), "{role}");
    };
    set_role("admin");
    let bound = make(&acme, &json!({"operator_id": lan}));
    let session = acme.session("lan", "open sesame");
    other.follow();
    let scopes = |credential: &str| {
        let profile = other.get("/v1/profile").bearer(credential).send();
        profile.with_status(200).json()["scopes"].clone()
    };
    let manages = || other.get("/api/v1/api-keys").bearer(&session).send().status;
    // The other node remembers key, operator and role.
    assert_eq!(scopes(text(&bound, "key")), json!(["read", "write"]));
    assert_eq!((scopes(&session), manages()), (json!(["admin"]), 200));
    set_role("customer");
    assert_eq!(scopes(text(&bound, "key")), json!(["read"]));
    assert_eq!((scopes(&session), manages()), (json!(["read"]), 403));
    // A role that loses its scopes takes them from every operator that has it.
    let narrowed = acme.put("/api/v1/roles/customer");
    let narrowed = narrowed.json(&json!({"scopes": []})).send();
    assert!(has_receipt(narrowed.with_status(200)));
    assert_eq!(scopes(text(&bound, "key")), json!([]));
    assert_eq!(scopes(&session), json!([]));
}

on_both!(the_guides_own_paths_are_not_here);
fn the_guides_own_paths_are_not_here(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    for path in [
        "/api/v1/customers",
        "/api/v1/customers/me",
        "/api/v1/campaigns",
        "/v1/customers/12345",
        "/v1/purchase-requests",
        "/v1/suppliers",
        "/v1/orders",
        "/v1/contracts",
        "/v1/reports",
        "/admin/x",
    ] {
        for method in ["GET", "POST"] {
            for credential in [text(&key, "key"), &acme.token] {
                let call = server.call(method, path).bearer(credential);
                let answer = call.send_by_hand();
                assert_eq!(answer.status, 404, "{method} {path}: {answer}");
            }
        }
    }
}
