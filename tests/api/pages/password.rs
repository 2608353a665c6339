//! The page where an operator changes its password.

use super::*;
use crate::support::on_both;

const NEW: &str = "battery staple";

on_both!(
    a_password_is_changed_before_the_request_goes_on,
    "oauth.issuer=http://localhost:8080"
);
fn a_password_is_changed_before_the_request_goes_on(server: &Server) {
    let scene = Scene::new(server);
    let elsewhere = scene.signed_in();
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[("scope", "email")]));
    let link = format!("/oauth/password?request={}", page.hidden("request"));
    // Without a session sign-in comes first.
    let page = browser.open(server, &link);
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "new-password");
    let long = "x".repeat(73);
    for (current, new) in [
        ("wrong", NEW),
        ("", NEW),
        (PASSWORD, ""),
        (PASSWORD, long.as_str()),
    ] {
        let fields = [("current", current), ("new", new), ("do", "change")];
        let answer = browser.submit(server, &page, &fields);
        let again = Page::of(answer.with_status(400));
        assert_eq!(again.name(), "new-password");
        assert!(!again.answer.text().contains(NEW));
    }
    assert!(scene.is_signed_in(server, &elsewhere));
    let fields = [("current", PASSWORD), ("new", NEW), ("do", "change")];
    let answer = browser.submit(server, &page, &fields);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "consent");
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    value(&returned(&answer, CALLBACK), "code");
    // The other sessions have ended, and this one has not.
    assert!(scene.is_signed_in(server, &browser));
    assert!(!scene.is_signed_in(server, &elsewhere));
    let page = elsewhere.open(server, &scene.authorize(&[]));
    elsewhere.sign_in(server, &page, PASSWORD).with_status(400);
    elsewhere.sign_in(server, &page, NEW).with_status(303);
}

on_both!(
    cancel_goes_back_to_the_request,
    "oauth.issuer=http://localhost:8080"
);
fn cancel_goes_back_to_the_request(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let link = format!("/oauth/password?request={}", page.hidden("request"));
    let page = browser.open(server, &link);
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    let answer = browser.submit(server, &page, &[("do", "cancel")]);
    assert_eq!(browser.follow(server, &answer).name(), "consent");
}

on_both!(
    an_operator_who_is_signed_in_needs_no_request,
    "oauth.issuer=http://localhost:8080"
);
fn an_operator_who_is_signed_in_needs_no_request(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    for (fields, done) in [
        (&[("do", "cancel")][..], "kept"),
        (
            &[("current", PASSWORD), ("new", NEW), ("do", "change")][..],
            "changed",
        ),
    ] {
        let page = browser.open(server, "/oauth/password");
        assert!(page.answer.text().contains("value=\"lan\""));
        let answer = browser.submit(server, &page, fields);
        let location = answer.with_status(303).header("location").unwrap();
        assert_eq!(location, format!("/oauth/password?done={done}"));
        let shown = browser.get(server, location);
        let shown = shown.with_status(200).text();
        assert!(shown.contains("data-page=\"done\"") && !shown.contains("<form"));
    }
    let forged = [
        ("csrf", "x"),
        ("current", NEW),
        ("new", PASSWORD),
        ("do", "change"),
    ];
    let answer = browser.post(server, "/oauth/password", &forged);
    answer.with_status(403);
}

on_both!(
    after_many_guesses_at_the_present_password_the_browser_must_wait,
    "oauth.issuer=http://localhost:8080"
);
fn after_many_guesses_at_the_present_password_the_browser_must_wait(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let page = browser.open(server, "/oauth/password");
    let fields = [("current", "guess"), ("new", NEW), ("do", "change")];
    let mut answers = (0..40).map(|_| browser.submit(server, &page, &fields));
    let throttled = answers.find(|answer| answer.status != 400).unwrap();
    assert!(throttled.with_status(429).header("retry-after").is_some());
    let shown = Page::of(&throttled);
    check_page(&shown);
    assert_eq!(shown.name(), "new-password");
    assert!(!throttled.text().contains("guess"));
    // The right one has to wait as well.
    let right = [("current", PASSWORD), ("new", NEW), ("do", "change")];
    browser.submit(server, &page, &right).with_status(429);
}

on_both!(
    the_other_browser_is_signed_out_and_the_audit_log_says_so,
    "oauth.issuer=http://localhost:8080"
);
fn the_other_browser_is_signed_out_and_the_audit_log_says_so(server: &Server) {
    let scene = Scene::new(server);
    let (browser, other) = (scene.signed_in(), scene.signed_in());
    let page = browser.open(server, "/oauth/password");
    let fields = [("current", PASSWORD), ("new", NEW), ("do", "change")];
    browser.submit(server, &page, &fields).with_status(303);
    assert!(scene.is_signed_in(server, &browser));
    assert!(!scene.is_signed_in(server, &other));
    let path = "/api/company/audit?action=session.ended";
    let ended = scene.acme.get(path).send().items();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["actor"], format!("operator:{}", scene.operator));
}
