//! `POST /api/v1/api-keys/verify` and `…/verify-many`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{make, path, text, verdict, verdict_of, verify};
use crate::support::{Server, on_both, table};

on_both!(a_valid_key_says_what_it_may_do);
fn a_valid_key_says_what_it_may_do(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"role": "tenant", "prefix": "sk"}));
    let answer = verify(
        &acme,
        &json!({"key": key["key"], "scopes": ["read"], "role": "tenant"}),
    );
    assert_eq!(
        answer.with_status(200).json(),
        json!({
            "valid": true, "id": key["id"], "name": "till", "organization_id": 1, "operator_id": null,
            "environment": "live", "scopes": ["read", "write"], "role": "tenant", "expires_at": null,
        })
    );
    let cases = [
        json!({"key": key["key"], "scopes": ["analytics"]}),
        json!({"key": key["key"], "scopes": ["read"], "role": "customer"}),
        json!({"key": key["key"], "environment": "test"}),
        json!({"key": format!("{}0", text(&key, "key"))}),
        json!({"key": 7}),
        json!({"key": null}),
        json!({"key": ""}),
        json!({}),
        json!({"key": key["key"], "address": "somewhere"}),
        json!({"key": key["key"], "scopes": ["No Scope"]}),
        json!({"key": key["key"], "environment": "prod"}),
    ];
    let shown = table(cases, |case| verify(&acme, case));
    assert_snapshot!(shown.replace(text(&key, "key"), "KEY"), @r#"
    {"key":"KEY","scopes":["analytics"]} → 200 {"valid":false,"code":"insufficient_scope"}
    {"key":"KEY","role":"customer","scopes":["read"]} → 200 {"valid":false,"code":"insufficient_role"}
    {"environment":"test","key":"KEY"} → 200 {"valid":false,"code":"environment_mismatch"}
    {"key":"KEY0"} → 200 {"valid":false,"code":"not_found"}
    {"key":7} → 200 {"valid":false,"code":"not_found"}
    {"key":null} → 200 {"valid":false,"code":"not_found"}
    {"key":""} → 200 {"valid":false,"code":"not_found"}
    {} → 400 invalid_request: the body is invalid: missing member `key` at line 1 column 2
    {"address":"somewhere","key":"KEY"} → 400 invalid_request: address must be an IPv4 or IPv6 address
    {"key":"KEY","scopes":["No Scope"]} → 400 invalid_request: scopes must be names of scopes
    {"environment":"prod","key":"KEY"} → 400 invalid_request: environment: must be one of live, test at line 1 column 21
    "#);
}

on_both!(an_address_must_be_on_the_list);
fn an_address_must_be_on_the_list(server: &Server) {
    let acme = server.organization("acme");
    let key = make(
        &acme,
        &json!({"allowed_ips": ["10.0.0.0/8", "2001:db8::/32"]}),
    );
    let from = |address: Value| {
        let answer = verify(&acme, &json!({"key": key["key"], "address": address})).json();
        answer["code"].as_str().unwrap_or("valid").to_owned()
    };
    for (address, outcome) in [
        (json!("10.9.9.9"), "valid"),
        (json!("::ffff:10.9.9.9"), "valid"),
        (json!("2001:db8::1"), "valid"),
        (json!("11.0.0.1"), "address_denied"),
        (Value::Null, "address_denied"),
    ] {
        assert_eq!(from(address.clone()), outcome, "{address}");
    }
    // Its owner reads why.
    server.app.keys.uses.write(&server.app.db).unwrap();
    let record = acme.get(&path(&key, "")).send().json();
    assert_eq!(record["last_refusal"]["reason"], "address_denied");
    assert_eq!(record["last_used_address"], "2001:db8::1");
}

on_both!(many_keys_are_answered_in_order);
fn many_keys_are_answered_in_order(server: &Server) {
    let acme = server.organization("acme");
    let keys: Vec<_> = (0..40).map(|_| make(&acme, &json!({}))).collect();
    let mut bodies: Vec<_> = keys.iter().map(|key| json!({"key": key["key"]})).collect();
    bodies.insert(1, json!({"key": "nothing"}));
    let many = |bodies: &[Value]| {
        let call = acme.post("/api/v1/api-keys/verify-many");
        call.json(&json!({"keys": bodies})).send()
    };
    let answers = many(&bodies).with_status(200).json();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 41);
    assert_eq!(answers[1], json!({"valid": false, "code": "not_found"}));
    for (place, key) in keys.iter().enumerate() {
        let answer = &answers[place + usize::from(place > 0)];
        assert_eq!(answer["id"], key["id"]);
    }
    assert_eq!(many(&[]).with_status(200).json(), json!([]));
    many(&vec![json!({"key": "x"}); 1_001]).with_status(400);
    assert_snapshot!(many(&[json!({"key": "x"}), json!({"key": "x", "address": "y"}), json!([1])]).in_short(), @"400 invalid_request: keys[2]: invalid type: array, expected an object at line 1 column 47");
}

