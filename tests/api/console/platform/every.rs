//! What holds for every page of the platform.

use super::super::admin;
use super::*;

/// The pages, and the value of `do` of a form that is sent there.
fn pages(server: &Server, organization: i64) -> Vec<(String, Option<&'static str>)> {
    let kid = server.keys()[0].0.clone();
    let record = format!("/console/platform/organizations/{organization}");
    let page = |path: &str| (format!("/console/platform{path}"), None);
    let form = |path: &str, verb| (format!("/console/platform{path}"), Some(verb));
    vec![
        page(""),
        page("/organizations"),
        form("/organizations/new", "create"),
        (record.clone(), Some("save")),
        (format!("{record}/password"), Some("save")),
        (format!("{record}/suspend"), Some("suspend")),
        (format!("{record}/resume"), Some("resume")),
        (format!("{record}/revoke-all"), Some("revoke-all")),
        page("/nodes"),
        form("/jobs", "run"),
        form("/keys", "rotate"),
        form(&format!("/keys/{kid}/revoke"), "revoke"),
        page("/webhooks"),
        form("/webhooks/new", "create"),
        page("/audit"),
    ]
}

on_both!(a_session_of_an_organization_opens_none_and_does_nothing);
fn a_session_of_an_organization_opens_none_and_does_nothing(server: &Server) {
    root(server, "root");
    let acme = server.organization("acme");
    let olga = admin(server, &acme);
    olga.set_cookie(COOKIE, &olga.cookie("lanyard_console").unwrap());
    let csrf = olga.open(server, "/console/sessions").form("others");
    let csrf = csrf.hidden("csrf").to_owned();
    for (path, verb) in pages(server, acme.id) {
        let answer = olga.get(server, &path);
        answer.with_status(303);
        let to = answer.header("location").unwrap();
        assert!(to.starts_with("/console/platform/sign-in"), "{path}");
        let Some(verb) = verb else { continue };
        let fields = [("csrf", csrf.as_str()), ("do", verb), ("confirm", "acme")];
        olga.post(server, &path, &fields).with_status(401);
    }
    let export = "/console/platform/audit/export?format=csv";
    olga.get(server, export).with_status(303);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(every_form_needs_the_token_and_a_proof_of_late);
fn every_form_needs_the_token_and_a_proof_of_late(server: &Server) {
    let acme = server.organization("acme");
    let browser = root(server, "root").signed_in(server);
    let page = browser.open(server, "/console/platform/keys");
    let csrf = page.form("rotate").hidden("csrf").to_owned();
    let all = pages(server, acme.id);
    let forms = all
        .iter()
        .filter_map(|(path, verb)| verb.map(|verb| (path, verb)));
    for (path, verb) in forms.clone() {
        let answer = browser.post(server, path, &[("do", verb)]);
        answer.with_status(403);
        assert_eq!(Page { answer }.name(), "problem", "{path}");
    }
    server.wait(14 * 60);
    browser.get(server, "/console/platform").with_status(200);
    server.wait(2 * 60);
    for (path, verb) in forms {
        let fields = [
            ("csrf", csrf.as_str()),
            ("do", verb),
            ("confirm", "acme"),
            ("once", "x"),
            ("job", "purge_audit"),
        ];
        let answer = browser.post(server, path, &fields);
        answer.with_status(403);
        assert_eq!(Page { answer }.name(), "platform-re-authenticate", "{path}");
    }
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    for (path, _) in all {
        check_page(&browser.open(server, &path));
    }
}

on_both!(a_form_that_had_to_wait_for_a_proof_comes_back);
fn a_form_that_had_to_wait_for_a_proof_comes_back(server: &Server) {
    let acme = server.organization("acme");
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let record = format!("/console/platform/organizations/{}", acme.id);
    let forms = [
        (
            "/console/platform/organizations/new",
            "organization",
            "name",
        ),
        (record.as_str(), "policy", "operator_token_max_seconds"),
        ("/console/platform/webhooks/new", "webhook", "url"),
    ];
    for (path, form, field) in forms {
        server.wait(14 * 60);
        let form = browser.open(server, path).form(form);
        server.wait(2 * 60);
        let answer = browser.send(server, &form, &[(field, "77"), ("do", "save")]);
        answer.with_status(403);
        let again = Page { answer }.form("re-authenticate");
        let code = root.code(server);
        let answer = browser.send(server, &again, &[("code", &code), ("do", "confirm")]);
        answer.with_status(200);
        let page = Page { answer };
        check_page(&page);
        assert_eq!(page.value(field), "77", "{path}");
    }
}
