//! `prompt`, `max_age`, the hints, and how pages look.

use super::*;
use crate::support::on_both;

on_both!(
    prompt_and_max_age_ask_anew,
    "oauth.issuer=http://localhost:8080"
);
fn prompt_and_max_age_ask_anew(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    assert!(scene.is_signed_in(server, &browser));
    let answer = browser.get(
        server,
        &scene.authorize(&[("prompt", "none"), ("scope", "openid email")]),
    );
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "consent_required"
    );
    server.wait(120);
    for more in [("prompt", "login"), ("max_age", "60")] {
        let page = browser.open(server, &scene.authorize(&[more]));
        let answer = browser.sign_in(server, &page, PASSWORD);
        let code = value(&returned(&answer, CALLBACK), "code");
        let tokens = scene.redeem(&code, &[]).with_status(200).json();
        let id_token = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id_token["auth_time"], server.app.clock.now().as_seconds());
        server.wait(120);
    }
    let answer = browser.get(server, &scene.authorize(&[("max_age", "121")]));
    value(&returned(&answer, CALLBACK), "code");
    let answer = browser.get(
        server,
        &scene.authorize(&[("max_age", "60"), ("prompt", "none")]),
    );
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "login_required"
    );
}

on_both!(
    an_id_token_says_who_must_be_signed_in,
    "oauth.issuer=http://localhost:8080"
);
fn an_id_token_says_who_must_be_signed_in(server: &Server) {
    let scene = Scene::new(server);
    operator(&scene.acme, "Minh", "minh");
    let browser = scene.signed_in();
    let answer = browser.get(server, &scene.authorize(&[]));
    let code = value(&returned(&answer, CALLBACK), "code");
    let tokens = scene.redeem(&code, &[]).with_status(200).json();
    let hint = tokens["id_token"].as_str().unwrap();
    let path = scene.authorize(&[("id_token_hint", hint)]);
    value(&returned(&browser.get(server, &path), CALLBACK), "code");

    let other = Browser::new();
    let page = other.open(server, &scene.authorize(&[]));
    let fields = [
        ("username", "minh@acme.example"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    other.submit(server, &page, &fields).with_status(303);
    let answer = other.get(server, &path);
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "login_required"
    );
    let access = tokens["access_token"].as_str().unwrap();
    let answer = browser.get(server, &scene.authorize(&[("id_token_hint", access)]));
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "invalid_request"
    );
}

on_both!(
    a_client_of_another_organization_asks_to_sign_in,
    "oauth.issuer=http://localhost:8080"
);
fn a_client_of_another_organization_asks_to_sign_in(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let other = server.organization("other");
    let client = other.client(
        &serde_json::json!({"name": "Other", "redirectUris": [CALLBACK],
        "scopes": ["openid", "profile"]}),
    );
    let client = client["id"].as_str().unwrap();
    let path = scene.authorize(&[("client_id", client)]);
    let page = browser.open(server, &path);
    // Its operators are others.
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = Page::of(answer.with_status(400));
    assert_eq!(page.name(), "sign-in");
    operator(&other, "Lan", "lan");
    let answer = browser.sign_in(server, &page, PASSWORD);
    assert_eq!(browser.follow(server, &answer).name(), "consent");
    // The session is that of the other operator now.
    assert!(!scene.is_signed_in(server, &browser));
}

on_both!(
    the_look_goes_through_all_pages,
    "oauth.issuer=http://localhost:8080"
);
fn the_look_goes_through_all_pages(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let looks = [
        ("view", "wap"),
        ("ui_locales", "de vi"),
        ("login_hint", "lan@acme.example\"<"),
    ];
    let shown = |page: &Page| {
        let text = page.answer.text();
        assert!(text.contains("<html lang=\"vi\""), "{text}");
        assert!(text.contains("data-view=\"wap\""), "{text}");
    };
    let page = browser.open(server, &scene.authorize(&looks));
    shown(&page);
    let text = page.answer.text();
    assert!(
        text.contains("value=\"lan@acme.example&#34;&#60;\""),
        "{text}"
    );
    let answer = browser.sign_in(server, &page, "wrong");
    shown(&Page::of(answer.with_status(400)));
    let answer = browser.sign_in(server, &page, PASSWORD);
    shown(&browser.follow(server, &answer));

    let page = browser.open(server, &(scene.authorize(&[]) + "&lang=zh-TW"));
    assert!(page.answer.text().contains("<html lang=\"zh-CN\""));
    let unknown = scene.authorize(&[("view", "desktop")]);
    let page = browser.open(server, &unknown);
    assert!(page.answer.text().contains("data-view=\"web\""));
}

on_both!(
    an_error_has_the_look_that_its_request_asks_for,
    "oauth.issuer=http://localhost:8080"
);
fn an_error_has_the_look_that_its_request_asks_for(server: &Server) {
    let scene = Scene::new(server);
    let looks = [
        ("client_id", "nobody"),
        ("ui_locales", "vi"),
        ("view", "wap"),
    ];
    for path in [
        scene.authorize(&looks),
        format!("/oauth/end-session?{}", form(&looks)),
    ] {
        let answer = Browser::new().get(server, &path);
        let text = answer.with_status(400).text();
        assert!(text.contains("<html lang=\"vi\""), "{path}: {text}");
        assert!(text.contains("data-view=\"wap\""), "{path}: {text}");
    }
}
