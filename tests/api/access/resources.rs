//! `GET, POST /api/company/resources`, `DELETE …/{id}`.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both, table};

const RESOURCES: &str = "/api/company/resources";

on_both!(a_resource_is_added_and_removed_when_no_client_names_it);
fn a_resource_is_added_and_removed_when_no_client_names_it(server: &Server) {
    let acme = server.organization("acme");
    let new = json!({"uri": "https://api.example.com/v1", "name": "Orders", "scopes": ["read"]});
    let added = acme.post(RESOURCES).json(&new).send();
    assert_snapshot!(added, @r#"
    201
    location: /api/company/resources/1
    {
      "id": 1,
      "uri": "https://api.example.com/v1",
      "name": "Orders",
      "scopes": ["read"],
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    assert_eq!(acme.get(RESOURCES).send().items(), [added.json()]);
    acme.post(RESOURCES).json(&new).send().with_status(409);
    let audience = json!({"name": "Shop", "audience": ["https://api.example.com/v1"]});
    let client = acme.client(&audience);
    acme.client(&json!({"name": "All", "audience": ["*"]}));
    let other = server.organization("other");
    other
        .delete("/api/company/resources/1")
        .send()
        .with_status(404);
    let remove = || acme.delete("/api/company/resources/1").send();
    remove().with_status(409);
    let path = format!("/api/company/clients/{}", client["id"].as_str().unwrap());
    acme.patch(&path)
        .json(&json!({"audience": null}))
        .send()
        .with_status(200);
    remove().with_status(204);
    remove().with_status(404);
    assert!(acme.get(RESOURCES).send().items().is_empty());
}

on_both!(what_cannot_be_a_resource_is_refused);
fn what_cannot_be_a_resource_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "{}",
            r#"{"uri":"https://a.example","name":""}"#,
            r#"{"uri":"/v1","name":"A"}"#,
            r#"{"uri":"https://a.example/#x","name":"A"}"#,
            r#"{"uri":"https://a.example/ü","name":"A"}"#,
            r#"{"uri":"https://a.example","name":"A","scopes":["sales"]}"#,
            r#"{"uri":"https://a.example","name":"A","scopes":null}"#,
        ],
        |body| acme.post(RESOURCES).body("application/json", *body).send(),
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: missing member `uri` at line 1 column 2
    {"uri":"https://a.example","name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"uri":"/v1","name":"A"} → 400 invalid_request: uri must be an absolute URI in ASCII without a fragment, at most 2048 characters
    {"uri":"https://a.example/#x","name":"A"} → 400 invalid_request: uri must be an absolute URI in ASCII without a fragment, at most 2048 characters
    {"uri":"https://a.example/ü","name":"A"} → 400 invalid_request: uri must be an absolute URI in ASCII without a fragment, at most 2048 characters
    {"uri":"https://a.example","name":"A","scopes":["sales"]} → 400 invalid_request: scopes: "sales" is not a scope that the organization has defined
    {"uri":"https://a.example","name":"A","scopes":null} → 400 invalid_request: scopes: invalid type: null, expected an array at line 1 column 51
    "#);
}
