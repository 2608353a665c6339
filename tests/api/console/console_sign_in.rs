//! `console_sign_in`: once only operators may sign in, the organization's password opens the API only,
//! and a company token makes nobody an admin.

use super::*;
use crate::support::on_both;

/// Saves the page of the organization with a rule.
fn set(server: &Server, browser: &Browser, rule: &str) -> crate::support::Answer {
    let fields = [("name", "acme"), ("console_sign_in", rule), ("do", "save")];
    browser.submit(
        server,
        "/console/organization",
        "organization-form",
        &fields,
    )
}

fn rule(acme: &Organization<'_>) -> String {
    let organization = acme.get("/api/company/organization").send().json();
    organization["consoleSignIn"].as_str().unwrap().to_owned()
}

/// Signs in with a second factor.
fn signed_in_with(server: &Server, login: &str, code: &str) -> Browser {
    let browser = Browser::default();
    browser.sign_in(server, login, PASSWORD).with_status(303);
    let fields = [("recovery", code), ("do", "verify")];
    let answer = browser.submit(server, "/console/sign-in/second", "second-factor", &fields);
    answer.with_status(303);
    browser
}

on_both!(the_own_login_is_shut_out_once_an_admin_has_a_second_factor);
fn the_own_login_is_shut_out_once_an_admin_has_a_second_factor(server: &Server) {
    let acme = server.organization("acme");
    let own = Browser::signed_in(server, "acme", &acme.password);
    let overview = own.open(server, "/console");
    let asks = "Let only operators sign in to the console";
    assert!(!overview.html().contains(asks));
    let olga = operator(&acme, "olga", "admin");
    assert!(own.open(server, "/console").html().contains(asks));
    assert_eq!(rule(&acme), "anyone");
    let refused = set(server, &own, "operators");
    refused.with_status(422);
    assert!(refused.text().contains("id=\"console_sign_in-error\""));
    // An admin without a username or an email cannot sign in, so it is not enough.
    let members = json!({"name": "Nam", "role": "admin", "password": PASSWORD});
    let nameless = acme.post("/api/company/operators").json(&members).send();
    let nameless = nameless.with_status(201).json()["id"].as_i64().unwrap();
    totp(&acme, nameless);
    set(server, &own, "operators").with_status(422);
    let (_, codes) = totp(&acme, olga);
    let another = Browser::signed_in(server, "acme", &acme.password);
    let admin = signed_in_with(server, "acme/olga", &codes[0]);

    let answer = set(server, &own, "operators");
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/sign-in"));
    for browser in [&own, &another] {
        browser.get(server, "/console").with_status(303);
    }
    assert_eq!(rule(&acme), "operators");
    admin.get(server, "/console").with_status(200);
    let wrong = Browser::default().sign_in(server, "acme", &acme.password);
    wrong.with_status(422);
    let text = "The login or the password is wrong.";
    assert!(wrong.text().contains(text));
    // The API goes on.
    acme.another_token();
    // The way back. No earlier session comes back with it.
    set(server, &admin, "anyone").with_status(303);
    assert_eq!(rule(&acme), "anyone");
    another.get(server, "/console").with_status(303);
    Browser::signed_in(server, "acme", &acme.password);
}

on_both!(the_rule_needs_a_proof_of_late);
fn the_rule_needs_a_proof_of_late(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    totp(&acme, olga);
    let own = Browser::signed_in(server, "acme", &acme.password);
    server.wait(16 * 60);
    let answer = set(server, &own, "operators");
    answer.with_status(403);
    assert_eq!(Page { answer }.name(), "re-authenticate");
    assert_eq!(rule(&acme), "anyone");
    set(server, &own, "anyone").with_status(303);
}

