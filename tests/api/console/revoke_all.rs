//! Revoking everything of the organization, by an admin of its own.

use super::once::rename;
use super::*;
use crate::support::on_both;

const PATH: &str = "/console/organization/revoke-all";

on_both!(everything_is_revoked_by_who_types_the_login);
fn everything_is_revoked_by_who_types_the_login(server: &Server) {
    let acme = server.organization("acme");
    let globex = server.organization("globex");
    let key = acme
        .post("/api/v1/api-keys")
        .json(&json!({"name": "CI", "scopes": ["read"]}))
        .send();
    let key = key.with_status(201).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = acme.token_for(acme.operator("Lan"));
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/organization");
    assert!(page.html().contains(&format!("href=\"{PATH}\"")));
    let page = browser.open(server, PATH);
    check_page(&page);
    assert_eq!(page.name(), "organization-confirm");
    assert!(
        page.html()
            .contains("Revoke every token of <strong><bdi>acme")
    );
    // A company token, and that of Lan.
    assert_eq!(page.data("effect", "data-tokens").as_deref(), Some("2"));
    let effect = page.html().split("data-testid=\"effect\"").nth(1).unwrap();
    let effect = effect.split("</ul>").next().unwrap();
    for line in ["1 API key, 0 OAuth clients", "including this one"] {
        assert!(effect.contains(line), "{effect}");
    }
    let form = page.form("revoke-all");
    for wrong in ["", "globex", "acme/olga"] {
        let fields = [("confirm", wrong), ("do", "revoke-all")];
        let answer = browser.send(server, &form, &fields);
        answer.with_status(422);
        let page = Page { answer };
        check_page(&page);
        assert!(page.html().contains("id=\"confirm-error\""));
        assert_eq!(page.value("confirm"), wrong);
    }
    let nothing = browser.send(server, &form, &[("confirm", "acme"), ("do", "odd")]);
    nothing.with_status(400);
    assert_eq!(acme.judge(&token), "valid");

    let fields = [("confirm", " ACME "), ("do", "revoke-all")];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let done = Page { answer };
    check_page(&done);
    assert_eq!(done.name(), "organization-revoked");
    let receipt = |name: &str| done.data("receipt", name).unwrap();
    assert_eq!(
        (receipt("data-nodes"), receipt("data-confirmed")),
        ("1".into(), "1".into())
    );
    assert!(receipt("data-sequence").parse::<i64>().unwrap() > 0);
    assert!(done.text_of("receipt").contains("API keys that stay: 1"));
    // Nothing of it is valid any more, this session neither; what is no token stays.
    assert!(browser.cookie("lanyard_console").is_none());
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    globex
        .get("/api/company/organization")
        .send()
        .with_status(200);
    let used = server.get("/v1/profile").header("x-api-key", &key).send();
    used.with_status(200);
    let late = acme.another_token();
    let acme = acme.with_token(&late);
    assert_eq!(acme.judge(&token), "Token revoked");
    let line = acme.get("/api/company/audit?action=organization.tokens_revoked");
    let lines = line.send().items();
    assert_eq!(lines.len(), 1);
    assert!(lines[0]["actor"].as_str().unwrap().starts_with("operator:"));
    Browser::signed_in(server, "acme/olga", PASSWORD);
}

on_both!(it_asks_for_a_proof_and_then_shows_the_form_again);
fn it_asks_for_a_proof_and_then_shows_the_form_again(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let other = Browser::signed_in(server, "acme/olga", PASSWORD);
    server.wait(16 * 60);
    let fields = [("confirm", "acme"), ("do", "revoke-all")];
    let answer = browser.submit(server, PATH, "revoke-all", &fields);
    answer.with_status(403);
    let page = Page { answer };
    assert_eq!(page.name(), "re-authenticate");
    other.get(server, "/console").with_status(200);
    let proof = [("password", PASSWORD), ("do", "confirm")];
    let answer = browser.send(server, &page.form("re-authenticate"), &proof);
    answer.with_status(200);
    let page = Page { answer };
    assert_eq!(page.name(), "organization-confirm");
    assert_eq!(page.value("confirm"), "acme");
    other.get(server, "/console").with_status(200);
    let answer = browser.send(server, &page.form("revoke-all"), &fields);
    answer.with_status(200);
    other.get(server, "/console").with_status(303);
}

on_both!(what_cannot_be_said_afterwards_is_not_done);
fn what_cannot_be_said_afterwards_is_not_done(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let browser = admin(server, &acme);
    let form = browser.open(server, PATH).form("revoke-all");
    let fields = [("confirm", "acme"), ("do", "revoke-all")];
    // What the receipt says of clients cannot be read.
    rename(server, "clients", "clients_away");
    let answer = browser.send(server, &form, &fields);
    assert!(answer.status >= 500, "{answer}");
    rename(server, "clients_away", "clients");
    assert_eq!(acme.judge(&token), "valid");
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    assert!(Page { answer }.tag("receipt").is_some());
}

on_both!(an_auditor_does_not_see_the_way_to_it);
fn an_auditor_does_not_see_the_way_to_it(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "otto", "auditor");
    let auditor = Browser::signed_in(server, "acme/otto", PASSWORD);
    auditor.get(server, PATH).with_status(403);
    let page = auditor.open(server, "/console/organization");
    assert!(!page.html().contains(PATH));
}
