//! The members of a client: which are refused, what null means, and what a change leaves.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Server, on_both, table};

on_both!(a_member_that_cannot_be_is_refused_by_name);
fn a_member_that_cannot_be_is_refused_by_name(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other").operator("Theirs");
    let theirs = format!(r#"{{"name":"A","operatorId":{other}}}"#);
    let cases = [
        "{}",
        r#"{"name":null}"#,
        r#"{"name":""}"#,
        r#"{"name":"A","authMethod":"basic"}"#,
        r#"{"name":"A","authMethod":"private_key_jwt"}"#,
        r#"{"name":"A","authMethod":"private_key_jwt","jwks":{"keys":[]}}"#,
        r#"{"name":"A","jwks":"x"}"#,
        r#"{"name":"A","redirectUris":["http://app.example.com/cb"]}"#,
        r#"{"name":"A","redirectUris":["https://a@app.example.com/cb"]}"#,
        r#"{"name":"A","redirectUris":"https://app.example.com/cb"}"#,
        r#"{"name":"A","authMethod":"none","redirectMatch":"same-site"}"#,
        r#"{"name":"A","grants":["implicit"]}"#,
        r#"{"name":"A","scopes":["sales"]}"#,
        r#"{"name":"A","scopes":["Read"]}"#,
        r#"{"name":"A","audience":["https://api.example.com"]}"#,
        r#"{"name":"A","profile":"suitecrm","scopes":["openid"]}"#,
        r#"{"name":"A","profile":"suitecrm","algorithm":"ES256"}"#,
        r#"{"name":"A","algorithm":"HS256"}"#,
        r#"{"name":"A","accessTokenSeconds":0}"#,
        r#"{"name":"A","accessTokenSeconds":31536001}"#,
        r#"{"name":"A","refreshGraceSeconds":86401}"#,
        r#"{"name":"A","requirePkce":"yes"}"#,
        r#"{"name":"A","operatorId":99}"#,
        &theirs,
        r#"{"name":"A","authMethod":"none","introspect":"organization"}"#,
        r#"{"name":"A","status":"deleted"}"#,
        r#"{"name":"A","status":"disabled"}"#,
        r#"["A"]"#,
    ];
    let answers = table(cases, |body| {
        acme.post("/api/company/clients")
            .body("application/json", *body)
            .send()
    });
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: name is required
    {"name":null} → 400 invalid_request: name: invalid type: null, expected a string at line 1 column 12
    {"name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"A","authMethod":"basic"} → 400 invalid_request: authMethod must be one of client_secret, none, private_key_jwt
    {"name":"A","authMethod":"private_key_jwt"} → 400 invalid_request: jwks must be given with private_key_jwt
    {"name":"A","authMethod":"private_key_jwt","jwks":{"keys":[]}} → 400 invalid_request: jwks must have 1 to 20 keys
    {"name":"A","jwks":"x"} → 400 invalid_request: jwks: invalid type: string "x", expected a map at line 1 column 22
    {"name":"A","redirectUris":["http://app.example.com/cb"]} → 400 invalid_request: redirectUris[0] must be https, or http on 127.0.0.1, [::1] or localhost (a confidential client may set allowInsecureRedirect)
    {"name":"A","redirectUris":["https://a@app.example.com/cb"]} → 400 invalid_request: redirectUris[0] must not have a user name or password
    {"name":"A","redirectUris":"https://app.example.com/cb"} → 400 invalid_request: redirectUris: invalid type: string "https://app.example.com/cb", expected an array at line 1 column 55
    {"name":"A","authMethod":"none","redirectMatch":"same-site"} → 400 invalid_request: redirectMatch is for confidential clients only
    {"name":"A","grants":["implicit"]} → 400 invalid_request: grants[0] must be one of authorization_code, refresh_token, client_credentials, password, device_code, token_exchange
    {"name":"A","scopes":["sales"]} → 400 invalid_request: scopes[0] must be a scope that the organization has defined
    {"name":"A","scopes":["Read"]} → 400 invalid_request: scopes[0] must be a scope: a to z, 0 to 9 and . _ : -, a letter first, at most 64
    {"name":"A","audience":["https://api.example.com"]} → 400 invalid_request: audience[0] must be the URI of a resource of the organization, or *
    {"name":"A","profile":"suitecrm","scopes":["openid"]} → 400 invalid_request: scopes[0] must not be openid with the profile suitecrm, whose tokens look like ID tokens
    {"name":"A","profile":"suitecrm","algorithm":"ES256"} → 400 invalid_request: algorithm must be RS256 with the profile suitecrm
    {"name":"A","algorithm":"HS256"} → 400 invalid_request: algorithm must be one of ES256, RS256, EdDSA
    {"name":"A","accessTokenSeconds":0} → 400 invalid_request: accessTokenSeconds must be between 1 and 31536000
    {"name":"A","accessTokenSeconds":31536001} → 400 invalid_request: accessTokenSeconds must be between 1 and 31536000
    {"name":"A","refreshGraceSeconds":86401} → 400 invalid_request: refreshGraceSeconds must be between 0 and 86400
    {"name":"A","requirePkce":"yes"} → 400 invalid_request: requirePkce: invalid type: string "yes", expected a boolean at line 1 column 31
    {"name":"A","operatorId":99} → 400 invalid_request: operatorId must be an operator of the organization
    {"name":"A","operatorId":1} → 400 invalid_request: operatorId must be an operator of the organization
    {"name":"A","authMethod":"none","introspect":"organization"} → 400 invalid_request: introspect is for confidential clients only
    {"name":"A","status":"deleted"} → 400 invalid_request: status: must be active or disabled; DELETE the client to delete it at line 1 column 31
    {"name":"A","status":"disabled"} → 400 invalid_request: status must be active for a new client
    ["A"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
    assert!(acme.get("/api/company/clients").send().items().is_empty());
}

fn path(client: &Value) -> String {
    format!("/api/company/clients/{}", client["id"].as_str().unwrap())
}

on_both!(a_change_leaves_what_is_absent_and_null_is_the_default);
fn a_change_leaves_what_is_absent_and_null_is_the_default(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let members = json!({
        "name": "Shop", "redirectUris": ["https://shop.example.com/cb"], "scopes": ["read"],
        "grants": ["client_credentials"], "operatorId": lan, "accessTokenSeconds": 60,
        "refreshRetry": "until-used", "refreshGraceSeconds": 5, "consent": "skip", "requirePkce": true,
    });
    let client = acme.client(&members);
    let path = path(&client);
    let change = |members: Value| {
        acme.patch(&path)
            .json(&members)
            .send()
            .with_status(200)
            .json()
    };
    let renamed = change(json!({"name": "The shop", "id": "other", "createdAt": null}));
    let mut expected = client.clone();
    expected["name"] = json!("The shop");
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(renamed, expected);

    let cleared = change(json!({
        "redirectUris": null, "scopes": null, "grants": null, "operatorId": null, "accessTokenSeconds": null,
        "refreshRetry": null, "refreshGraceSeconds": null, "consent": null, "requirePkce": null,
    }));
    let plain = acme.client(&json!({"name": "The shop"}));
    for (member, value) in cleared.as_object().unwrap() {
        if !["id", "secrets", "createdAt"].contains(&member.as_str()) {
            assert_eq!(*value, plain[member], "{member}");
        }
    }
}

on_both!(another_profile_has_other_defaults);
fn another_profile_has_other_defaults(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop"}));
    let change = |members: Value| {
        let answer = acme.patch(&path(&client)).json(&members).send();
        answer.with_status(200).json()
    };
    let psdm = change(json!({"profile": "psdm"}));
    assert_eq!(psdm["tokenFormat"], "opaque");
    assert_eq!(psdm["accessTokenSeconds"], 31_536_000);
    let crm = change(json!({"profile": "suitecrm", "accessTokenSeconds": 60}));
    assert_eq!(
        (&crm["algorithm"], &crm["accessTokenSeconds"]),
        (&json!("RS256"), &json!(60))
    );
    // The same profile again changes nothing else, and neither does null, the default.
    assert_eq!(change(json!({"profile": "suitecrm"})), crm);
    let standard = change(json!({"profile": null, "accessTokenSeconds": 60}));
    assert_eq!(standard["profile"], "standard");
    assert_eq!(change(json!({"profile": null})), standard);
}

on_both!(a_client_can_be_disabled_although_its_operator_was_deleted);
fn a_client_can_be_disabled_although_its_operator_was_deleted(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let client = acme.client(&json!({"name": "Shop", "operatorId": lan}));
    acme.delete(&format!("/api/company/operators/{lan}"))
        .send()
        .with_status(204);
    let change = |members: Value| acme.patch(&path(&client)).json(&members).send();
    for status in ["disabled", "active"] {
        let answer = change(json!({"status": status}));
        assert_eq!(answer.with_status(200).json()["status"], status);
    }
    change(json!({"name": "The shop"})).with_status(400);
    change(json!({"name": "The shop", "operatorId": null})).with_status(200);
}

on_both!(a_client_gets_a_secret_when_its_method_needs_one);
fn a_client_gets_a_secret_when_its_method_needs_one(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "App", "authMethod": "none"}));
    assert_eq!(
        (&client["secret"], &client["secrets"]),
        (&Value::Null, &json!([]))
    );
    let rotate = acme
        .post(&format!("{}/rotate-secret", path(&client)))
        .send();
    assert_snapshot!(rotate, @r#"
    409
    {"error":"conflict","error_description":"the client has no secret: its authMethod is not client_secret"}
    "#);
    let change = |members: Value| {
        let answer = acme.patch(&path(&client)).json(&members).send();
        answer.with_status(200).clone()
    };
    let confidential = change(json!({"authMethod": "client_secret"}));
    assert_eq!(confidential.header("cache-control"), Some("no-store"));
    let confidential = confidential.json();
    assert!(confidential["secret"].as_str().unwrap().len() >= 40);
    assert_eq!(confidential["secrets"].as_array().unwrap().len(), 1);

    let jwks = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }]});
    let keys = change(json!({"authMethod": "private_key_jwt", "jwks": jwks})).json();
    assert_eq!((&keys["jwks"], &keys["secrets"]), (&jwks, &json!([])));
    assert!(keys.get("secret").is_none());
    let public = change(json!({"authMethod": "none"})).json();
    assert_eq!(public["jwks"], Value::Null);
}