on_both!(a_company_token_makes_no_admin_and_changes_none);
fn a_company_token_makes_no_admin_and_changes_none(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let otto = operator(&acme, "otto", "auditor");
    let lan = operator(&acme, "lan", "customer");
    let (_, codes) = totp(&acme, olga);
    let admin = signed_in_with(server, "acme/olga", &codes[0]);
    set(server, &admin, "operators").with_status(303);

    let base = |id: i64| format!("/api/company/operators/{id}");
    let change =
        |id: i64, members: serde_json::Value| acme.patch(&base(id)).json(&members).send().status;
    let add = |role: &str| {
        let members = json!({"name": "x", "role": role});
        acme.post("/api/company/operators")
            .json(&members)
            .send()
            .status
    };
    let synchronize = |rows: serde_json::Value| {
        let call = acme.post("/api/operator/synchronize").json(&rows);
        call.send().status
    };
    assert_eq!(
        (add("admin"), add("auditor"), add("customer")),
        (403, 403, 201)
    );
    let inactive = json!({"name": "x", "role": "admin", "status": "inactive"});
    let call = acme.post("/api/company/operators").json(&inactive);
    call.send().with_status(403);
    assert_eq!(change(lan, json!({"role": "admin"})), 403);
    assert_eq!(change(lan, json!({"name": "Lan"})), 200);
    for id in [olga, otto] {
        assert_eq!(change(id, json!({"name": "x"})), 403);
        assert_eq!(change(id, json!({"role": "customer"})), 403);
        assert_eq!(
            change(id, json!({"status": "inactive", "role": "customer"})),
            403
        );
        let credentials = json!({"username": "x", "password": "another one"});
        let path = format!("{}/credentials", base(id));
        acme.put(&path).json(&credentials).send().with_status(403);
        acme.delete(&path).send().with_status(403);
        let path = format!("{}/totp", base(id));
        acme.post(&path).send().with_status(403);
        acme.delete(&path).send().with_status(403);
    }
    assert_eq!(
        synchronize(json!([{"externalId": "a", "name": "A", "role": "admin"}])),
        403
    );
    assert_eq!(
        synchronize(json!([{"id": lan, "name": "B"}, {"id": otto, "name": "B"}])),
        403
    );
    assert_eq!(synchronize(json!([{"id": lan, "name": "C"}])), 200);
    assert_eq!(
        synchronize(json!([{"id": otto, "status": "inactive", "name": "otto"}])),
        200
    );
    assert_eq!(change(otto, json!({"status": "active"})), 403);
    // An inactive one could become active again in the console.
    assert_eq!(change(otto, json!({"role": "customer"})), 403);
    let credentials = json!({"username": "x", "password": "another one"});
    let path = format!("{}/credentials", base(otto));
    acme.put(&path).json(&credentials).send().with_status(403);
    acme.post(&format!("{}/totp", base(otto)))
        .send()
        .with_status(403);
    // What ends something stays open.
    let revoke = format!("{}/revoke-tokens", base(olga));
    acme.post(&revoke).send().with_status(204);
    assert_eq!(change(olga, json!({"status": "inactive"})), 200);
    acme.delete(&base(otto)).send().with_status(204);
    assert_eq!(acme.get(&base(olga)).send().json()["role"], "admin");
}

on_both!(the_console_may_make_an_admin_while_the_rule_holds);
fn the_console_may_make_an_admin_while_the_rule_holds(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let (_, codes) = totp(&acme, olga);
    let admin = signed_in_with(server, "acme/olga", &codes[0]);
    set(server, &admin, "operators").with_status(303);
    let fields = [("name", "Otto"), ("role", "admin"), ("do", "create")];
    let answer = admin.submit(server, "/console/operators/new", "operator", &fields);
    answer.with_status(303);
}

on_both!(ending_the_last_admin_who_can_sign_in_is_warned_of);
fn ending_the_last_admin_who_can_sign_in_is_warned_of(server: &Server) {
    let acme = server.organization("acme");
    let own = Browser::signed_in(server, "acme", &acme.password);
    let olga = operator(&acme, "olga", "admin");
    let mia = operator(&acme, "mia", "admin");
    let members = json!({"name": "Nam", "role": "admin", "password": PASSWORD});
    let nameless = acme.post("/api/company/operators").json(&members).send();
    nameless.with_status(201);
    let (_, codes) = totp(&acme, olga);
    let pages = [
        format!("/console/operators/{olga}/deactivate"),
        format!("/console/operators/{olga}/delete"),
        format!("/console/operators/{olga}/erase"),
        format!("/console/operators/selected?do=deactivate&operator={olga}"),
    ];
    let warned = |browser: &Browser| {
        pages.each_ref().map(|path| {
            let page = browser.open(server, path);
            page.html().contains("No other admin can sign in")
        })
    };
    acme.patch(&format!("/api/company/operators/{mia}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    assert_eq!(warned(&own), [false; 4], "the own account can sign in");
    set(server, &own, "operators").with_status(303);
    let admin = signed_in_with(server, "acme/olga", &codes[0]);
    assert_eq!(warned(&admin), [true; 4]);
    let revoke = format!("/console/operators/{olga}/revoke");
    assert!(
        !admin
            .open(server, &revoke)
            .html()
            .contains("No other admin")
    );
    let path = format!("/console/operators/{mia}/activate");
    let done = admin.submit(server, &path, "confirm", &[("do", "activate")]);
    done.with_status(303);
    assert_eq!(warned(&admin), [false; 4], "mia can sign in");
}

/// SECURITY.md says which rule holds unless somebody sets another one.
#[test]
fn the_default_is_the_one_that_is_written_down() {
    let server = Server::start(crate::support::database::Database::sqlite(), &[]);
    let rule = rule(&server.organization("acme"));
    let security = include_str!("../../../SECURITY.md");
    let line = security
        .lines()
        .find(|line| line.starts_with("| `lanyard organization set-console-sign-in` |"));
    assert!(
        line.unwrap().contains(&format!("`{rule}` (default)")),
        "{rule}"
    );
}
