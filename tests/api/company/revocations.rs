//! `GET /api/company/revocations`: the organization's revocation list.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both, table};

/// Revokes one of each kind. Afterwards the list has four rows.
fn one_of_each(server: &Server, acme: &Organization<'_>) -> [String; 2] {
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let company_token = acme.another_token();
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": token}))
        .send()
        .with_status(204);
    server.wait(1);
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": company_token}))
        .send()
        .with_status(204);
    acme.delete(&format!("/api/company/operators/{lan}"))
        .send()
        .with_status(204);
    [token, company_token]
}

on_both!(each_kind_of_revocation_is_a_row);
fn each_kind_of_revocation_is_a_row(server: &Server) {
    let acme = server.organization("acme");
    one_of_each(server, &acme);
    // A change that revokes nothing makes no row, but uses a sequence.
    acme.patch("/api/company/organization")
        .json(&json!({"name": "Acme"}))
        .send()
        .with_status(200);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": acme.another_token()}))
        .send()
        .with_status(204);
    assert_snapshot!(acme.get("/api/company/revocations").send(), @r#"
    200
    {
      "items": [
        {"seq":2,"kind":"token","jti":"[uuid]","at":"2030-01-01T00:00:00Z","until":"2030-01-02T00:00:00Z"},
        {"seq":3,"kind":"operator","operatorId":1,"at":"2030-01-01T00:00:01Z","until":"2030-01-03T00:00:01Z"},
        {"seq":4,"kind":"company_token","jti":"[uuid]","at":"2030-01-01T00:00:01Z","until":null},
        {"seq":5,"kind":"operator","operatorId":1,"at":"2030-01-01T00:00:01Z","until":"2030-01-03T00:00:01Z"},
        {"seq":7,"kind":"company_token","jti":"[uuid]","at":"2030-01-01T00:00:01Z","until":null},
      ],
      "nextCursor": null,
    }
    "#);
}

on_both!(the_list_is_read_on_from_where_one_was);
fn the_list_is_read_on_from_where_one_was(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    one_of_each(server, &other);
    one_of_each(server, &acme);
    let read = |query: &str| {
        let answer = acme.get(&format!("/api/company/revocations{query}")).send();
        answer.with_status(200).json()
    };
    let sequences = |page: &Value| -> Vec<i64> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|row| row["seq"].as_i64().unwrap())
            .collect()
    };
    let all = sequences(&read(""));
    assert_eq!(
        all,
        [7, 8, 9, 10],
        "sequences of the service; rows of others are gaps"
    );
    assert_eq!(sequences(&read("?after=8")), [9, 10]);
    assert_eq!(sequences(&read("?after=10")), [0; 0]);
    assert_eq!(
        sequences(&read("?after=9223372036854775807")),
        all,
        "a position beyond the head starts from the beginning"
    );
    let first = read("?after=7&limit=2");
    assert_eq!(sequences(&first), [8, 9]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = read(&format!("?after=7&limit=2&cursor={cursor}"));
    assert_eq!(sequences(&second), [10]);
    assert_eq!(second["nextCursor"], Value::Null);

    let answers = table(
        [
            "after=-1",
            "after=x",
            "after=1.0",
            "after=9223372036854775808",
            "cursor=x",
        ],
        |query| {
            acme.get(&format!("/api/company/revocations?{query}"))
                .send()
        },
    );
    assert_snapshot!(answers, @"
    after=-1 → 400 invalid_request: after must be a sequence number, 0 or more
    after=x → 400 invalid_request: after must be a sequence number, 0 or more
    after=1.0 → 400 invalid_request: after must be a sequence number, 0 or more
    after=9223372036854775808 → 400 invalid_request: after must be a sequence number, 0 or more
    cursor=x → 400 invalid_request: cursor must be a nextCursor of an earlier page, unchanged
    ");
}

on_both!(what_a_revoke_answers_is_the_rows_sequence);
fn what_a_revoke_answers_is_the_rows_sequence(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let revoke = || {
        acme.post("/api/operator/revoke-token")
            .json(&json!({"token": token}))
            .send()
    };
    let first = revoke();
    let rows = acme.get("/api/company/revocations").send().items();
    let sequence = rows[0]["seq"].to_string();
    assert_eq!(first.header("revocation-sequence"), Some(sequence.as_str()));
    assert_eq!(first.header("revocation-nodes"), Some("1"));
    assert_eq!(first.header("revocation-confirmed"), Some("1"));
    let took: f64 = first.header("revocation-ms").unwrap().parse().unwrap();
    assert!((0.0..60_000.0).contains(&took));
    // A second time: nothing is written, and what was revoked stays revoked.
    let second = revoke();
    assert_eq!(
        second.header("revocation-sequence"),
        Some(sequence.as_str())
    );
    assert_eq!(acme.get("/api/company/revocations").send().items().len(), 1);
}
