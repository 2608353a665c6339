//! Usernames and emails of an organization are one name space.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both, table};

fn add(acme: &Organization<'_>, member: &Value) -> Answer {
    let mut record = json!({"name": "Lan"});
    for (name, value) in member.as_object().unwrap() {
        record[name] = value.clone();
    }
    acme.post("/api/company/operators").json(&record).send()
}

on_both!(a_username_has_a_form);
fn a_username_has_a_form(server: &Server) {
    let acme = server.organization("acme");
    let long = "x".repeat(201);
    let cases = ["", "a b", "a/b", "a\u{200b}", "a\nb", &long];
    let cases = cases.map(|name| json!({"username": name}));
    for case in cases {
        add(&acme, &case).with_status(400);
    }
    let answers = table(
        [
            json!({"username": ""}),
            json!({"username": 7}),
            json!({"password": ""}),
            json!({"password": 7}),
            json!({"tier": ""}),
            json!({"avatar": ""}),
        ],
        |case| add(&acme, case),
    );
    assert_snapshot!(answers, @r#"
    {"username":""} → 400 invalid_request: username must have 1 to 200 characters, all of them visible, and no /, or be null
    {"username":7} → 400 invalid_request: username: invalid type: number `7`, expected a string at line 1 column 26
    {"password":""} → 400 invalid_request: the password is empty
    {"password":7} → 400 invalid_request: password: must be a text or null at line 1 column 27
    {"tier":""} → 400 invalid_request: tier must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"avatar":""} → 400 invalid_request: avatar must have 1 to 2048 characters, all of them visible, or be null
    "#);
}

on_both!(what_another_operator_has_as_either);
fn what_another_operator_has_as_either(server: &Server) {
    let acme = server.organization("acme");
    add(&acme, &json!({"username": "lan@example.com"})).with_status(201);
    add(&acme, &json!({"email": "minh@example.com"})).with_status(201);
    assert_snapshot!(
        table(
            [
                json!({"username": "LAN@example.com"}),
                json!({"email": "Lan@Example.com"}),
                json!({"username": "Minh@example.com"}),
                json!({"email": "minh@example.com"}),
            ],
            |case| add(&acme, case)
        ),
        @r#"
    {"username":"LAN@example.com"} → 409 conflict: another operator of the organization has this username, or has it as its email
    {"email":"Lan@Example.com"} → 409 conflict: another operator of the organization has this email
    {"username":"Minh@example.com"} → 409 conflict: another operator of the organization has this username, or has it as its email
    {"email":"minh@example.com"} → 409 conflict: another operator of the organization has this email
    "#
    );
    // Its own email may be its username.
    let both = json!({"username": "hoa@example.com", "email": "Hoa@example.com"});
    let hoa = add(&acme, &both);
    let path = hoa.with_status(201).header("location").unwrap().to_owned();
    let taken = acme
        .patch(&path)
        .json(&json!({"username": "minh@example.com"}))
        .send();
    taken.with_status(409);
    // The name of a deleted operator is free, and another organization's does not matter.
    acme.delete(&path).send().with_status(204);
    add(&acme, &json!({"email": "hoa@example.com"})).with_status(201);
    let other = server.organization("other");
    add(&other, &json!({"username": "hoa@example.com"})).with_status(201);
}

on_both!(a_name_is_split_at_the_first_slash);
fn a_name_is_split_at_the_first_slash(server: &Server) {
    let acme = server.organization("acme");
    let email = "lan/mai@example.com";
    add(&acme, &json!({"email": email, "password": "open"})).with_status(201);
    let status = |username: &str| {
        let body = json!({"username": username, "password": "open"});
        server.post("/auth/login").json(&body).send().status
    };
    assert_eq!(status(&format!("acme/{email}")), 200);
    // A bare name has none, so this is one of the organization `lan`, which there is not.
    assert_eq!(status(email), 401);
    let lan = server.organization("lan");
    add(
        &lan,
        &json!({"email": "mai@example.com", "password": "open"}),
    )
    .with_status(201);
    assert_eq!(status(email), 200);
}

on_both!(a_list_is_judged_by_its_end);
fn a_list_is_judged_by_its_end(server: &Server) {
    let acme = server.organization("acme");
    let ids: Vec<i64> = ["lan", "minh", "hoa"]
        .iter()
        .map(|name| acme.operator_who_signs_in(name, "open"))
        .collect();
    let synchronize = |list: Value| acme.post("/api/operator/synchronize").json(&list).send();
    // Two exchange their usernames.
    let exchange = json!([{"id": ids[0], "username": "minh"}, {"id": ids[1], "username": "lan"}]);
    synchronize(exchange).with_status(200);
    acme.session("minh", "open");
    // One takes as its email what another gives up as its username.
    let over = json!([
        {"id": ids[2], "username": "hoa.nguyen"}, {"name": "New", "externalId": "n", "username": "hoa"},
        {"id": ids[0], "email": "a@example.com"},
    ]);
    synchronize(over).with_status(200);
    let clash = json!([{"id": ids[0], "email": "b@example.com"}, {"id": ids[1], "username": "b@example.com"}]);
    assert_snapshot!(synchronize(clash).in_short(), @"409 conflict: [1]: another operator of the organization has this username, or has it as its email");
    let clash =
        json!([{"id": ids[1], "username": "A@example.com"}, {"id": ids[2], "tier": "gold"}]);
    assert_snapshot!(synchronize(clash).in_short(), @"409 conflict: [0]: another operator of the organization has this username, or has it as its email");
    // The passwords are as they were.
    acme.session("minh", "open");
    acme.session("hoa.nguyen", "open");
}

on_both!(a_version_rises_with_every_change);
fn a_version_rises_with_every_change(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let path = format!("/api/company/operators/{lan}");
    let version = || acme.get(&path).send().json()["version"].as_i64().unwrap();
    let mut before = version();
    for change in [
        json!({"tier": "gold"}),
        json!({"password": "x"}),
        json!({"name": "L"}),
    ] {
        acme.patch(&path).json(&change).send().with_status(200);
        assert!(version() > before, "{change}");
        before = version();
    }
    acme.patch(&path)
        .json(&json!({"tier": "gold"}))
        .send()
        .with_status(200);
    assert_eq!(version(), before);
}
