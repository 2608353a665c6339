//! What a key opens, on every route of the list of routes: `/v1/profile` and verify, whatever it may
//! do. A revoked key and a session that has ended open nothing at all.

use serde_json::{Value, json};

use super::{make, path, text};
use crate::support::{Answer, Server, on_both};

/// The routes that look at no credential.
const FOR_ANYBODY: [&str; 4] = [
    "/api/company/get-token",
    "/api/v1/leaked-keys",
    "/api/v1/auth/wechat/login",
    "/auth/login",
];

/// The routes that a key opens: of these, verify wants the scope `keys:verify`.
const FOR_KEYS: [&str; 3] = [
    "/v1/profile",
    "/api/v1/api-keys/verify",
    "/api/v1/api-keys/verify-many",
];

/// The endpoints of OAuth where a client, or a bearer of an access token, authenticates itself.
const OAUTH: [&str; 7] = [
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/register",
    "/oauth/par",
    "/oauth/device_authorization",
    "/oauth/userinfo",
];

/// Every route of the API that judges a credential, with a method of each. A parameter is a number.
fn routes() -> Vec<(String, &'static str)> {
    let judged = lanyard::server::routes().filter(|(path, _)| {
        let begins = ["/api/", "/auth/", "/v1/"];
        begins.iter().any(|begin| path.starts_with(begin)) && !FOR_ANYBODY.contains(path)
    });
    let each = judged.flat_map(|(path, allow)| {
        let segments = path.split('/').map(|segment| {
            if segment.starts_with('{') {
                "1"
            } else {
                segment
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        allow.split(", ").map(move |method| (path.clone(), method))
    });
    let own = |(_, method): &(String, &str)| !["HEAD", "OPTIONS"].contains(method);
    let routes: Vec<_> = each.filter(own).collect();
    assert!(routes.len() > 60, "{routes:?}");
    routes
}

fn send(server: &Server, method: &str, path: &str, credential: &str) -> Answer {
    let call = server.call(method, path).bearer(credential);
    match method {
        "POST" | "PUT" | "PATCH" => call.json(&json!({})).send(),
        _ => call.send(),
    }
}

fn is_nested(path: &str) -> bool {
    path.starts_with("/auth/") || path.starts_with("/v1/")
}

/// Returns the code of an error in the shape of its path.
fn code(path: &str, answer: &Answer) -> Value {
    let error = answer.json()["error"].take();
    if is_nested(path) {
        error["code"].clone()
    } else {
        error
    }
}

on_both!(
    a_key_with_every_right_opens_nothing_else,
    "oauth.registration=true"
);
fn a_key_with_every_right_opens_nothing_else(server: &Server) {
    let acme = server.organization("acme");
    let all = json!({"scopes": ["admin", "keys:verify"], "role": "admin"});
    let key = make(&acme, &all);
    let key = text(&key, "key");
    for (path, method) in routes() {
        let answer = send(server, method, &path, key);
        if FOR_KEYS.contains(&path.as_str()) {
            assert!(
                [200, 400].contains(&answer.status),
                "{method} {path}: {answer}"
            );
            continue;
        }
        assert_eq!(answer.status, 403, "{method} {path}: {answer}");
        assert_eq!(code(&path, &answer), "forbidden", "{method} {path}");
    }
    for path in OAUTH {
        let call = server.post(path).bearer(key);
        let form = "token=x&grant_type=client_credentials&client_id=x";
        let answer = call.body("application/x-www-form-urlencoded", form).send();
        answer.with_status(401);
    }
    // It is no token either.
    assert_eq!(acme.judge(key), "Invalid token");
}

on_both!(what_was_revoked_is_401_on_every_route);
fn what_was_revoked_is_401_on_every_route(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    let record = format!("/api/company/operators/{lan}");
    let admin = acme.patch(&record).json(&json!({"role": "admin"})).send();
    admin.with_status(200);
    let session = acme.session("lan", "open sesame");
    let out = server.post("/auth/logout").bearer(&session).send();
    out.with_status(204);
    let all = json!({"scopes": ["admin", "keys:verify"], "role": "admin"});
    let revoked = make(&acme, &all);
    acme.delete(&path(&revoked, "")).send().with_status(204);
    let held = make(&acme, &all);
    let quarantine = acme.post(&path(&held, "/quarantine")).send();
    quarantine.with_status(200);
    for (what, credential) in [
        ("a revoked key", text(&revoked, "key")),
        ("a quarantined key", text(&held, "key")),
        ("a session that was logged out", session.as_str()),
    ] {
        for (path, method) in routes() {
            let answer = send(server, method, &path, credential);
            assert_eq!(answer.status, 401, "{what}: {method} {path}: {answer}");
            let expected = if is_nested(&path) {
                "unauthorized"
            } else {
                "invalid_token"
            };
            assert_eq!(code(&path, &answer), expected, "{what}: {method} {path}");
        }
    }
}

// A wrong method is answered before the credential is looked at, in the shape of the path.
on_both!(every_route_has_the_errors_of_its_path);
fn every_route_has_the_errors_of_its_path(server: &Server) {
    for (path, method) in routes() {
        let wrong = server.call("PROPFIND", &path).send_by_hand();
        assert_eq!(code(&path, wrong.with_status(405)), "method_not_allowed");
        let none = server.call(method, &path).send();
        let expected = if is_nested(&path) {
            "unauthorized"
        } else {
            "invalid_token"
        };
        assert_eq!(
            code(&path, none.with_status(401)),
            expected,
            "{method} {path}"
        );
    }
}

/// Returns the names of the members of a schema, and of those that it consists of.
fn members(document: &Value, schema: &Value, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return members(document, &document["components"]["schemas"][name], found);
    }
    if let Some(properties) = schema["properties"].as_object() {
        for (name, of) in properties {
            found.push(name.clone());
            members(document, of, found);
        }
    }
    for list in ["oneOf", "allOf", "anyOf"] {
        for one in schema[list].as_array().into_iter().flatten() {
            members(document, one, found);
        }
    }
    if schema["items"].is_object() {
        members(document, &schema["items"], found);
    }
}

/// Both guides write their members so, and lists have `nextCursor` as everywhere.
#[test]
fn members_are_in_snake_case_where_the_guides_write_them_so() {
    let document = serde_json::to_value(lanyard::server::openapi()).unwrap();
    let (mut found, mut routes) = (Vec::new(), 0);
    for (path, methods) in document["paths"].as_object().unwrap() {
        if !(path.starts_with("/api/v1/") || is_nested(path)) {
            continue;
        }
        for call in methods.as_object().unwrap().values() {
            routes += 1;
            let bodies = call["responses"].as_object().into_iter().flatten();
            let bodies = bodies.map(|(_, response)| &response["content"]);
            for content in bodies.chain([&call["requestBody"]["content"]]) {
                for body in content.as_object().into_iter().flatten() {
                    members(&document, &body.1["schema"], &mut found);
                }
            }
            for parameter in call["parameters"].as_array().into_iter().flatten() {
                found.push(parameter["name"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(routes > 25 && found.len() > 100, "{routes} {}", found.len());
    found.retain(|name| name.bytes().any(|byte| byte.is_ascii_uppercase()));
    found.sort();
    found.dedup();
    assert_eq!(found, ["nextCursor"]);
}
