//! Answers of the pages: their headers, the words of errors, and what settings change.

use serde_json::json;

use super::*;
use crate::support::on_both;

on_both!(
    every_page_has_the_headers_also_those_without_a_form,
    "oauth.issuer=http://localhost:8080",
    "login.per_address_burst=2"
);
fn every_page_has_the_headers_also_those_without_a_form(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let forged = [("csrf", "x"), ("do", "allow")];
    let page = browser.open(server, "/oauth/logout");
    let answer = browser.submit(server, &page, &[("do", "sign-out")]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let done = answer.with_status(303).header("location").unwrap();
    let mut begun = (0..40).map(|_| browser.get(server, &scene.authorize(&[])));
    let throttled = begun.find(|answer| answer.status != 303).unwrap();
    for (status, answer) in [
        (400, browser.get(server, "/oauth/authorize")),
        (400, browser.get(server, "/oauth/login")),
        (
            400,
            browser.get(server, &format!("/oauth/end-session?client_id={CALLBACK}")),
        ),
        (403, browser.post(server, "/oauth/consent", &forged)),
        (403, browser.post(server, "/oauth/device", &forged)),
        (200, browser.get(server, done)),
        (200, browser.get(server, "/oauth/device?done=allowed")),
        (429, throttled),
    ] {
        check_headers(answer.with_status(status));
        assert!(!answer.text().contains("<form"), "{answer}");
    }
}

on_both!(
    what_an_error_says_to_a_client_is_in_ascii_whatever_the_language,
    "oauth.issuer=http://localhost:8080"
);
fn what_an_error_says_to_a_client_is_in_ascii_whatever_the_language(server: &Server) {
    let scene = Scene::new(server);
    let described = |more: &[(&str, &str)]| {
        let answer = Browser::new().get(server, &scene.authorize(more));
        value(&returned(&answer, CALLBACK), "error_description")
    };
    let (scope, none) = (("scope", "nothing \"\\ là"), ("prompt", "none"));
    for fault in [scope, none] {
        let said = described(&[fault]);
        let fits = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        assert!(!said.is_empty() && said.bytes().all(fits), "{said}");
        for language in ["vi", "zh-CN"] {
            assert_eq!(described(&[fault, ("ui_locales", language)]), said);
        }
    }
    // Cancel as well, which comes from a page in that language.
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[("ui_locales", "vi")]));
    let answer = browser.submit(server, &page, &[("do", "cancel")]);
    assert!(value(&returned(&answer, CALLBACK), "error_description").is_ascii());
}

on_both!(
    pages_are_in_the_language_of_the_browser,
    "oauth.issuer=http://localhost:8080"
);
fn pages_are_in_the_language_of_the_browser(server: &Server) {
    for (accepted, shown) in [
        ("vi;q=0.9, en;q=0.5", "vi"),
        ("zh-HK", "zh-CN"),
        ("de, fr;q=0.1", "en"),
        ("", "en"),
    ] {
        let call = server
            .get("/oauth/device")
            .header("accept-language", accepted);
        let page = call.send();
        let html = format!("<html lang=\"{shown}\"");
        assert!(page.with_status(200).text().contains(&html), "{accepted}");
    }
}

on_both!(
    a_setting_says_how_long_a_code_is_valid,
    "oauth.issuer=http://localhost:8080",
    "oauth.code_lifetime=90s"
);
fn a_setting_says_how_long_a_code_is_valid(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    for (wait, status) in [(89, 200), (90, 400)] {
        let answer = browser.get(server, &scene.authorize(&[]));
        let code = value(&returned(&answer, CALLBACK), "code");
        server.wait(wait);
        scene.redeem(&code, &[]).with_status(status);
    }
}

on_both!(
    a_code_goes_to_the_same_site_where_the_client_is_registered_so,
    "oauth.issuer=http://localhost:8080"
);
fn a_code_goes_to_the_same_site_where_the_client_is_registered_so(server: &Server) {
    let members = json!({"redirectMatch": "same-site", "consent": "skip"});
    let scene = Scene::with(server, &members);
    let browser = scene.signed_in();
    let elsewhere = "https://shop.example.com/back?a=b";
    let to = [("redirect_uri", elsewhere)];
    let answer = browser.get(server, &scene.authorize(&to));
    let code = value(&returned(&answer, elsewhere), "code");
    // Redeemed with the same one.
    let refused = scene.redeem(&code, &[("redirect_uri", CALLBACK)]);
    assert_eq!(refused.with_status(400).json()["error"], "invalid_grant");
    let answer = browser.get(server, &scene.authorize(&to));
    let code = value(&returned(&answer, elsewhere), "code");
    scene.redeem(&code, &to).with_status(200);
    for other in [
        "https://example.com.evil.example/",
        "https://evilexample.com/cb",
        "http://app.example.com/cb",
        "https://app.example.com:8443/cb",
    ] {
        let answer = browser.get(server, &scene.authorize(&[("redirect_uri", other)]));
        assert_eq!(answer.with_status(400).header("location"), None, "{other}");
    }
    // It must be named.
    let unnamed = browser.get(server, &scene.authorize(&[("redirect_uri", "")]));
    assert_eq!(unnamed.with_status(400).header("location"), None);
}

on_both!(
    pages_and_password_grant_have_one_count_of_attempts,
    "oauth.issuer=http://localhost:8080"
);
fn pages_and_password_grant_have_one_count_of_attempts(server: &Server) {
    let scene = Scene::with(
        server,
        &json!({"grants": ["authorization_code", "password"]}),
    );
    let by_password = |name: &str, password: &str| {
        let sent = [
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
        ];
        scene.redeem("", &sent).status
    };
    assert_eq!(by_password("lan", PASSWORD), 200);
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let guess = || browser.sign_in(server, &page, "guess").status;
    let guesses: Vec<_> = (0..40).map(|_| guess()).collect();
    assert!(guesses.contains(&429), "{guesses:?}");
    // By name, however it is typed, and by email.
    for name in ["lan", "LAN", "lan@acme.example"] {
        assert_eq!(by_password(name, PASSWORD), 429, "{name}");
    }
}
