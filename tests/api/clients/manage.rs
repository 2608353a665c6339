//! One client from its addition to its deletion.

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::{ClientId, OrganizationId};
use lanyard::client::{self, ManageError, Registration};
use lanyard::token::{Algorithm, Purpose};
use serde_json::{Value, json};

use crate::support::{Server, on_both, table};

fn path(client: &Value) -> String {
    format!("/api/company/clients/{}", client["id"].as_str().unwrap())
}

on_both!(a_client_is_added_with_its_secret_and_read_without_it);
fn a_client_is_added_with_its_secret_and_read_without_it(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/clients")
        .json(&json!({
            "name": "Shop", "redirectUris": ["https://shop.example.com/cb"], "scopes": ["read", "openid"],
        }))
        .send();
    added.with_status(201);
    let record = added.json();
    let id = record["id"].as_str().unwrap();
    let location = format!("/api/company/clients/{id}");
    assert_eq!(added.header("location"), Some(location.as_str()));
    assert_eq!(added.header("cache-control"), Some("no-store"));
    let secret = record["secret"].as_str().unwrap();
    assert!(secret.len() >= 40 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));

    let read = acme.get(&location).send();
    assert_snapshot!(read, @r#"
    200
    {
      "id": "[uuid]",
      "name": "Shop",
      "status": "active",
      "authMethod": "client_secret",
      "jwks": null,
      "redirectUris": ["https://shop.example.com/cb"],
      "postLogoutRedirectUris": [],
      "redirectMatch": "exact",
      "allowInsecureRedirect": false,
      "grants": ["authorization_code","refresh_token"],
      "scopes": ["openid","read"],
      "audience": [],
      "profile": "standard",
      "tokenFormat": "jwt",
      "algorithm": "ES256",
      "accessTokenSeconds": 3600,
      "refreshTokenSeconds": 2592000,
      "requirePkce": false,
      "requirePar": false,
      "dpopBound": false,
      "consent": "ask",
      "operatorId": null,
      "refreshRetry": "grace",
      "refreshGraceSeconds": null,
      "introspect": "own",
      "secrets": [{"createdAt":"2030-01-01T00:00:00Z","expiresAt":null,"lastUsedAt":null}],
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    let mut expected = record.clone();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(read.json(), expected);
    let actions = acme.get("/api/company/audit?action=client.created").send();
    assert_eq!(actions.items()[0]["target"], format!("client:{id}"));
}

on_both!(the_keys_that_sign_its_tokens_sign_when_it_is_added);
fn the_keys_that_sign_its_tokens_sign_when_it_is_added(server: &Server) {
    let acme = server.organization("acme");
    let signs = |purpose, algorithm| {
        let ring = server.app.tokens.validator.ring();
        let role = lanyard::signing_keys::Role { purpose, algorithm };
        ring.signer(role).is_some()
    };
    acme.client(&json!({"name": "Opaque", "tokenFormat": "opaque"}));
    assert!(!signs(Purpose::Tokens, Algorithm::Es256));
    let client = acme.client(&json!({"name": "JWT"}));
    assert!(signs(Purpose::Tokens, Algorithm::Es256));
    assert!(!signs(Purpose::IdTokens, Algorithm::Rs256));
    let more = json!({"scopes": ["openid"]});
    acme.patch(&path(&client))
        .json(&more)
        .send()
        .with_status(200);
    assert!(signs(Purpose::IdTokens, Algorithm::Rs256));
    assert!(!signs(Purpose::Tokens, Algorithm::Rs256));
    acme.client(&json!({"name": "CRM", "profile": "suitecrm"}));
    assert!(signs(Purpose::Tokens, Algorithm::Rs256));
    let keys = server.keys().len();
    acme.client(&json!({"name": "Another", "profile": "suitecrm"}));
    assert_eq!(server.keys().len(), keys);
    // The schedule keeps them.
    assert_eq!(server.rotate_keys(), 0);
}

on_both!(a_client_is_disabled_enabled_and_deleted_with_a_receipt_each_time);
fn a_client_is_disabled_enabled_and_deleted_with_a_receipt_each_time(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop"}));
    let path = path(&client);
    let set = |status: &str| acme.patch(&path).json(&json!({"status": status})).send();
    for _ in 0..2 {
        let disabled = set("disabled");
        assert_eq!(disabled.with_status(200).json()["status"], "disabled");
        assert!(disabled.header("revocation-sequence").is_some());
    }
    let enabled = set("active");
    assert_eq!(enabled.with_status(200).json()["status"], "active");
    assert!(enabled.header("revocation-sequence").is_none());
    for _ in 0..2 {
        let deleted = acme.delete(&path).send();
        deleted.with_status(204);
        assert!(deleted.header("revocation-sequence").is_some());
    }
    let record = acme.get(&path).send().with_status(200).json();
    assert_eq!(record["status"], "deleted");
    assert_eq!(record["secrets"], json!([]));
    assert!(acme.get("/api/company/clients").send().items().is_empty());
    assert_snapshot!(set("active"), @r#"
    409
    {"error":"conflict","error_description":"the client is deleted, which is for good; add it anew"}
    "#);
    let log = acme.get("/api/company/audit").send().items();
    let done: Vec<_> = log
        .iter()
        .filter_map(|line| line["action"].as_str())
        .filter(|action| action.starts_with("client."))
        .collect();
    assert_eq!(
        done,
        [
            "client.deleted",
            "client.updated",
            "client.updated",
            "client.created"
        ]
    );
}

on_both!(what_narrows_a_client_has_a_receipt);
fn what_narrows_a_client_has_a_receipt(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop", "scopes": ["read", "write"]}));
    let path = path(&client);
    let receipt = |members: Value| {
        let answer = acme.patch(&path).json(&members).send();
        let answer = answer.with_status(200);
        answer.header("revocation-sequence").is_some()
    };
    assert!(!receipt(json!({"name": "The shop"})));
    assert!(!receipt(json!({"scopes": ["read", "write", "analytics"]})));
    assert!(!receipt(json!({})));
    // A call that timed out is repeated, and its receipt holds too.
    for _ in 0..2 {
        assert!(receipt(json!({"scopes": ["read"]})));
        assert!(receipt(json!({"requirePkce": true})));
        assert!(receipt(
            json!({"grants": ["refresh_token"], "name": "Shop"})
        ));
        assert!(receipt(json!({"refreshGraceSeconds": 5})));
    }
    assert!(receipt(json!({"refreshGraceSeconds": 4})));
    assert!(!receipt(json!({"refreshGraceSeconds": 10})));
    assert!(!receipt(json!({"name": "Shop"})));
    assert!(!receipt(json!({"scopes": ["read", "write"]})));
    assert!(!receipt(json!({"refreshRetry": "until-used"})));
    assert!(receipt(json!({"refreshRetry": "grace"})));
}

on_both!(a_change_that_another_one_overtakes_leaves_no_client_without_its_signing_key);
fn a_change_that_another_one_overtakes_leaves_no_client_without_its_signing_key(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop", "tokenFormat": "opaque"}));
    // The keys that this change needs were made when the algorithm was another one.
    let algorithm = json!({"algorithm": "EdDSA"});
    let changed = acme.patch(&path(&client)).json(&algorithm).send();
    changed.with_status(200);
    let app = &server.app;
    let id: ClientId = client["id"].as_str().unwrap().parse().unwrap();
    let outcome = app.db.write_blocking(|conn| {
        let jwts = |wanted: &mut Registration| wanted.token_format = Some("jwt".to_owned());
        let (which, origin) = ((OrganizationId(acme.id), &id), Origin::command_line());
        client::manage::change(conn, which, jwts, None, &origin, app.clock.now())
    });
    assert!(matches!(outcome, Err(ManageError::KeysMissing)));
    let jwts = json!({"tokenFormat": "jwt"});
    acme.patch(&path(&client))
        .json(&jwts)
        .send()
        .with_status(200);
    let role = lanyard::signing_keys::Role {
        purpose: Purpose::Tokens,
        algorithm: Algorithm::EdDsa,
    };
    assert!(app.tokens.validator.ring().signer(role).is_some());
}

on_both!(what_is_anothers_answers_as_what_does_not_exist);
fn what_is_anothers_answers_as_what_does_not_exist(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let theirs = path(&other.client(&json!({"name": "Theirs"})));
    let nowhere = "/api/company/clients/5f0c7dd0-7a43-4a2e-9d4e-000000000000".to_owned();
    let calls = |path: &str| {
        let name = json!({"name": "Mine"});
        [
            acme.get(path).send(),
            acme.patch(path).json(&name).send(),
            acme.delete(path).send(),
            acme.post(&format!("{path}/rotate-secret")).send(),
            acme.post(&format!("{path}/revoke-tokens")).send(),
        ]
        .map(|answer| answer.bytes())
    };
    assert_eq!(calls(&theirs), calls(&nowhere));
    assert!(calls(&nowhere)[0].starts_with("404"));
    assert!(acme.get("/api/company/clients").send().items().is_empty());
    for id in ["%00", "%FF", "..%2F1", "a%2Fb", "%25", "a%20b"] {
        let answer = acme.get(&format!("/api/company/clients/{id}")).send();
        assert_eq!(answer.bytes(), calls(&nowhere)[0], "{id}");
    }
}

on_both!(the_list_has_pages);
fn the_list_has_pages(server: &Server) {
    let acme = server.organization("acme");
    let mut added: Vec<_> = ["a", "b", "c"]
        .map(|name| acme.client(&json!({"name": name}))["id"].clone())
        .to_vec();
    added.sort_by_key(ToString::to_string);
    let first = acme.get("/api/company/clients?limit=2").send().json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let path = format!("/api/company/clients?limit=2&cursor={cursor}");
    let second = acme.get(&path).send().json();
    assert!(second["nextCursor"].is_null());
    let ids: Vec<_> = [first, second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap().clone())
        .inspect(|item| assert_eq!(item["secrets"].as_array().unwrap().len(), 1))
        .map(|item| item["id"].clone())
        .collect();
    assert_eq!(ids, added);
}

on_both!(who_has_no_company_token_manages_no_clients);
fn who_has_no_company_token_manages_no_clients(server: &Server) {
    let acme = server.organization("acme");
    let operator = acme.token_for(acme.operator("Lan"));
    let answers = table(["", &operator], |token| {
        let call = server.get("/api/company/clients");
        if token.is_empty() {
            call.send()
        } else {
            call.bearer(token).send()
        }
    });
    assert!(
        answers.contains("401 invalid_token") && answers.contains("403 forbidden"),
        "{answers}"
    );
}