on_both!(a_bound_key_follows_its_operator);
fn a_bound_key_follows_its_operator(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let record = format!("/api/company/operators/{lan}");
    let change = |members: Value| {
        acme.patch(&record)
            .json(&members)
            .send()
            .with_status(200)
            .json()
    };
    let key = make(&acme, &json!({"operator_id": lan}));
    let other = server.another(&[]);
    let rights = |server: &Server| {
        let call = server.post("/api/v1/api-keys/verify").bearer(&acme.token);
        let answer = call
            .json(&json!({"key": key["key"]}))
            .send()
            .with_status(200)
            .json();
        match answer["code"].as_str() {
            Some(code) => code.to_owned(),
            None => format!("{} {}", answer["role"], answer["scopes"]),
        }
    };
    for (role, seen) in [
        (json!("customer"), r#""customer" ["read"]"#),
        (json!("admin"), r#""admin" ["read","write"]"#),
        (json!("nobody"), "null []"),
        (json!(null), "null []"),
        (json!("tenant"), r#""tenant" ["read","write"]"#),
    ] {
        change(json!({"role": role}));
        assert_eq!(rights(server), seen);
        other.follow();
        assert_eq!(rights(&other), seen);
    }
    // Tokens end, keys stay.
    acme.post(&format!("{record}/revoke-tokens"))
        .send()
        .with_status(204);
    assert_eq!(rights(&other), r#""tenant" ["read","write"]"#);
    change(json!({"status": "inactive"}));
    assert_eq!(
        (rights(server), rights(&other)),
        ("revoked".to_owned(), "revoked".to_owned())
    );
    change(json!({"status": "active"}));
    assert_eq!(rights(server), r#""tenant" ["read","write"]"#);
    acme.delete(&record).send().with_status(204);
    assert_eq!(
        (rights(server), rights(&other)),
        ("revoked".to_owned(), "revoked".to_owned())
    );
}

on_both!(keys_of_others_are_unknown);
fn keys_of_others_are_unknown(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    let key = make(&acme, &json!({}));
    assert_eq!(verdict(&other, &key), "not_found");
    assert_eq!(verdict(&acme, &key), "valid");
    // That others asked is no use of it, and no refusal.
    server.app.keys.uses.write(&server.app.db).unwrap();
    let record = acme.get(&path(&key, "")).send().json();
    assert_eq!(record["last_refusal"], Value::Null);
}

on_both!(a_key_is_looked_up_once);
fn a_key_is_looked_up_once(server: &Server) {
    let acme = server.organization("acme");
    let lookups = || {
        let page = server.get("/metrics").send();
        let line = page
            .text()
            .lines()
            .find(|line| line.starts_with("lanyard_api_key_lookups_total "));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let key = make(&acme, &json!({}));
    let before = lookups();
    for _ in 0..5 {
        assert_eq!(verdict(&acme, &key), "valid");
    }
    assert_eq!(lookups() - before, 1);
    // A text that can be no key costs nothing, an unknown one a look-up a minute.
    let before = lookups();
    for _ in 0..5 {
        assert_eq!(
            verdict_of(&acme, "ak_live_00000000000000000000000000000000000000"),
            "not_found"
        );
    }
    assert_eq!(lookups() - before, 0);
    let unknown = lanyard::api_key::KeyText::draw(
        lanyard::api_key::Prefix::Ak,
        lanyard::api_key::Environment::Live,
    );
    for _ in 0..5 {
        assert_eq!(verdict_of(&acme, unknown.text()), "not_found");
    }
    assert_eq!(lookups() - before, 1);
    server.wait(61);
    assert_eq!(verdict_of(&acme, unknown.text()), "not_found");
    assert_eq!(lookups() - before, 2);
}

on_both!(only_a_company_token_and_a_key_that_may_do_it_verify);
fn only_a_company_token_and_a_key_that_may_do_it_verify(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": "admin"}))
        .send()
        .with_status(200);
    let (operator, session) = (acme.token_for(lan), acme.session("lan", "open sesame"));
    let verifier = make(&acme, &json!({"scopes": ["keys:verify"]}));
    let reader = make(&acme, &json!({"scopes": ["read"], "role": "admin"}));
    let for_tests = json!({"scopes": ["keys:verify"], "environment": "test"});
    let for_tests = make(&acme, &for_tests);
    for (credential, status) in [
        (acme.token.as_str(), 200),
        (text(&verifier, "key"), 200),
        (text(&reader, "key"), 403),
        (text(&for_tests, "key"), 403),
        (operator.as_str(), 403),
        (session.as_str(), 403),
        ("nonsense", 401),
    ] {
        for (path, body) in [
            ("/api/v1/api-keys/verify", json!({"key": "x"})),
            (
                "/api/v1/api-keys/verify-many",
                json!({"keys": [{"key": "x"}]}),
            ),
        ] {
            let answer = server.post(path).bearer(credential).json(&body).send();
            assert_eq!(answer.status, status, "{path}: {answer}");
        }
    }
}
