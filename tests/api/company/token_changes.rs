//! `PATCH /api/company/tokens/{jti}`: the label of a company token, and its end.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};

fn jti(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

fn change(acme: &Organization<'_>, token: &str, members: &Value) -> Answer {
    let path = format!("/api/company/tokens/{}", jti(token));
    acme.patch(&path).json(members).send()
}

fn works(server: &Server, token: &str) -> bool {
    let answer = server.get("/api/company/organization").bearer(token).send();
    answer.status == 200
}

on_both!(a_label_is_set_and_taken_away);
fn a_label_is_set_and_taken_away(server: &Server) {
    let acme = server.organization("acme");
    let label = |members: &Value| {
        let answer = change(&acme, &acme.token, members);
        assert!(answer.header("revocation-sequence").is_none());
        answer.with_status(200).json()["label"].clone()
    };
    assert_eq!(label(&json!({})), Value::Null);
    assert_eq!(label(&json!({"label": " Till 3 "})), "Till 3");
    assert_eq!(label(&json!({"other": 1})), "Till 3");
    let listed = acme.get("/api/company/tokens").send().items();
    assert_eq!(listed[0]["label"], "Till 3");
    assert_eq!(label(&json!({"label": null})), Value::Null);
    for wrong in [
        json!(""),
        json!("\u{200b}"),
        json!("x".repeat(201)),
        json!(7),
    ] {
        let answer = change(&acme, &acme.token, &json!({"label": wrong}));
        answer.with_status(400);
        assert!(answer.text().contains("label"), "{answer}");
    }
    let events = acme.get("/api/company/audit?action=company_token.labelled");
    assert_eq!(events.send().items().len(), 2);
}

on_both!(an_end_only_comes_nearer_and_holds_on_every_node);
fn an_end_only_comes_nearer_and_holds_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.another_token();
    let derived = server
        .post("/api/operator/get-token")
        .bearer(&token)
        .json(&json!({"id": lan}))
        .send()
        .string();
    let other = server.another(&[]);
    let end = |at: &str| change(&acme, &token, &json!({"endsAt": at}));
    let answer = end("2030-01-02T00:00:00+00:00");
    assert_eq!(
        answer.with_status(200).json()["endsAt"],
        "2030-01-02T00:00:00Z"
    );
    assert!(answer.header("revocation-sequence").is_some());
    let later = end("2030-01-02T00:00:01Z");
    later.with_status(400);
    assert!(later.text().contains("endsAt"), "{later}");
    end("2030-01-02T00:00:00Z").with_status(200);
    end("2030-01-01T12:00:00Z").with_status(200);
    for wrong in [json!(null), json!(7), json!("2030-01-01"), json!("soon")] {
        change(&acme, &token, &json!({"endsAt": wrong})).with_status(400);
    }
    assert!(works(server, &token) && works(&other, &token));
    // What has passed is now.
    let answer = end("2001-01-01T00:00:00Z").with_status(200).json();
    assert_eq!(answer["endsAt"], "2030-01-01T00:00:00Z");
    assert!(!works(server, &token) && !works(&other, &token));
    assert_eq!(acme.judge(&derived), "valid");
    // A second time there is nothing to do.
    let again = end("2001-01-01T00:00:00Z");
    again.with_status(200);
    assert!(again.header("revocation-sequence").is_some());
    let events = acme.get("/api/company/audit?action=company_token.retired");
    assert_eq!(events.send().items().len(), 3);
    let line = acme.get(&format!("/api/company/tokens/{}", jti(&token)));
    let line = line.send().json();
    assert_eq!(line["status"], "expired");
    assert_eq!(line["reason"], "rotation");
    assert_eq!(line["by"]["action"], "company_token.retired");
}

