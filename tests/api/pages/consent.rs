//! What a person is asked to allow, and when.

use super::*;
use crate::support::on_both;

on_both!(
    consent_is_asked_for_once_and_for_what_is_new,
    "oauth.issuer=http://localhost:8080"
);
fn consent_is_asked_for_once_and_for_what_is_new(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let code = |more: &[(&str, &str)]| {
        let answer = browser.get(server, &scene.authorize(more));
        value(&returned(&answer, CALLBACK), "code")
    };
    code(&[]);
    code(&[("scope", "profile")]);
    for more in [
        &[("scope", "openid email")][..],
        &[("prompt", "consent")][..],
    ] {
        let page = browser.open(server, &scene.authorize(more));
        assert_eq!(page.name(), "consent");
        let answer = browser.submit(server, &page, &[("do", "allow")]);
        value(&returned(&answer, CALLBACK), "code");
    }
    code(&[("scope", "openid email profile")]);
}

on_both!(
    a_client_of_ours_is_not_asked_for,
    "oauth.issuer=http://localhost:8080"
);
fn a_client_of_ours_is_not_asked_for(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&[]));
    let answer = browser.sign_in(server, &page, PASSWORD);
    value(&returned(&answer, CALLBACK), "code");
}

on_both!(
    an_app_on_this_machine_is_asked_for_every_time,
    "oauth.issuer=http://localhost:8080"
);
fn an_app_on_this_machine_is_asked_for_every_time(server: &Server) {
    let members = json!({"authMethod": "none", "consent": "skip",
        "redirectUris": ["http://127.0.0.1/cb"]});
    let scene = Scene::with(server, &members);
    let callback = "http://127.0.0.1:51004/cb";
    let path = scene.authorize(&[
        ("redirect_uri", callback),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let browser = Browser::new();
    let page = browser.open(server, &path);
    let mut answer = browser.sign_in(server, &page, PASSWORD);
    for _ in 0..2 {
        let page = browser.follow(server, &answer);
        assert_eq!(page.name(), "consent");
        let allowed = browser.submit(server, &page, &[("do", "allow")]);
        value(&returned(&allowed, callback), "code");
        answer = browser.get(server, &path);
    }
    let other = scene.authorize(&[("redirect_uri", "http://localhost:51004/cb")]);
    let answer = browser.get(server, &other);
    assert_eq!(answer.with_status(400).header("location"), None);
}

on_both!(
    what_the_consent_page_did_not_show_is_not_allowed,
    "oauth.issuer=http://localhost:8080"
);
fn what_the_consent_page_did_not_show_is_not_allowed(server: &Server) {
    let scene = Scene::with(server, &json!({"scopes": ["profile"]}));
    let browser = Browser::new();
    // The request names no scope: it asks for whatever the client may have.
    let page = browser.open(server, &scene.authorize(&[("scope", "")]));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    assert!(!page.answer.text().contains("email"));
    let client = format!("/api/company/clients/{}", scene.client);
    scene
        .acme
        .patch(&client)
        .json(&json!({"scopes": ["profile", "email"]}))
        .send()
        .with_status(200);
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "consent", "it is shown what has been added");
    assert!(page.answer.text().contains("email"));
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    value(&returned(&answer, CALLBACK), "code");
}
