//! Forms that must do nothing: forged, of another browser, too late, wrong.

use super::*;
use crate::support::on_both;

on_both!(
    a_form_belongs_to_the_browser_that_was_shown_it,
    "oauth.issuer=http://localhost:8080"
);
fn a_form_belongs_to_the_browser_that_was_shown_it(server: &Server) {
    let scene = Scene::new(server);
    let (browser, other) = (Browser::new(), Browser::new());
    let page = browser.open(server, &scene.authorize(&[]));
    let others = other.open(server, &scene.authorize(&[]));
    let (csrf, request) = (page.hidden("csrf"), page.hidden("request"));
    let rest = [
        ("username", "lan"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    let path = "/oauth/login";
    let refused = |answer: &Answer| {
        answer.with_status(403);
        assert!(answer.text().contains("data-page=\"error\""));
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("location"), None);
    };
    let send = |browser: &Browser, csrf: &str, request: &str| {
        let fields = [&[("csrf", csrf), ("request", request)][..], &rest[..]].concat();
        browser.post(server, path, &fields)
    };
    // Missing, wrong, another's.
    refused(&send(&browser, "", request));
    refused(&send(&browser, "x", request));
    refused(&send(&browser, others.hidden("csrf"), request));
    refused(&send(&browser, csrf, ""));
    refused(&send(&browser, csrf, "x"));
    refused(&send(&browser, csrf, others.hidden("request")));
    // Login CSRF: a form that an attacker filled in, in a browser that has another cookie or none.
    refused(&send(&other, csrf, request));
    refused(&send(&Browser::new(), csrf, request));
    for origin in ["null", "https://evil.example", "http://localhost:8081", ""] {
        let fields = [&[("csrf", csrf), ("request", request)][..], &rest[..]].concat();
        refused(&browser.post_from(server, path, &fields, Some(origin)));
    }
    // A page of somebody else's request is not shown either.
    let link = format!("{path}?request={}", others.hidden("request"));
    refused(&browser.get(server, &link));
    refused(&Browser::new().get(server, &link));
    // All that did nothing.
    let answer = send(&browser, csrf, request);
    assert_eq!(browser.follow(server, &answer).name(), "consent");
    let answer = other.sign_in(server, &others, PASSWORD);
    assert_eq!(other.follow(server, &answer).name(), "consent");
}

on_both!(
    a_browser_that_sends_no_origin_is_judged_by_its_form,
    "oauth.issuer=http://localhost:8080"
);
fn a_browser_that_sends_no_origin_is_judged_by_its_form(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let fields = [
        ("csrf", page.hidden("csrf")),
        ("request", page.hidden("request")),
        ("username", "lan"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    let answer = browser.post_from(server, "/oauth/login", &fields, None);
    assert_eq!(browser.follow(server, &answer).name(), "consent");
}

on_both!(
    a_cookie_that_was_known_before_the_sign_in_is_worth_nothing,
    "oauth.issuer=http://localhost:8080"
);
fn a_cookie_that_was_known_before_the_sign_in_is_worth_nothing(server: &Server) {
    let scene = Scene::new(server);
    // Session fixation: the attacker plants a cookie and waits for the victim to sign in with it.
    let attacker = Browser::new();
    let page = attacker.open(server, &scene.authorize(&[]));
    let victim = Browser::with_cookie(attacker.cookie());
    let answer = victim.sign_in(server, &page, PASSWORD);
    let page = victim.follow(server, &answer);
    victim.submit(server, &page, &[("do", "allow")]);
    assert_ne!(victim.cookie(), attacker.cookie());
    assert!(scene.is_signed_in(server, &victim));
    assert!(!scene.is_signed_in(server, &attacker));
    // Nor is a value that the attacker made up.
    let made_up = Browser::with_cookie(Some(format!("lanyard_session={}", "A".repeat(43))));
    let page = made_up.open(server, &scene.authorize(&[]));
    made_up.sign_in(server, &page, PASSWORD).with_status(303);
    assert!(!made_up.cookie().unwrap().contains("AAAA"));
    // A cookie that has no row and was sent back is taken; one that cannot be ours is replaced.
    let odd = Browser::with_cookie(Some("lanyard_session=1".to_owned()));
    odd.get(server, &scene.authorize(&[]));
    assert_ne!(odd.cookie().as_deref(), Some("lanyard_session=1"));
}

on_both!(
    pages_say_what_was_wrong,
    "oauth.issuer=http://localhost:8080"
);
fn pages_say_what_was_wrong(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let wrong = browser.sign_in(server, &page, "wrong");
    let again = Page::of(wrong.with_status(400));
    check_page(&again);
    let text = again.answer.text();
    assert!(
        text.contains("value=\"lan\"") && !text.contains("wrong\""),
        "{text}"
    );
    let unknown = [
        ("username", "nobody"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    let unknown = browser.submit(server, &page, &unknown);
    let same = unknown
        .with_status(400)
        .text()
        .replace("value=\"nobody\"", "value=\"lan\"");
    assert_eq!(same, text, "unknown and wrong look alike");
    for fields in [
        &[("do", "sign-in")][..],
        &[("username", "lan"), ("do", "sign-in")][..],
        &[("password", PASSWORD), ("do", "sign-in")][..],
        &[("do", "anything")][..],
        &[][..],
    ] {
        browser.submit(server, &page, fields).with_status(400);
    }
    let csrf = [("csrf", page.hidden("csrf")), ("csrf", page.hidden("csrf"))];
    browser.post(server, "/oauth/login", &csrf).with_status(400);
    let json = server
        .post("/oauth/login")
        .json(&serde_json::json!({}))
        .send();
    json.with_status(415);
    assert!(json.text().contains("data-page=\"error\""));
}

on_both!(
    a_page_without_a_request_is_400,
    "oauth.issuer=http://localhost:8080"
);
fn a_page_without_a_request_is_400(server: &Server) {
    let browser = Browser::new();
    for path in [
        "/oauth/login",
        "/oauth/second-factor",
        "/oauth/consent",
        "/oauth/password",
    ] {
        let answer = browser.get(server, path);
        answer.with_status(400);
        assert!(answer.text().contains("data-page=\"error\""), "{path}");
    }
}

on_both!(
    a_request_ends_after_ten_minutes,
    "oauth.issuer=http://localhost:8080"
);
fn a_request_ends_after_ten_minutes(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    server.wait(599);
    browser.sign_in(server, &page, "wrong").with_status(400);
    server.wait(1);
    let answer = browser.sign_in(server, &page, PASSWORD);
    answer.with_status(400);
    assert_eq!(answer.header("set-cookie"), None);
    assert!(answer.text().contains("data-page=\"error\""));
}

on_both!(
    after_many_attempts_the_browser_must_wait,
    "oauth.issuer=http://localhost:8080"
);
fn after_many_attempts_the_browser_must_wait(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let answers: Vec<_> = (0..30)
        .map(|_| browser.sign_in(server, &page, "wrong"))
        .collect();
    let throttled = answers.iter().find(|answer| answer.status == 429);
    let throttled = throttled.expect("a wait");
    assert!(throttled.header("retry-after").is_some());
    let shown = Page::of(throttled);
    assert_eq!(shown.name(), "sign-in");
    check_page(&shown);
}

on_both!(
    a_client_that_is_gone_gets_nothing,
    "oauth.issuer=http://localhost:8080"
);
fn a_client_that_is_gone_gets_nothing(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let page = browser.open(server, &scene.authorize(&[("prompt", "consent")]));
    let path = format!("/api/company/clients/{}", scene.client);
    scene.acme.delete(&path).send().with_status(204);
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    assert_eq!(answer.with_status(400).header("location"), None);
    let answer = browser.get(server, &scene.authorize(&[]));
    assert_eq!(answer.with_status(400).header("location"), None);
}

on_both!(
    of_two_answers_at_once_one_gets_a_code,
    "oauth.issuer=http://localhost:8080"
);
fn of_two_answers_at_once_one_gets_a_code(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    for _ in 0..4 {
        let page = browser.open(server, &scene.authorize(&[("prompt", "consent")]));
        let cookie = browser.cookie();
        let fields = [
            ("csrf", page.hidden("csrf")),
            ("request", page.hidden("request")),
            ("do", "allow"),
        ];
        let statuses = std::thread::scope(|scope| {
            let tabs = [(); 3].map(|()| {
                let (cookie, fields) = (cookie.clone(), &fields);
                scope.spawn(move || {
                    let tab = Browser::with_cookie(cookie);
                    tab.post(server, "/oauth/consent", fields).status
                })
            });
            tabs.map(|tab| tab.join().unwrap())
        });
        let codes = statuses.iter().filter(|status| **status == 303).count();
        assert_eq!(codes, 1, "{statuses:?}");
        let refused = |status: &u16| [303, 400, 403].contains(status);
        assert!(statuses.iter().all(refused), "{statuses:?}");
    }
}
