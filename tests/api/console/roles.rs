//! Roles and scopes.

use super::*;
use crate::support::on_both;

on_both!(a_role_is_defined_changed_and_deleted_once_nobody_has_it);
fn a_role_is_defined_changed_and_deleted_once_nobody_has_it(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/roles");
    check_page(&page);
    let form = page.form("role");
    let fields = [
        ("name", "buyers"),
        ("description", "Buys"),
        ("scope", "read"),
        ("do", "create"),
    ];
    let done = browser.follow(server, &browser.send(server, &form, &fields));
    assert!(done.text_of("done").contains("buyers"));
    assert_eq!(audit(&acme, 1)[0].0, "role.updated");
    // The same form again makes nothing, and a name that there is is refused.
    browser.send(server, &form, &fields).with_status(303);
    let taken = browser.submit(server, "/console/roles", "role", &fields);
    taken.with_status(422);
    assert!(taken.text().contains("id=\"name-error\""));
    let fixed = [("name", "admin"), ("do", "create")];
    browser
        .submit(server, "/console/roles", "role", &fixed)
        .with_status(422);

    let lan = operator(&acme, "lan", "buyers");
    acme.token_for(lan);
    acme.token_for(lan);
    let path = "/console/roles/buyers/edit";
    let page = browser.open(server, path);
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "2");
    assert!(page.html().contains("1 operator, 0 API keys"));
    let change = [("scope", "read"), ("scope", "write"), ("do", "save")];
    let form = page.form("save");
    browser.follow(server, &browser.send(server, &form, &change));
    let role = acme.get("/api/v1/roles/buyers").send().json();
    assert_eq!(role["scopes"], json!(["read", "write"]));
    assert_eq!(role["description"], json!(null));
    // The page was opened before the change.
    let answer = browser.send(server, &form, &[("scope", "read"), ("do", "save")]);
    answer.with_status(409);
    let page = Page { answer };
    check_page(&page);
    assert!(page.tag("newest").is_some());
    assert!(acme.judge(&acme.token_for(lan)) == "valid");

    let delete = "/console/roles/buyers/delete";
    let page = browser.open(server, delete);
    check_page(&page);
    assert!(!page.has_form("confirm"));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": null}))
        .send()
        .with_status(200);
    let page = browser.open(server, delete);
    let form = page.form("confirm");
    // Somebody gets the role meanwhile.
    let roles = |role: &str| {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
    };
    roles("buyers");
    browser
        .send(server, &form, &[("do", "delete")])
        .with_status(409);
    roles("customer");
    let done = browser.follow(server, &browser.send(server, &form, &[("do", "delete")]));
    check_page(&done);
    acme.get("/api/v1/roles/buyers").send().with_status(404);
    browser.get(server, path).with_status(404);
    let fixed = browser.open(server, "/console/roles/admin/edit");
    check_page(&fixed);
    assert!(!fixed.has_form("save"));
}

on_both!(a_change_of_a_role_needs_a_proof_of_late);
fn a_change_of_a_role_needs_a_proof_of_late(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/roles");
    server.wait(16 * 60);
    let fields = [("name", "buyers"), ("scope", "read"), ("do", "create")];
    let answer = browser.send(server, &page.form("role"), &fields);
    answer.with_status(403);
    let page = Page { answer };
    assert_eq!(page.name(), "re-authenticate");
    let proof = [("password", PASSWORD), ("do", "confirm")];
    let answer = browser.send(server, &page.form("re-authenticate"), &proof);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(
        (page.name().as_str(), page.value("name").as_str()),
        ("roles", "buyers")
    );
    acme.get("/api/v1/roles/buyers").send().with_status(404);
    browser.follow(server, &browser.send(server, &page.form("role"), &fields));
    acme.get("/api/v1/roles/buyers").send().with_status(200);
}

on_both!(a_scope_is_defined_and_removed_once_nothing_has_it);
fn a_scope_is_defined_and_removed_once_nothing_has_it(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let path = "/console/roles/scopes";
    let page = browser.open(server, path);
    check_page(&page);
    let fields = [
        ("name", "stock"),
        ("description", "The stock"),
        ("do", "set"),
    ];
    let answer = browser.send(server, &page.form("scope"), &fields);
    let page = browser.follow(server, &answer);
    assert!(page.html().contains("The stock"));
    for name in ["Not A Scope", "admin", ""] {
        let answer = browser.send(
            server,
            &page.form("scope"),
            &[("name", name), ("do", "set")],
        );
        answer.with_status(422);
        assert!(answer.text().contains("id=\"name-error\""), "{name}");
    }
    acme.put("/api/v1/roles/keeper")
        .json(&json!({"scopes": ["stock"]}))
        .send()
        .with_status(201);
    let csrf = page.form("scope").hidden("csrf").to_owned();
    let remove = [
        ("csrf", csrf.as_str()),
        ("scope", "stock"),
        ("do", "remove"),
    ];
    let answer = browser.post(server, path, &remove);
    answer.with_status(422);
    assert!(answer.text().contains("keeper"));
    acme.delete("/api/v1/roles/keeper").send().with_status(204);
    let page = browser.follow(server, &browser.post(server, path, &remove));
    assert!(!page.html().contains("The stock"));
}
