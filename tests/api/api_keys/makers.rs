//! Who makes and manages keys: a manager. Whatever else is presented, on whatever route, no key is
//! made, and nobody's rights grow.

use serde_json::{Value, json};

use super::{make, text};
use crate::support::{Organization, Server, on_both};

/// The routes below `/api/v1/` that are not for managers alone.
const FOR_OTHERS: [&str; 4] = [
    "/api/v1/api-keys/verify",
    "/api/v1/api-keys/verify-many",
    "/api/v1/leaked-keys",
    "/api/v1/auth/wechat/login",
];

/// The routes that managers alone may use, with a method of each: from the list of routes. A
/// parameter is the id of a key, or a name.
fn routes(key: &str) -> Vec<(String, &'static str)> {
    let managed = lanyard::server::routes()
        .filter(|(path, _)| path.starts_with("/api/v1/") && !FOR_OTHERS.contains(path));
    let each = managed.flat_map(|(path, allow)| {
        let path = path.replace("{id}", key).replace("{name}", "read");
        let path = path.replace("{app_id}", "wx0123456789abcdef");
        allow.split(", ").map(move |method| (path.clone(), method))
    });
    let routes: Vec<_> = each.filter(|(_, method)| *method != "HEAD").collect();
    assert!(routes.len() >= 19, "{routes:?}");
    routes
}

/// Returns an access token of a client that has the scope `admin`.
fn access_token(server: &Server, acme: &Organization<'_>) -> String {
    let client = acme.client(&json!({"name": "Machine", "scopes": ["admin"],
        "grants": ["client_credentials"]}));
    // Its key is published first.
    server.wait(420);
    server.rotate_keys();
    let form = format!(
        "grant_type=client_credentials&scope=admin&client_id={}&client_secret={}",
        text(&client, "id"),
        text(&client, "secret")
    );
    let issued = server.post("/oauth/token");
    let issued = issued
        .body("application/x-www-form-urlencoded", form)
        .send();
    let issued = issued.with_status(200).json();
    assert_eq!(issued["scope"], "admin");
    text(&issued, "access_token").to_owned()
}

fn set_role(acme: &Organization<'_>, operator: i64, role: &str) {
    let path = format!("/api/company/operators/{operator}");
    let change = acme.patch(&path).json(&json!({"role": role}));
    change.send().with_status(200);
}

on_both!(
    no_other_credential_manages_anything,
    "oauth.issuer=http://localhost:8080"
);
fn no_other_credential_manages_anything(server: &Server) {
    let acme = server.organization("acme");
    let admin = acme.operator_who_signs_in("olga", "open sesame");
    set_role(&acme, admin, "admin");
    let tenant = acme.operator_who_signs_in("mai", "open sesame");
    set_role(&acme, tenant, "tenant");
    let access = access_token(server, &acme);
    let all = json!({"scopes": ["admin", "keys:verify"], "role": "admin"});
    let own = make(&acme, &all);
    let mut for_tests = all.clone();
    for_tests["environment"] = json!("test");
    let for_tests = make(&acme, &for_tests);
    let bound = make(&acme, &json!({"scopes": ["admin"], "operator_id": admin}));
    let operator = acme.token_for(admin);
    let session = acme.session("mai", "open sesame");
    let routes = routes(text(&own, "id"));
    let listed = || {
        let lists = [
            "/api/v1/api-keys",
            "/api/v1/roles",
            "/api/v1/scopes",
            "/api/v1/wechat-apps",
        ];
        lists.map(|path| acme.get(path).send().with_status(200).text().to_owned())
    };
    let before = listed();
    for (what, credential) in [
        ("a key with every right", text(&own, "key")),
        ("a test key with every right", text(&for_tests, "key")),
        ("an admin's key", text(&bound, "key")),
        ("an admin's operator token", operator.as_str()),
        ("a tenant's session", session.as_str()),
        ("an access token with the scope admin", access.as_str()),
    ] {
        for (path, method) in &routes {
            let call = server.call(method, path).bearer(credential);
            let answer = match *method {
                "POST" | "PUT" | "PATCH" => {
                    // What would be good from a manager.
                    let body = json!({"name": "more", "scopes": ["admin"], "role": "admin",
                        "app_id": "wx1", "secret": "s3cret"});
                    call.json(&body).send()
                }
                _ => call.send(),
            };
            assert_eq!(answer.status, 403, "{what}: {method} {path}: {answer}");
            assert_eq!(
                answer.json()["error"],
                "forbidden",
                "{what}: {method} {path}"
            );
        }
    }
    assert_eq!(listed(), before);
}

