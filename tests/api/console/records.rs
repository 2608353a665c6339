//! The organization's record, the audit log and the overview.

use super::*;
use crate::support::on_both;

on_both!(the_policy_is_changed_with_the_same_rule_as_in_the_api);
fn the_policy_is_changed_with_the_same_rule_as_in_the_api(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/organization");
    check_page(&page);
    let form = page.form("organization-form");
    let fields = [
        ("name", "Acme & Söhne"),
        ("operator_token_max_seconds", "3600"),
        ("do", "save"),
    ];
    let answer = browser.send(server, &form, &fields);
    let saved = browser.follow(server, &answer);
    assert!(saved.tag("done").is_some());
    assert!(
        saved
            .html()
            .contains("<title>Organization – Acme &#38; Söhne – Lanyard</title>")
    );
    let stored = acme.get("/api/company/organization").send().json();
    assert_eq!(stored["tokenPolicy"]["operatorTokenMaxSeconds"], 3600);
    for wrong in ["0", "86401", "x", "-1"] {
        let fields = [
            ("name", "Acme"),
            ("operator_token_max_seconds", wrong),
            ("do", "save"),
        ];
        let answer = browser.send(server, &form, &fields);
        answer.with_status(422);
        let page = Page { answer };
        assert_eq!(page.value("operator_token_max_seconds"), wrong);
        assert!(
            page.html()
                .contains("id=\"operator_token_max_seconds-error\"")
        );
    }
    // Lives beyond the policy are not offered.
    let lan = acme.operator("Lan");
    let page = browser.open(server, &format!("/console/operators/{lan}/issue"));
    assert!(page.html().contains("value=\"60\"") && !page.html().contains("value=\"480\""));
}

on_both!(the_password_of_the_organization_is_set);
fn the_password_of_the_organization_is_set(server: &Server) {
    let acme = server.organization("acme");
    let path = "/console/organization/password";
    let own = Browser::signed_in(server, "acme", &acme.password);
    server.wait(1);
    let browser = admin(server, &acme);
    let page = browser.open(server, path);
    check_page(&page);
    let form = page.form("password-form");
    let long = "a".repeat(73);
    let wrong = browser.send(
        server,
        &form,
        &[("password", long.as_str()), ("do", "save")],
    );
    wrong.with_status(422);
    assert!(wrong.text().contains("id=\"password-error\"") && !wrong.text().contains(&long));
    // The service makes one and shows it once.
    let answer = browser.send(server, &form, &[("do", "save")]);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let made = page.text_of("secret");
    assert_eq!(made.len(), 32);
    own.get(server, "/console").with_status(303);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    let lines = audit(&acme, 1);
    assert_eq!(lines[0].0, "organization.password_set");
    assert!(lines[0].1.starts_with("operator:"));
    Browser::default()
        .sign_in(server, "acme", &acme.password)
        .with_status(422);
    let again = browser.send(server, &form, &[("do", "save")]);
    let page = browser.follow(server, &again);
    assert!(page.text_of("done").contains("was shown then"));
    assert!(!page.html().contains(&made));
    // Who sets it in a session of the organization's own account signs in again.
    let own = Browser::signed_in(server, "acme", &made);
    server.wait(1);
    let fields = [("password", "typed by hand"), ("do", "save")];
    let answer = own.submit(server, path, "password-form", &fields);
    check_signed_out(&own, answer);
    own.get(server, "/console").with_status(303);
    let own = Browser::signed_in(server, "acme", "typed by hand");
    browser.open(server, "/console");
    // The same if the service makes one.
    server.wait(1);
    let answer = own.submit(server, path, "password-form", &[("do", "save")]);
    let made = check_signed_out(&own, answer).text_of("secret");
    Browser::signed_in(server, "acme", &made);
}

/// Checks the page after the session has ended with the password: nothing of a session is left.
fn check_signed_out(own: &Browser, answer: crate::support::Answer) -> Page {
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert!(own.cookie("lanyard_console").is_none());
    let html = page.html();
    for of_session in [
        "<nav class=\"console\"",
        "Sign out",
        "session-ends",
        "name=\"csrf\"",
    ] {
        assert!(!html.contains(of_session), "{of_session}: {html}");
    }
    assert!(html.contains("Your session has ended with the old password."));
    assert!(html.contains("href=\"/console/sign-in\""));
    page
}

on_both!(the_audit_log_is_filtered_by_what_it_has);
fn the_audit_log_is_filtered_by_what_it_has(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let rows = |query: &str| {
        let page = browser.open(server, &format!("/console/audit{query}"));
        check_page(&page);
        page.html().matches("<tr data-id").count()
    };
    let all = rows("");
    assert!(all >= 4, "{all}");
    assert_eq!(rows("?action=operator.created"), 2);
    assert_eq!(
        rows("?action=operator.created&action=operator.signed_in"),
        3
    );
    assert_eq!(rows(&format!("?subject=operator%3A{lan}")), 1);
    assert_eq!(rows("?from=2030-01-01&to=2030-01-01"), all);
    assert_eq!(rows("?from=2030-01-02"), 0);
    assert_eq!(rows("?actor=nobody"), 0);
    let odd = browser.open(server, "/console/audit?address=x&from=y&action=z");
    assert!(odd.html().contains("action, address, from"));
}

on_both!(the_overview_says_what_a_new_organization_does_first);
fn the_overview_says_what_a_new_organization_does_first(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let page = browser.open(server, "/console");
    check_page(&page);
    assert!(page.tag("first-steps").is_some());
    assert_eq!(page.html().matches("class=\"is-done\"").count(), 0);
    let lan = acme.operator("Lan");
    acme.token_for(lan);
    let page = browser.open(server, "/console");
    assert_eq!(page.html().matches("class=\"is-done\"").count(), 2);
    assert!(page.tag("figure-live").is_some());
    assert!(page.tag("audit").is_some());
}
