//! `/api/company/operators` and `…/{id}`: one operator, and what its members may be.

mod status;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both, table};

on_both!(an_operator_is_added_and_read);
fn an_operator_is_added_and_read(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/operators")
        .json(&json!({
            "name": "Nguyễn Thị Lan", "externalId": "chat-7", "email": "Lan@Example.com", "role": "marketing",
            "status": "inactive",
        }))
        .send();
    assert_snapshot!(added, @r#"
    201
    location: /api/company/operators/1
    {
      "id": 1,
      "organizationId": 1,
      "name": "Nguyễn Thị Lan",
      "externalId": "chat-7",
      "email": "Lan@Example.com",
      "role": "marketing",
      "username": null,
      "tier": null,
      "avatar": null,
      "secondFactor": false,
      "status": "inactive",
      "version": 1893456000000000,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    let read = acme.get(added.header("location").unwrap()).send();
    assert_eq!(read.with_status(200).json(), added.json());
}

on_both!(only_the_name_is_needed);
fn only_the_name_is_needed(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/operators")
        .json(&json!({"name": "Lan", "email": null}))
        .send();
    assert_snapshot!(added, @r#"
    201
    location: /api/company/operators/1
    {
      "id": 1,
      "organizationId": 1,
      "name": "Lan",
      "externalId": null,
      "email": null,
      "role": null,
      "username": null,
      "tier": null,
      "avatar": null,
      "secondFactor": false,
      "status": "active",
      "version": 1893456000000000,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
}

on_both!(nobody_sets_an_id_an_organization_or_a_date);
fn nobody_sets_an_id_an_organization_or_a_date(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let greedy = json!({
        "name": "Lan", "id": 4_711, "organizationId": other.id, "organization_id": other.id,
        "createdAt": "2000-01-01T00:00:00Z", "created_at": 0, "updated_at": 0, "email_key": "x",
    });
    let added = acme.post("/api/company/operators").json(&greedy).send();
    let record = added.with_status(201).json();
    assert_ne!(record["id"], 4_711);
    assert_eq!(record["organizationId"], acme.id);
    assert_eq!(record["createdAt"], "2030-01-01T00:00:00Z");

    let path = added.header("location").unwrap();
    let changed = acme.patch(path).json(&greedy).send();
    assert_eq!(changed.with_status(200).json(), record);
    assert!(
        other
            .get("/api/company/operators")
            .send()
            .items()
            .is_empty()
    );
}

on_both!(a_member_that_cannot_be_is_refused_by_name);
fn a_member_that_cannot_be_is_refused_by_name(server: &Server) {
    let acme = server.organization("acme");
    let long = |n| "x".repeat(n);
    let cases = [
        "{}".to_owned(),
        r#"{"name":null}"#.to_owned(),
        r#"{"name":7}"#.to_owned(),
        r#"{"name":""}"#.to_owned(),
        r#"{"name":" \t "}"#.to_owned(),
        r#"{"name":"a\u0000b"}"#.to_owned(),
        r#"{"name":"L","externalId":""}"#.to_owned(),
        r#"{"name":"L","externalId":7}"#.to_owned(),
        r#"{"name":"L","externalId":"\u0000"}"#.to_owned(),
        r#"{"name":"L","email":"not an address"}"#.to_owned(),
        r#"{"name":"L","email":["a@b.c"]}"#.to_owned(),
        r#"{"name":"L","role":"a role"}"#.to_owned(),
        r#"{"name":"L","role":true}"#.to_owned(),
        r#"{"name":"L","status":"deleted"}"#.to_owned(),
        r#"{"name":"L","status":"ACTIVE"}"#.to_owned(),
        r#"{"name":"L","status":null}"#.to_owned(),
        r#"{"name":"L","status":1}"#.to_owned(),
        r#"{"name":"L","name":"M"}"#.to_owned(),
        r#"["L"]"#.to_owned(),
    ];
    let answers = table(cases, |body| {
        acme.post("/api/company/operators")
            .body("application/json", body.as_str())
            .send()
    });
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: name is missing
    {"name":null} → 400 invalid_request: name: invalid type: null, expected a string at line 1 column 12
    {"name":7} → 400 invalid_request: name: invalid type: number `7`, expected a string at line 1 column 9
    {"name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":" \t "} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"a\u0000b"} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"L","externalId":""} → 400 invalid_request: externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"name":"L","externalId":7} → 400 invalid_request: externalId: invalid type: number `7`, expected a string at line 1 column 26
    {"name":"L","externalId":"\u0000"} → 400 invalid_request: externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"name":"L","email":"not an address"} → 400 invalid_request: email must be an address such as a@example.com of at most 254 bytes, all of it visible, or null
    {"name":"L","email":["a@b.c"]} → 400 invalid_request: email: invalid type: array, expected a string at line 1 column 20
    {"name":"L","role":"a role"} → 400 invalid_request: role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -, or be null
    {"name":"L","role":true} → 400 invalid_request: role: invalid type: boolean `true`, expected a string at line 1 column 23
    {"name":"L","status":"deleted"} → 400 invalid_request: status: must be active or inactive; DELETE the operator to delete it at line 1 column 31
    {"name":"L","status":"ACTIVE"} → 400 invalid_request: status: must be active or inactive; DELETE the operator to delete it at line 1 column 30
    {"name":"L","status":null} → 400 invalid_request: status: invalid type: null, expected a string at line 1 column 25
    {"name":"L","status":1} → 400 invalid_request: status: invalid type: number `1`, expected a string at line 1 column 22
    {"name":"L","name":"M"} → 400 invalid_request: the body is invalid: duplicate field `name` at line 1 column 18
    ["L"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
    for too_long in [
        json!({"name": long(201)}),
        json!({"name": "L", "externalId": long(201)}),
        json!({"name": "L", "email": format!("{}@example.com", long(250))}),
        json!({"name": "L", "role": long(65)}),
    ] {
        acme.post("/api/company/operators")
            .json(&too_long)
            .send()
            .with_status(400);
    }
    assert!(acme.get("/api/company/operators").send().items().is_empty());
}

on_both!(two_hundred_characters_are_a_name_in_any_script);
fn two_hundred_characters_are_a_name_in_any_script(server: &Server) {
    let acme = server.organization("acme");
    for letter in ["x", "ễ", "李", "🪪"] {
        let name = letter.repeat(200);
        let added = acme
            .post("/api/company/operators")
            .json(&json!({"name": name, "externalId": name}))
            .send();
        assert_eq!(added.with_status(201).json()["name"], name.as_str());
    }
}

on_both!(an_external_id_and_an_email_are_one_operators_within_an_organization);
fn an_external_id_and_an_email_are_one_operators_within_an_organization(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let lan = json!({"name": "Lan", "externalId": "chat-7", "email": "lan@example.com"});
    let added = acme.post("/api/company/operators").json(&lan).send();
    added.with_status(201);

    let again = json!({"name": "Minh", "externalId": "chat-7"});
    assert_snapshot!(acme.post("/api/company/operators").json(&again).send(), @r#"
    409
    {"error":"conflict","error_description":"another operator of the organization has this externalId"}
    "#);
    let again = json!({"name": "Minh", "email": "LAN@example.COM"});
    assert_snapshot!(acme.post("/api/company/operators").json(&again).send(), @r#"
    409
    {"error":"conflict","error_description":"another operator of the organization has this email"}
    "#);
    // On the chat platform "CHAT-7" may be another person.
    let other_id = json!({"name": "Minh", "externalId": "CHAT-7"});
    let minh = acme.post("/api/company/operators").json(&other_id).send();
    let taken = acme
        .patch(minh.header("location").unwrap())
        .json(&json!({"externalId": "chat-7"}))
        .send();
    taken.with_status(409);
    let taken = acme
        .patch(minh.header("location").unwrap())
        .json(&json!({"email": "Lan@Example.com"}))
        .send();
    taken.with_status(409);

    other
        .post("/api/company/operators")
        .json(&lan)
        .send()
        .with_status(201);

    // A deleted operator leaves them free.
    acme.delete(added.header("location").unwrap())
        .send()
        .with_status(204);
    acme.post("/api/company/operators")
        .json(&lan)
        .send()
        .with_status(201);
}

on_both!(a_change_leaves_what_is_absent_and_clears_what_is_null);
fn a_change_leaves_what_is_absent_and_clears_what_is_null(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/operators")
        .json(&json!({"name": "Lan", "externalId": "chat-7", "email": "lan@example.com", "role": "admin"}))
        .send();
    let path = added.header("location").unwrap();
    let changed = acme
        .patch(path)
        .json(&json!({"name": "Lan Anh", "email": null, "role": "marketing"}))
        .send();
    assert_snapshot!(changed, @r#"
    200
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    {
      "id": 1,
      "organizationId": 1,
      "name": "Lan Anh",
      "externalId": "chat-7",
      "email": null,
      "role": "marketing",
      "username": null,
      "tier": null,
      "avatar": null,
      "secondFactor": false,
      "status": "active",
      "version": 1893456000000001,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    let unchanged = acme.patch(path).send();
    assert_eq!(unchanged.with_status(200).json(), changed.json());

    let answers = table(
        [
            r#"{"name":null}"#,
            r#"{"name":""}"#,
            r#"{"email":"x"}"#,
            r#"{"status":"deleted"}"#,
            r#"{"status":null}"#,
            r#"["Lan"]"#,
            "null",
            "7",
        ],
        |body| acme.patch(path).body("application/json", *body).send(),
    );
    assert_snapshot!(answers, @r#"
    {"name":null} → 400 invalid_request: name: invalid type: null, expected a string at line 1 column 12
    {"name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"email":"x"} → 400 invalid_request: email must be an address such as a@example.com of at most 254 bytes, all of it visible, or null
    {"status":"deleted"} → 400 invalid_request: status: must be active or inactive; DELETE the operator to delete it at line 1 column 20
    {"status":null} → 400 invalid_request: status: invalid type: null, expected a string at line 1 column 14
    ["Lan"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    null → 400 invalid_request: the body is invalid: invalid type: null, expected an object at line 1 column 4
    7 → 400 invalid_request: the body is invalid: invalid type: number `7`, expected an object at line 1 column 1
    "#);
    assert_eq!(acme.get(path).send().json(), changed.json());
}

on_both!(what_is_anothers_answers_as_what_does_not_exist);
fn what_is_anothers_answers_as_what_does_not_exist(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let theirs = other.operator("Lan");
    let at = |id: i64| format!("/api/company/operators/{id}");
    let attempts = |id: i64| {
        [
            acme.get(&at(id)).send(),
            acme.patch(&at(id)).json(&json!({"name": "x"})).send(),
            acme.delete(&at(id)).send(),
            acme.post(&format!("{}/revoke-tokens", at(id))).send(),
            acme.post("/api/operator/get-token")
                .json(&json!({"id": id}))
                .send(),
            acme.post("/api/operator/synchronize")
                .json(&json!([{"id": id, "name": "x"}]))
                .send(),
        ]
    };
    let unknown = attempts(999_999);
    for (foreign, unknown) in attempts(theirs).iter().zip(&unknown) {
        assert_eq!(foreign.with_status(404).bytes(), unknown.bytes());
    }
    assert_snapshot!(unknown[0], @r#"
    404
    {"error":"not_found","error_description":"there is no such resource"}
    "#);
    assert_eq!(other.get(&at(theirs)).send().json()["name"], "Lan");
    assert_eq!(other.judge(&other.token_for(theirs)), "valid");
}