on_both!(an_operator_makes_no_key_that_may_do_more);
fn an_operator_makes_no_key_that_may_do_more(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    set_role(&acme, lan, "marketing");
    let (session, token) = (acme.session("lan", "open sesame"), acme.token_for(lan));
    for members in [
        json!({"name": "more", "role": "admin", "operator_id": lan}),
        json!({"name": "more", "role": "admin"}),
        json!({"name": "more", "operator_id": lan}),
        json!({"name": "more", "scopes": ["admin"]}),
        json!({"name": "as much", "scopes": ["read"], "role": "marketing"}),
    ] {
        for credential in [&session, &token] {
            let call = server.post("/api/v1/api-keys").bearer(credential);
            let answer = call.json(&members).send();
            assert_eq!(answer.status, 403, "{members}: {answer}");
        }
    }
    assert!(acme.get("/api/v1/api-keys").send().items().is_empty());
    // Once its role is admin it does, and with the role that ends.
    set_role(&acme, lan, "admin");
    let create = || {
        let call = server.post("/api/v1/api-keys").bearer(&session);
        call.json(&json!({"name": "mine"})).send()
    };
    let made = create().with_status(201).json();
    assert_eq!(made["created_by"], format!("operator:{lan}"));
    set_role(&acme, lan, "marketing");
    create().with_status(403);
}

on_both!(a_bound_key_has_no_more_than_its_operator);
fn a_bound_key_has_no_more_than_its_operator(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    set_role(&acme, lan, "customer");
    let bound = make(
        &acme,
        &json!({"scopes": ["admin", "write"], "operator_id": lan}),
    );
    let profile = || {
        let call = server.get("/v1/profile").bearer(text(&bound, "key"));
        let answer = call.send().with_status(200).json();
        (answer["role"].clone(), answer["scopes"].clone())
    };
    // The key's scope admin covers the operator's; the operator has no scope write.
    assert_eq!(profile(), (json!("customer"), json!(["read"])));
    // Its record cannot be given a role of its own.
    let path = super::path(&bound, "");
    let wider = acme.patch(&path).json(&json!({"role": "admin"})).send();
    wider.with_status(400);
    let wider = acme.patch(&path).json(&json!({"operator_id": Value::Null}));
    wider.send().with_status(400);
    assert_eq!(profile(), (json!("customer"), json!(["read"])));
    // A role that is not defined grants nothing.
    set_role(&acme, lan, "Admin");
    assert_eq!(profile().1, json!([]));
}

on_both!(
    a_key_is_not_limited_unless_somebody_asks_for_it,
    "login.throttle=true"
);
fn a_key_is_not_limited_unless_somebody_asks_for_it(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["keys:verify"]}));
    let key = text(&key, "key");
    for number in 0..200 {
        let profile = server.get("/v1/profile").bearer(key).send();
        assert_eq!(profile.status, 200, "{number}: {profile}");
        let verify = server.post("/api/v1/api-keys/verify").bearer(key);
        let verify = verify.json(&json!({"key": key})).send();
        assert_eq!(verify.json()["valid"], true, "{number}: {verify}");
    }
}

on_both!(a_list_that_no_client_matches_is_kept_and_refuses);
fn a_list_that_no_client_matches_is_kept_and_refuses(server: &Server) {
    let acme = server.organization("acme");
    let key = make(
        &acme,
        &json!({"allowed_ips": ["2001:db8:7::/48", "0.0.0.0"]}),
    );
    assert_eq!(key["allowed_ips"].as_array().unwrap().len(), 2);
    let profile = server.get("/v1/profile").bearer(text(&key, "key")).send();
    assert_eq!(
        profile.with_status(401).json()["error"]["code"],
        "unauthorized"
    );
}
