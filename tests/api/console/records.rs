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
