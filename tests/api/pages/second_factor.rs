//! The second factor.

use diesel::prelude::*;
use lanyard::db::schema::operator_addresses;
use lanyard::db::{Conn, Result};
use serde_json::json;

use super::*;
use crate::support::on_both;

/// Gives the operator a second factor, and returns a browser that is asked for it.
fn after_the_password(server: &Server, scene: &Scene) -> (Browser, Page) {
    let totp = format!("/api/company/operators/{}/totp", scene.operator);
    scene.acme.post(&totp).send();
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    (browser, page)
}

on_both!(
    a_code_completes_the_sign_in_once,
    "oauth.issuer=http://localhost:8080"
);
fn a_code_completes_the_sign_in_once(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let totp = format!("/api/company/operators/{}/totp", scene.operator);
    let made = scene.acme.post(&totp).send();
    assert!([200, 201].contains(&made.status), "{made}");
    let codes = made.json()["recoveryCodes"].clone();
    let code = |number: usize| codes[number].as_str().unwrap().to_owned();

    let browser = Browser::new();
    let path = scene.authorize(&[]);
    let page = browser.open(server, &path);
    let first = browser.cookie();
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "second-factor");
    assert_ne!(browser.cookie(), first);
    // The password alone is no sign-in.
    assert!(!scene.is_signed_in(server, &browser));
    let second = browser.cookie();
    for fields in [
        &[("code", "000000"), ("do", "verify")][..],
        &[("do", "verify")][..],
    ] {
        let answer = browser.submit(server, &page, fields);
        assert_eq!(Page::of(answer.with_status(400)).name(), "second-factor");
    }
    let answer = browser.submit(server, &page, &[("code", &code(0)), ("do", "verify")]);
    let granted = value(&returned(&answer, CALLBACK), "code");
    assert_ne!(browser.cookie(), second);
    let tokens = scene.redeem(&granted, &[]).with_status(200).json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["amr"], json!(["pwd", "otp"]));
    assert!(scene.is_signed_in(server, &browser));
    let waiting = Browser::with_cookie(second);
    assert!(!scene.is_signed_in(server, &waiting));

    // A code works once, and Cancel goes back.
    let other = Browser::new();
    let page = other.open(server, &path);
    let answer = other.sign_in(server, &page, PASSWORD);
    let page = other.follow(server, &answer);
    let used = other.submit(server, &page, &[("code", &code(0)), ("do", "verify")]);
    used.with_status(400);
    let answer = other.submit(server, &page, &[("do", "cancel")]);
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "access_denied"
    );
}

on_both!(
    after_many_guesses_the_browser_must_wait,
    "oauth.issuer=http://localhost:8080"
);
fn after_many_guesses_the_browser_must_wait(server: &Server) {
    let scene = Scene::new(server);
    let (browser, page) = after_the_password(server, &scene);
    let answers: Vec<_> = (0..30)
        .map(|guess| {
            let guess = format!("{guess:06}");
            let fields = [("code", guess.as_str()), ("do", "verify")];
            browser.submit(server, &page, &fields)
        })
        .collect();
    let throttled = answers.iter().find(|answer| answer.status == 429).unwrap();
    assert!(throttled.header("retry-after").is_some());
    let shown = Page::of(throttled);
    check_page(&shown);
    assert_eq!(shown.name(), "second-factor");
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
    assert!(!statuses.contains(&303), "{statuses:?}");
}

on_both!(
    a_wrong_code_is_in_the_audit_log,
    "oauth.issuer=http://localhost:8080"
);
fn a_wrong_code_is_in_the_audit_log(server: &Server) {
    let scene = Scene::new(server);
    let (browser, page) = after_the_password(server, &scene);
    let wrong = [("code", "000000"), ("do", "verify")];
    browser.submit(server, &page, &wrong).with_status(400);
    let app = &server.app;
    lanyard::login::job::record_failed_logins(&app.db, &app.logins.failed, true).unwrap();
    let audit = "/api/company/audit?action=operator.sign_in_failed";
    assert_eq!(scene.acme.get(audit).send().items().len(), 1);
}

on_both!(
    a_password_without_its_code_makes_no_address_known,
    "oauth.issuer=http://localhost:8080"
);
fn a_password_without_its_code_makes_no_address_known(server: &Server) {
    let known = || {
        let count = |conn: &mut Conn| -> Result<i64> {
            Ok(operator_addresses::table.count().get_result(conn)?)
        };
        server.app.db.read_blocking(count).unwrap()
    };
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let totp = format!("/api/company/operators/{}/totp", scene.operator);
    let made = scene.acme.post(&totp).send().json();
    let code = made["recoveryCodes"][0].as_str().unwrap();
    // Guides' door and the password grant refuse an operator with a second factor.
    let login = json!({"username": "acme/lan", "password": PASSWORD});
    let refused = server.post("/auth/login").json(&login).send();
    assert!(refused.status >= 400, "{refused}");

    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    let wrong = [("code", "000000"), ("do", "verify")];
    browser.submit(server, &page, &wrong).with_status(400);
    assert_eq!(known(), 0);
    let right = [("code", code), ("do", "verify")];
    browser.submit(server, &page, &right).with_status(303);
    assert_eq!(known(), 1);
}
