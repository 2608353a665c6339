//! Ids of another organization, on every route that takes one: the answer is that to an id that does
//! not exist, byte for byte, and nothing changes.

use lanyard::api_key::{Environment, KeyText, Prefix};
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};
use crate::tokens::claims;

/// Where ids are named in paths: the path before the id, an id of the other organization, and one of
/// the same form that names nothing.
struct Ids(Vec<(&'static str, String, &'static str)>);

/// The names of roles and scopes that the other organization has defined.
const DEFINED: &str = "theirs";

/// A name as long, which nobody has defined.
const UNDEFINED: &str = "nobody";

const UUID: &str = "5f0c7dd0-7a43-4a2e-9d4e-000000000000";

/// Makes one of everything that has an id.
fn populate(server: &Server, theirs: &Organization<'_>) -> Ids {
    let made = |path: &str, members: &Value| {
        let answer = theirs.post(path).json(members).send();
        answer.with_status(201).json()
    };
    let id = |record: &Value| match &record["id"] {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    };
    let lan = theirs.operator_who_signs_in("lan", "open sesame");
    let token = theirs.token_for(lan);
    let key = made(
        "/api/v1/api-keys",
        &json!({"name": "theirs", "signing": true}),
    );
    let webhook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
    let webhook = made("/api/company/webhooks", &webhook);
    let resource = json!({"uri": "https://api.example.com/", "name": "API", "scopes": []});
    let resource = made("/api/company/resources", &resource);
    let app = json!({"app_id": "wx-theirs", "secret": "s3cret"});
    made("/api/v1/wechat-apps", &app);
    for (path, members) in [
        ("/api/v1/scopes/theirs", json!({})),
        ("/api/v1/roles/theirs", json!({"scopes": []})),
    ] {
        theirs.put(path).json(&members).send().with_status(201);
    }
    let client = theirs.client(&json!({"name": "Theirs", "profile": "suitecrm",
        "redirectUris": ["https://app.example.com/cb"], "scopes": ["read"],
        "grants": ["password", "refresh_token"]}));
    // The client's key is published first.
    server.wait(420);
    server.rotate_keys();
    let form = format!(
        "grant_type=password&username=lan&password=open+sesame&client_id={}&client_secret={}",
        id(&client),
        client["secret"].as_str().unwrap()
    );
    let signed_in = server.post("/oauth/token");
    let form = signed_in.body("application/x-www-form-urlencoded", form);
    form.send().with_status(200);
    let grants = theirs.get("/api/company/grants").send().items();
    let jti = claims(&token)["jti"].as_str().unwrap().to_owned();
    Ids(vec![
        ("/api/company/operators/", lan.to_string(), "999999"),
        ("/api/company/clients/", id(&client), UUID),
        ("/api/company/grants/", id(&grants[0]), UUID),
        ("/api/company/tokens/", jti, UUID),
        ("/api/company/resources/", id(&resource), "999999"),
        ("/api/company/webhooks/", id(&webhook), "999999"),
        ("/api/v1/api-keys/", id(&key), "key_0000000000000000"),
        ("/api/v1/wechat-apps/", "wx-theirs".to_owned(), "wx-nobody"),
        ("/api/v1/scopes/", DEFINED.to_owned(), UNDEFINED),
        ("/api/v1/roles/", DEFINED.to_owned(), UNDEFINED),
    ])
}

/// The routes of the API with an id, and a method of each: all of them, from the list of routes.
fn routes() -> Vec<(&'static str, &'static str)> {
    let with_an_id = lanyard::server::routes()
        .filter(|(path, _)| path.starts_with("/api/") && path.contains('{'));
    let each = with_an_id.flat_map(|(path, allow)| {
        let methods = allow.split(", ");
        methods.map(move |method| (path, method))
    });
    // With PUT an organization defines a role or a scope of its own, whatever others have defined.
    let own = |(path, method): &(&str, &str)| {
        *method == "PUT" && ["/api/v1/scopes/{name}", "/api/v1/roles/{name}"].contains(path)
    };
    let routes: Vec<_> = each.filter(|one| !own(one)).collect();
    assert!(routes.len() > 35, "{routes:?}");
    routes
}

/// Returns the path with an id in place of its parameter.
fn filled(path: &str, id: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    let (_, after) = rest.split_once('}').unwrap();
    format!("{before}{id}{after}")
}

fn send(server: &Server, credential: &str, method: &str, path: &str) -> Answer {
    let call = server.call(method, path).bearer(credential);
    let body = if path.ends_with("/credentials") {
        json!({"username": "mine", "password": "open"})
    } else {
        json!({"name": "Mine"})
    };
    match method {
        "POST" | "PUT" | "PATCH" => call.json(&body).send(),
        _ => call.send(),
    }
}

/// Returns everything that the other organization can read of its own.
fn everything(theirs: &Organization<'_>, ids: &Ids) -> Vec<String> {
    let mut paths: Vec<String> = ["clients", "grants", "resources", "webhooks", "operators"]
        .iter()
        .map(|list| format!("/api/company/{list}"))
        .collect();
    for (before, id, _) in &ids.0 {
        if ![
            "/api/company/grants/",
            "/api/company/resources/",
            "/api/v1/scopes/",
        ]
        .contains(before)
        {
            paths.push(format!("{before}{id}"));
        }
    }
    paths.push("/api/v1/scopes".to_owned());
    let read = |path: &String| theirs.get(path).send().with_status(200).text().to_owned();
    paths.iter().map(read).collect()
}

