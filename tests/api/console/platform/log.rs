//! The audit log of the platform.

use super::super::operator;
use super::*;

const LOG: &str = "/console/platform/audit";

on_both!(the_log_has_what_was_done_to_the_service_and_to_organizations);
fn the_log_has_what_was_done_to_the_service_and_to_organizations(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let suspend = format!("/console/platform/organizations/{}/suspend", acme.id);
    let answer = browser.submit(server, &suspend, "confirm", &[("do", "suspend")]);
    browser.follow(server, &answer);

    let page = browser.open(server, LOG);
    check_page(&page);
    let rows = |page: &Page| page.html().split("<tbody>").nth(1).unwrap().to_owned();
    let shown = rows(&page);
    for one in [
        "organization.suspended",
        "organization.created",
        "platform_admin.created",
        "platform_admin.signed_in",
        &format!("platform-admin:{}", root.id),
    ] {
        assert!(shown.contains(one), "{one}");
    }
    for other in ["operator.created", "login.succeeded"] {
        assert!(!shown.contains(other), "{other}");
    }
    // An organization leads to its page here, and nothing to a page of its console.
    let link = format!("href=\"/console/platform/organizations/{}\"", acme.id);
    assert!(shown.contains(&link));
    assert!(!shown.contains("href=\"/console/operators"));

    let query = format!(
        "{LOG}?action=organization.suspended&actor=platform-admin:{}",
        root.id
    );
    let found = rows(&browser.open(server, &query));
    assert_eq!(found.matches("<tr data-id").count(), 1);
    let subject = format!("{LOG}?subject=organization%3A{}", acme.id);
    let found = rows(&browser.open(server, &subject));
    assert_eq!(found.matches("<tr data-id").count(), 2);
    let nothing = browser.open(server, &format!("{LOG}?actor=operator%3A1"));
    assert!(nothing.tag("nothing").is_some());

    let file = browser.get(
        server,
        &format!("{LOG}/export?format=jsonl&action=organization.suspended"),
    );
    file.with_status(200);
    let name = file.header("content-disposition").unwrap();
    assert!(name.contains("audit-platform-"), "{name}");
    assert_eq!(file.text().lines().count(), 1);
    let exported = audit_of_service(server, 1).remove(0);
    assert_eq!(exported.0, "audit.exported");
    assert_eq!(exported.1, format!("platform-admin:{}", root.id));
    browser
        .get(server, &format!("{LOG}/export?format=x"))
        .with_status(404);
}

on_both!(following_the_log_is_no_use_of_the_session);
fn following_the_log_is_no_use_of_the_session(server: &Server) {
    let browser = root(server, "root").signed_in(server);
    let path = format!("{LOG}?follow=1");
    for _ in 0..4 {
        server.wait(4 * 60);
        browser.get(server, &path);
    }
    browser.get(server, LOG).with_status(303);
}
