//! A record that somebody else has changed is not overwritten unseen, and can then be saved.

use super::*;
use crate::support::on_both;

/// Two admins, who are operators.
fn two_admins(server: &Server, acme: &Organization<'_>) -> (Browser, Browser) {
    operator(acme, "mia", "admin");
    let mia = Browser::signed_in(server, &format!("{}/mia", acme.login), PASSWORD);
    (admin(server, acme), mia)
}

/// Checks the page that says that somebody else has changed the record.
fn check_newest(page: &Page, typed: &str) {
    page.answer.with_status(409);
    check_page(page);
    assert_eq!(page.value("name"), typed);
    assert!(page.tag("newest").is_some());
    assert!(page.html().contains("Somebody else has changed this"));
}

on_both!(the_organization_is_not_overwritten_unseen);
fn the_organization_is_not_overwritten_unseen(server: &Server) {
    let acme = server.organization("acme");
    let (olga, mia) = two_admins(server, &acme);
    let path = "/console/organization";
    let stored = || acme.get("/api/company/organization").send().json();
    let stale = mia.open(server, path).form("organization-form");
    let fields = [
        ("name", "Acme A"),
        ("rotation_period_days", "7"),
        ("do", "save"),
    ];
    let answer = olga.submit(server, path, "organization-form", &fields);
    olga.follow(server, &answer);
    let fields = [("name", "Acme B"), ("do", "save")];
    let answer = mia.send(server, &stale, &fields);
    let page = Page { answer };
    check_newest(&page, "Acme B");
    assert_eq!(stored()["name"], "Acme A");
    assert_eq!(stored()["tokenPolicy"]["rotationPeriodDays"], 7);
    // The page has shown what is stored, so its form is saved.
    let form = page.form("organization-form");
    let answer = mia.send(server, &form, &fields);
    mia.follow(server, &answer);
    assert_eq!(stored()["name"], "Acme B");
    // The same form again changes nothing more.
    mia.send(server, &form, &fields).with_status(303);
}

on_both!(a_key_is_not_overwritten_unseen);
fn a_key_is_not_overwritten_unseen(server: &Server) {
    let acme = server.organization("acme");
    let (olga, mia) = two_admins(server, &acme);
    let key = acme
        .post("/api/v1/api-keys")
        .json(&json!({"name": "CI", "scopes": ["read"]}))
        .send()
        .with_status(201)
        .json();
    let id = key["id"].as_str().unwrap().to_owned();
    let path = format!("/console/api-keys/{id}");
    let scopes = || {
        let stored = acme.get(&format!("/api/v1/api-keys/{id}")).send();
        stored.with_status(200).json()["scopes"].clone()
    };
    let stale = mia.open(server, &path).form("save");
    let fields = [("name", "CI"), ("scope", "write"), ("do", "save")];
    let answer = olga.submit(server, &path, "save", &fields);
    olga.follow(server, &answer);
    let fields = [("name", "CI 2"), ("scope", "read"), ("do", "save")];
    let answer = mia.send(server, &stale, &fields);
    let page = Page { answer };
    check_newest(&page, "CI 2");
    assert_eq!(scopes(), json!(["write"]));
    let answer = mia.send(server, &page.form("save"), &fields);
    mia.follow(server, &answer);
    assert_eq!(scopes(), json!(["read"]));
}

on_both!(an_operator_can_be_saved_after_somebody_else_has_changed_it);
fn an_operator_can_be_saved_after_somebody_else_has_changed_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (olga, mia) = two_admins(server, &acme);
    let path = format!("/console/operators/{lan}");
    let stale = mia.open(server, &path).form("operator");
    server.wait(1);
    let fields = [("name", "Lan A"), ("do", "save")];
    let answer = olga.submit(server, &path, "operator", &fields);
    olga.follow(server, &answer);
    let fields = [("name", "Lan B"), ("do", "save")];
    let answer = mia.send(server, &stale, &fields);
    let page = Page { answer };
    check_newest(&page, "Lan B");
    let answer = mia.send(server, &page.form("operator"), &fields);
    mia.follow(server, &answer);
    let stored = acme.get(&format!("/api/company/operators/{lan}")).send();
    assert_eq!(stored.json()["name"], "Lan B");
}

on_both!(letting_operators_allow_more_asks_again_who_it_is);
fn letting_operators_allow_more_asks_again_who_it_is(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let path = "/console/organization";
    let is_capped = || {
        let stored = acme.get("/api/company/organization").send();
        stored.json()["capScopesByRole"].clone()
    };
    let fields = [
        ("name", "Acme"),
        ("cap_scopes_by_role", "1"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, path, "organization-form", &fields);
    browser.follow(server, &answer);
    assert_eq!(is_capped(), true);
    server.wait(16 * 60);
    let fields = [("name", "Acme"), ("do", "save")];
    let answer = browser.submit(server, path, "organization-form", &fields);
    answer.with_status(403);
    let page = Page { answer };
    assert_eq!(page.name(), "re-authenticate");
    assert_eq!(is_capped(), true);
    let form = page.form("re-authenticate");
    let answer = browser.send(server, &form, &[("password", PASSWORD), ("do", "confirm")]);
    answer.with_status(200);
    let page = Page { answer };
    assert_eq!(page.name(), "organization");
    let ticked = "name=\"cap_scopes_by_role\" value=\"1\" checked";
    assert!(!page.html().contains(ticked));
    let answer = browser.send(server, &page.form("organization-form"), &fields);
    browser.follow(server, &answer);
    assert_eq!(is_capped(), false);
}