on_both!(
    an_id_of_another_in_a_path_names_nothing,
    "oauth.issuer=http://localhost:8080"
);
fn an_id_of_another_in_a_path_names_nothing(server: &Server) {
    let (acme, theirs) = (server.organization("acme"), server.organization("theirs"));
    let ids = populate(server, &theirs);
    let admin = acme.operator_who_signs_in("olga", "open sesame");
    acme.patch(&format!("/api/company/operators/{admin}"))
        .json(&json!({"role": "admin"}))
        .send()
        .with_status(200);
    let session = acme.session("olga", "open sesame");
    let before = everything(&theirs, &ids);
    for (path, method) in routes() {
        let (_, foreign, unknown) = ids
            .0
            .iter()
            .find(|(begin, ..)| path.starts_with(begin))
            .unwrap_or_else(|| panic!("this table has no ids for {path}"));
        // An admin's session manages what is below /api/v1/.
        let session = path.starts_with("/api/v1/").then_some(session.as_str());
        for credential in [Some(acme.token.as_str()), session].into_iter().flatten() {
            let ask = |id: &str| send(server, credential, method, &filled(path, id));
            let (foreign, unknown) = (ask(foreign), ask(unknown));
            assert_eq!(unknown.status, 404, "{method} {path}: {unknown}");
            assert_eq!(foreign.bytes(), unknown.bytes(), "{method} {path}");
        }
    }
    assert_eq!(everything(&theirs, &ids), before);
}

on_both!(an_id_of_another_in_a_body_or_a_query_names_nothing);
fn an_id_of_another_in_a_body_or_a_query_names_nothing(server: &Server) {
    let (acme, theirs) = (server.organization("acme"), server.organization("theirs"));
    let lan = theirs.operator("Lan");
    for (path, members) in [
        ("/api/v1/scopes/theirs", json!({})),
        ("/api/v1/roles/theirs", json!({"scopes": []})),
    ] {
        theirs.put(path).json(&members).send().with_status(201);
    }
    let key = json!({"name": "theirs", "scopes": ["keys:verify"]});
    let key = theirs.post("/api/v1/api-keys").json(&key).send().json();
    let (id, text) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    let none = KeyText::draw(Prefix::Ak, Environment::Live);
    let verifier = json!({"name": "mine", "scopes": ["keys:verify"]});
    let verifier = acme.post("/api/v1/api-keys").json(&verifier).send().json();
    let verifier = verifier["key"].as_str().unwrap().to_owned();
    let post = |path: &str, body: &Value| acme.post(path).json(body).send();
    let verify = |credential: &str, text: &str| {
        let call = server.post("/api/v1/api-keys/verify").bearer(credential);
        call.json(&json!({"key": text})).send()
    };
    let verify_many = |text: &str| {
        let body = json!({"keys": [{"key": text}, {"key": text, "environment": "test"}]});
        post("/api/v1/api-keys/verify-many", &body)
    };
    let bound = |operator: i64| {
        let body = json!({"name": "mine", "operator_id": operator});
        post("/api/v1/api-keys", &body)
    };
    let with_scope = |scope: &str| {
        let body = json!({"name": "mine", "scopes": [scope]});
        post("/api/v1/api-keys", &body)
    };
    let with_role = |role: &str| {
        let body = json!({"name": "mine", "role": role});
        post("/api/v1/api-keys", &body)
    };
    let role_of = |scope: &str| {
        let call = acme.put("/api/v1/roles/mine");
        call.json(&json!({"scopes": [scope]})).send()
    };
    let get = |path: &str, what: &str| acme.get(&format!("{path}{what}")).send();
    let usage = |id: &str| get("/api/v1/api-keys/usage?key_id=", id);
    let made_by = |who: &str| get("/api/v1/api-keys?created_by=operator:", who);
    let lan_id = lan.to_string();
    for (what, status, foreign, unknown) in [
        ("operator_id", 400, bound(lan), bound(999_999)),
        ("scopes", 400, with_scope(DEFINED), with_scope(UNDEFINED)),
        ("role", 400, with_role(DEFINED), with_role(UNDEFINED)),
        ("a role's scopes", 400, role_of(DEFINED), role_of(UNDEFINED)),
        (
            "verify",
            200,
            verify(&acme.token, text),
            verify(&acme.token, none.text()),
        ),
        (
            "verify by a key",
            200,
            verify(&verifier, text),
            verify(&verifier, none.text()),
        ),
        (
            "verify-many",
            200,
            verify_many(text),
            verify_many(none.text()),
        ),
        ("usage", 200, usage(id), usage("key_0000000000000000")),
        ("created_by", 200, made_by(&lan_id), made_by("999999")),
    ] {
        assert_eq!(unknown.status, status, "{what}: {unknown}");
        let foreign = foreign.bytes().replace(DEFINED, UNDEFINED);
        assert_eq!(foreign, unknown.bytes(), "{what}");
    }
    // The other organization's key was not used by any of it.
    server.app.keys.uses.write(&server.app.db).unwrap();
    let record = theirs.get(&format!("/api/v1/api-keys/{id}")).send().json();
    assert_eq!(
        (&record["last_used_at"], &record["last_refusal"]),
        (&Value::Null, &Value::Null)
    );
    let counted = theirs.get("/api/v1/api-keys/usage").send();
    assert!(counted.items().is_empty(), "{counted}");
}