on_both!(only_a_company_token_of_ones_own_is_changed);
fn only_a_company_token_of_ones_own_is_changed(server: &Server) {
    let (acme, globex) = (server.organization("acme"), server.organization("globex"));
    let operator = acme.token_for(acme.operator("Lan"));
    let now = json!({"label": "x", "endsAt": "2030-01-01T00:00:00Z"});
    for foreign in [&globex.token, &operator] {
        change(&acme, foreign, &now).with_status(404);
    }
    let path = "/api/company/tokens/x";
    acme.patch(path).json(&now).send().with_status(404);
    assert!(works(server, &globex.token));
    let other = acme.another_token();
    acme.post(&format!("/api/company/tokens/{}/revoke", jti(&other)))
        .send()
        .with_status(204);
    let answer = change(&acme, &other, &json!({"endsAt": "2030-01-01T00:00:00Z"}));
    answer.with_status(409);
}

on_both!(what_deactivates_an_operator_is_counted);
fn what_deactivates_an_operator_is_counted(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let count = || {
        let metrics = server.get("/metrics").send();
        let line = metrics
            .text()
            .lines()
            .find(|line| line.starts_with("lanyard_revocations_total"));
        line.unwrap().split(' ').next_back().unwrap().to_owned()
    };
    assert_eq!(count(), "0");
    let patch = |status: &str| {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"status": status}))
            .send()
            .with_status(200);
    };
    patch("inactive");
    assert_eq!(count(), "1");
    patch("inactive");
    patch("active");
    assert_eq!(count(), "1", "nothing was revoked");
    acme.delete(&format!("/api/company/operators/{minh}"))
        .send()
        .with_status(204);
    assert_eq!(count(), "2");
}

on_both!(what_ends_now_is_refused_by_a_node_whose_clock_is_behind);
fn what_ends_now_is_refused_by_a_node_whose_clock_is_behind(server: &Server) {
    let acme = server.organization("acme");
    let retired = acme.another_token();
    // As far behind as clocks may be.
    let behind = server.another_ahead(-120);
    behind.follow();
    assert!(works(&behind, &retired));
    let answer = change(&acme, &retired, &json!({"endsAt": "2030-01-01T00:00:00Z"}));
    let ends_at = answer.with_status(200).json()["endsAt"].clone();
    assert_eq!(ends_at, "2030-01-01T00:00:00Z");
    assert!(!works(&behind, &retired));
    let path = format!("/api/company/tokens/{}", jti(&retired));
    let why = acme.get(&path).send().with_status(200).json();
    assert_eq!(why["status"], "expired");
    assert_eq!(why["since"], "2030-01-01T00:00:00Z");
    // A rotation without a grace.
    let rotated = acme.another_token();
    let policy = json!({"tokenPolicy": {"rotationGraceSeconds": 0}});
    let changed = acme.patch("/api/company/organization").json(&policy);
    changed.send().with_status(200);
    assert!(works(&behind, &rotated));
    let call = server.post("/api/company/rotate-token").bearer(&rotated);
    let successor = call.send().with_status(200).string();
    assert!(!works(&behind, &rotated));
    assert!(works(&behind, &successor));
}

on_both!(what_is_wrong_with_the_body_is_said_before_the_token_is_looked_up);
fn what_is_wrong_with_the_body_is_said_before_the_token_is_looked_up(server: &Server) {
    let acme = server.organization("acme");
    let globex = server.organization("globex");
    let theirs = jti(&globex.token);
    for id in ["no-id", "00000000-0000-7000-8000-000000000000", &theirs] {
        let path = format!("/api/company/tokens/{id}");
        let status = |members: Value| acme.patch(&path).json(&members).send().status;
        assert_eq!(status(json!({"label": ""})), 400, "{id}");
        assert_eq!(status(json!({"endsAt": "tomorrow"})), 400, "{id}");
        assert_eq!(status(json!({"label": "Till 3"})), 404, "{id}");
        let wrong_kind = server.patch(&path).bearer("x").json(&json!({"label": ""}));
        wrong_kind.send().with_status(401);
    }
}
