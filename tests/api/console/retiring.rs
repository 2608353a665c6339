//! Company tokens that were rotated: which of them can go.

use super::rotation::{issue, secret, works};
use super::tokens::jti;
use super::*;
use crate::support::on_both;

on_both!(a_token_that_nothing_uses_any_more_is_safe_to_retire);
fn a_token_that_nothing_uses_any_more_is_safe_to_retire(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let old = issue(server, &browser, "Till");
    let derive = |company: &str| {
        let body = json!({"id": lan});
        let call = server.post("/api/operator/get-token").bearer(company);
        call.json(&body).send().string()
    };
    let derived = derive(&old);
    let retire = format!("/console/rotation/{}/retire", jti(&old));
    let page = browser.open(server, &retire);
    check_page(&page);
    assert!(page.html().contains("It has no successor."));
    let rotate = format!("/console/rotation/{}/rotate", jti(&old));
    let fields = [("overlap", "policy"), ("do", "rotate")];
    server.wait(10);
    let new = secret(browser.submit(server, &rotate, "rotate", &fields));
    let said = |text: &str| {
        for path in [&retire, &format!("/console/tokens/{}", jti(&old))] {
            let page = browser.open(server, path);
            check_page(&page);
            assert!(page.html().contains(text), "{text}: {}", page.html());
        }
    };
    let flag = || {
        let line = acme.get(&format!("/api/company/tokens/{}", jti(&old)));
        line.send().json()["safeToRetire"].clone()
    };
    said("Its successor was not used yet.");
    assert_eq!(flag(), false);
    // A program goes over to the successor some time after the rotation.
    server.wait(10);
    assert!(works(server, &old));
    said("A program still uses it");
    server.wait(10);
    assert!(works(server, &new));
    said("It can be retired:");
    assert_eq!(flag(), true);
    // So it is after the uses were written, and on another node.
    lanyard::ledger::job::write_uses(&server.app.db, &server.app.tokens.uses).unwrap();
    assert_eq!(flag(), true);
    server.wait(10);
    assert!(works(server, &new));
    lanyard::ledger::job::write_uses(&server.app.db, &server.app.tokens.uses).unwrap();
    assert_eq!(flag(), true);
    let list = browser.open(server, "/console/rotation");
    check_page(&list);
    assert!(list.html().contains("safe to retire"));

    let page = browser.open(server, &retire);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "1");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "retire")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("receipt").contains("Till has ended."));
    assert!(!works(server, &old) && works(server, &new));
    assert_eq!(acme.judge(&derived), "valid", "its tokens live on");
    assert_eq!(audit(&acme, 1)[0].0, "company_token.retired");
    let other = server.another(&[]);
    assert!(!works(&other, &old));
    assert!(!browser.open(server, &retire).has_form("confirm"));
    // What still derives from it can be revoked.
    let revoke = format!("/console/rotation/{}/revoke", jti(&old));
    let page = browser.open(server, &revoke);
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "2");
    assert!(page.html().contains(&jti(&new)), "the successor is named");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.tag("receipt").is_some());
    assert_eq!(acme.judge(&derived), "Token revoked");
    assert!(works(server, &new), "a successor is not derived");
}

on_both!(a_token_that_was_used_after_its_successor_is_still_needed);
fn a_token_that_was_used_after_its_successor_is_still_needed(server: &Server) {
    let acme = server.organization("acme");
    let successor = server.post("/api/company/rotate-token").bearer(&acme.token);
    let successor = successor.send().with_status(200).string();
    for token in [&successor, &acme.token, &successor] {
        server.wait(10);
        assert!(works(server, token));
        lanyard::ledger::job::write_uses(&server.app.db, &server.app.tokens.uses).unwrap();
    }
    let line = server
        .get(&format!("/api/company/tokens/{}", jti(&acme.token)))
        .bearer(&successor)
        .send();
    assert_eq!(line.json()["safeToRetire"], false);
}
