//! `GET /api/v1/scopes`, `PUT, DELETE …/{name}`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both, table};

fn put(acme: &Organization<'_>, name: &str, body: &Value) -> Answer {
    acme.call("PUT", &format!("/api/v1/scopes/{name}"))
        .json(body)
        .send()
}

fn names(acme: &Organization<'_>) -> Vec<String> {
    let items = acme.get("/api/v1/scopes").send().with_status(200).items();
    let names = items.iter().map(|item| item["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

on_both!(a_scope_is_defined_described_and_removed);
fn a_scope_is_defined_described_and_removed(server: &Server) {
    let acme = server.organization_with_preset("acme", lanyard::access::Preset::None);
    assert_snapshot!(acme.get("/api/v1/scopes").send(), @r#"
    200
    {
      "items": [{"name":"admin","description":"Everything"},{"name":"keys:verify","description":"Verify API keys"}],
      "nextCursor": null,
    }
    "#);
    let added = put(
        &acme,
        "read:reports",
        &json!({"description": "Read reports"}),
    );
    assert_snapshot!(added, @r#"
    201
    location: /api/v1/scopes/read:reports
    {"name":"read:reports","description":"Read reports"}
    "#);
    for body in [json!({"description": "All reports"}), json!({})] {
        let changed = put(&acme, "read:reports", &body);
        assert_eq!(
            changed.with_status(200).json()["description"],
            body["description"]
        );
    }
    assert_eq!(names(&acme), ["admin", "keys:verify", "read:reports"]);
    let page = acme.get("/api/v1/scopes?limit=2").send().json();
    let next = format!(
        "/api/v1/scopes?cursor={}",
        page["nextCursor"].as_str().unwrap()
    );
    assert_eq!(acme.get(&next).send().items()[0]["name"], "read:reports");
    let remove = || acme.delete("/api/v1/scopes/read:reports").send();
    remove().with_status(204);
    remove().with_status(404);
    assert_eq!(names(&acme), ["admin", "keys:verify"]);
    let log = acme.get("/api/company/audit?action=scope.updated").send();
    assert_eq!(log.items().len(), 4);
}

on_both!(what_is_always_there_or_in_use_stays);
fn what_is_always_there_or_in_use_stays(server: &Server) {
    let acme = server.organization("acme");
    let remove = |name: &&str| acme.delete(&format!("/api/v1/scopes/{name}")).send();
    put(&acme, "sales", &json!({})).with_status(201);
    put(&acme, "stock", &json!({})).with_status(201);
    let client = acme.client(&json!({"name": "Shop", "scopes": ["sales"]}));
    acme.post("/api/company/resources")
        .json(&json!({"uri": "https://api.example.com", "name": "API", "scopes": ["stock"]}))
        .send()
        .with_status(201);
    let shown = table(
        ["admin", "keys:verify", "openid", "read", "stock", "sales"],
        remove,
    );
    assert_snapshot!(shown.replace(client["id"].as_str().unwrap(), "[client]"), @r"
    admin → 409 conflict: the scope admin always exists and cannot be changed
    keys:verify → 409 conflict: the scope keys:verify always exists and cannot be changed
    openid → 409 conflict: the scope openid always exists and cannot be changed
    read → 409 conflict: it is in use by the role customer; change that first
    stock → 409 conflict: it is in use by the resource https://api.example.com; change that first
    sales → 409 conflict: it is in use by the client [client]; change that first
    ");
    put(&acme, "admin", &json!({})).with_status(409);
    let path = format!("/api/company/clients/{}", client["id"].as_str().unwrap());
    acme.delete(&path).send().with_status(204);
    remove(&"sales").with_status(204);
}

on_both!(what_cannot_be_a_scope_is_refused);
fn what_cannot_be_a_scope_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let long = "a".repeat(65);
    for name in ["Read", "1a", "a%20b", "a%2Fb", "l%C3%A4s", ":x", &long] {
        put(&acme, name, &json!({})).with_status(400);
    }
    let answers = table(
        [
            r#"{"description":7}"#,
            r#"{"description":"a\u0000b"}"#,
            r#"["x"]"#,
        ],
        |body| {
            acme.call("PUT", "/api/v1/scopes/sales")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"description":7} → 400 invalid_request: description: invalid type: number `7`, expected a string at line 1 column 16
    {"description":"a\u0000b"} → 400 invalid_request: description must have at most 500 characters, and no control characters
    ["x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
    put(&acme, "sales", &json!({"description": "x".repeat(501)})).with_status(400);
    let other = server.organization("other");
    put(&acme, "sales", &json!({})).with_status(201);
    other.delete("/api/v1/scopes/sales").send().with_status(404);
}
