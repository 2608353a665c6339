//! The secrets of an OAuth client: a second one is added, and the older one is dropped.

use super::clients::{add, token};
use super::*;
use crate::support::on_both;

on_both!(a_second_secret_is_added_and_the_older_one_is_dropped);
fn a_second_secret_is_added_and_the_older_one_is_dropped(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let (id, first) = add(server, &browser, acme.operator("Lan"));
    let path = format!("/console/oauth-clients/{id}/secrets");
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("drop"));
    let form = page.form("add");
    let refused = browser.send(server, &form, &[("grace", "5"), ("do", "add")]);
    refused.with_status(422);
    let answer = browser.send(server, &form, &[("grace", "604800"), ("do", "add")]);
    answer.with_status(200);
    let second = Page { answer }.text_of("secret");
    let works = |secret: &str| token(server, &id, secret).status == 200;
    assert!(works(&first) && works(&second));
    let again = browser.send(server, &form, &[("grace", "604800"), ("do", "add")]);
    let record = browser.follow(server, &again);
    assert!(record.text_of("done").contains("was shown then"));
    assert!(works(&first));
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(page.text_of("effect").contains("Its last use"));
    // Dropping asks for no proof.
    server.wait(16 * 60);
    let answer = browser.send(server, &page.form("drop"), &[("do", "drop")]);
    let done = browser.follow(server, &answer);
    assert!(done.tag("receipt").is_some());
    assert!(!works(&first) && works(&second));
    let answer = browser.send(server, &page.form("add"), &[("grace", "0"), ("do", "add")]);
    answer.with_status(403);
    // The API does the same.
    acme.post(&format!("/api/company/clients/{id}/rotate-secret"))
        .send()
        .with_status(200);
    let dropped = acme.post(&format!("/api/company/clients/{id}/drop-secret"));
    let dropped = dropped.send();
    dropped.with_status(204);
    assert!(dropped.header("revocation-sequence").is_some());
    assert!(!works(&second));
}

on_both!(a_page_from_before_a_rotation_changes_no_secret);
fn a_page_from_before_a_rotation_changes_no_secret(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let (id, _) = add(server, &browser, acme.operator("Lan"));
    let path = format!("/console/oauth-clients/{id}/secrets");
    let works = |secret: &str| token(server, &id, secret).status == 200;
    let rotate = || {
        let answer = acme
            .post(&format!("/api/company/clients/{id}/rotate-secret"))
            .send();
        answer.with_status(200);
        answer.json()["secret"].as_str().unwrap().to_owned()
    };
    let second = rotate();
    let page = browser.open(server, &path);
    let third = rotate();
    // The second secret is the older one now.
    for (form, fields) in [
        ("drop", vec![("do", "drop")]),
        ("add", vec![("grace", "0"), ("do", "add")]),
    ] {
        let answer = browser.send(server, &page.form(form), &fields);
        answer.with_status(409);
        assert!(works(&second) && works(&third), "{form}");
    }
    // A use of a secret is no change of it.
    let page = browser.open(server, &path);
    assert!(works(&second));
    let answer = browser.send(server, &page.form("drop"), &[("do", "drop")]);
    browser.follow(server, &answer);
    assert!(!works(&second) && works(&third));
}
