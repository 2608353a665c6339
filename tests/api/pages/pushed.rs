//! A browser with a pushed request (RFC 9126): what counts, how long it lives, and that it is answered
//! once.

use std::net::TcpListener;

use serde_json::json;

use super::browser::ISSUER;
use super::*;
use crate::oauth::at_once;
use crate::support::on_both;

const OURS: &str = "urn:ietf:params:oauth:request_uri:";

/// Pushes a request of the scene's client, with these parameters more. Returns its `request_uri`.
fn push(scene: &Scene<'_>, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", scene.client.as_str()),
        ("client_secret", scene.secret.as_str()),
        ("redirect_uri", CALLBACK),
        ("state", "s t/a?te&"),
        ("scope", "openid profile"),
    ];
    fields.retain(|(_, value)| !value.is_empty());
    fields.extend(more);
    let answer = scene
        .server
        .post("/oauth/par")
        .body("application/x-www-form-urlencoded", form(&fields))
        .send();
    let body = answer.with_status(201).json();
    body["request_uri"].as_str().unwrap().to_owned()
}

/// Returns the path with which a browser opens a request, and these parameters beside it.
fn open(client: &str, uri: &str, beside: &[(&str, &str)]) -> String {
    let mut fields = vec![("client_id", client), ("request_uri", uri)];
    fields.extend(beside);
    format!("/oauth/authorize?{}", form(&fields))
}

/// Checks that an answer is a page of status 400, without a redirect.
fn refused(answer: &Answer) {
    assert_eq!(answer.with_status(400).header("location"), None);
    assert!(answer.text().contains("data-page=\"error\""));
}

on_both!(a_pushed_request_leads_to_tokens);
fn a_pushed_request_leads_to_tokens(server: &Server) {
    let scene = Scene::with(server, &json!({"requirePar": true}));
    let pkce = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n-1"),
    ];
    let uri = push(&scene, &pkce);
    let browser = Browser::new();
    // Only `client_id` counts beside it.
    let beside = [
        ("redirect_uri", "https://evil.example/cb"),
        ("state", "other"),
        ("state", "twice"),
        ("scope", "email nothing"),
        ("prompt", "none"),
        ("request", "x.y.z"),
        ("view", "wap"),
    ];
    let path = open(&scene.client, &uri, &beside);
    let page = browser.open(server, &path);
    assert!(page.answer.text().contains("data-view=\"web\""));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "consent");
    assert!(!page.answer.text().contains("email"));
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    let parameters = returned(&answer, CALLBACK);
    assert_eq!(value(&parameters, "state"), "s t/a?te&");
    assert_eq!(value(&parameters, "iss"), ISSUER);
    let code = value(&parameters, "code");
    let tokens = scene.redeem(&code, &[("code_verifier", VERIFIER)]);
    let tokens = tokens.with_status(200).json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], "n-1");

    // It was answered, for this browser and for every other.
    refused(&browser.get(server, &path));
    refused(&Browser::new().get(server, &path));
}

on_both!(a_client_that_must_push_is_refused_without);
fn a_client_that_must_push_is_refused_without(server: &Server) {
    let scene = Scene::with(server, &json!({"requirePar": true}));
    let answer = Browser::new().get(server, &scene.authorize(&[]));
    let parameters = returned(&answer, CALLBACK);
    assert_eq!(value(&parameters, "error"), "invalid_request");
    assert_eq!(value(&parameters, "state"), "s t/a?te&");
}

on_both!(a_request_uri_that_is_not_ours_is_a_page);
fn a_request_uri_that_is_not_ours_is_a_page(server: &Server) {
    let scene = Scene::new(server);
    let other = scene.acme.client(&json!({
        "name": "Other", "redirectUris": [CALLBACK], "scopes": ["openid", "profile"]}));
    let other = other["id"].as_str().unwrap();
    let foreign = server.organization("foreign");
    let stranger = foreign.client(&json!({"name": "Stranger", "redirectUris": [CALLBACK]}));
    let stranger = stranger["id"].as_str().unwrap();
    let uri = push(&scene, &[]);
    let browser = scene.signed_in();
    for client in [other, stranger, "nobody"] {
        refused(&browser.get(server, &open(client, &uri, &[])));
    }
    refused(&browser.get(
        server,
        &format!("/oauth/authorize?{}", form(&[("request_uri", &uri)])),
    ));
    let unknown = format!("{OURS}{CHALLENGE}");
    for uri in [unknown.as_str(), OURS, "urn:x", "x", &uri[..uri.len() - 1]] {
        refused(&browser.get(server, &open(&scene.client, uri, &[])));
    }
    for twice in [("request_uri", uri.as_str()), ("client_id", &scene.client)] {
        refused(&browser.get(server, &open(&scene.client, &uri, &[twice])));
    }
    // None of this has used it up.
    let answer = browser.get(server, &open(&scene.client, &uri, &[]));
    value(&returned(&answer, CALLBACK), "code");
}

on_both!(a_request_uri_is_never_fetched);
fn a_request_uri_is_never_fetched(server: &Server) {
    let scene = Scene::new(server);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    for uri in [
        format!("http://{address}/request"),
        format!("https://{address}/request"),
        format!("{OURS}http://{address}/request"),
    ] {
        refused(&Browser::new().get(server, &open(&scene.client, &uri, &[])));
        let fields = [
            ("client_id", scene.client.as_str()),
            ("client_secret", scene.secret.as_str()),
            ("request_uri", uri.as_str()),
            ("response_type", "code"),
        ];
        let pushed = server
            .post("/oauth/par")
            .body("application/x-www-form-urlencoded", form(&fields))
            .send();
        pushed.with_status(400);
    }
    assert!(listener.accept().is_err(), "nobody has connected");
}

on_both!(signing_in_may_take_longer_than_the_request_lives);
fn signing_in_may_take_longer_than_the_request_lives(server: &Server) {
    let scene = Scene::new(server);
    let uri = push(&scene, &[]);
    let path = open(&scene.client, &uri, &[]);
    let browser = Browser::new();
    server.wait(59);
    // It may be opened again and again.
    browser.open(server, &path);
    let page = browser.open(server, &path);
    server.wait(300);
    // Only for the browser that has a page of it open, which may reload it.
    refused(&Browser::new().get(server, &path));
    assert_eq!(browser.open(server, &path).name(), "sign-in");
    server.wait(299);
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    value(&returned(&answer, CALLBACK), "code");
    refused(&browser.get(server, &path));
}

on_both!(a_request_does_not_live_on_by_being_opened_again);
fn a_request_does_not_live_on_by_being_opened_again(server: &Server) {
    let scene = Scene::new(server);
    let path = open(&scene.client, &push(&scene, &[]), &[]);
    let browser = Browser::new();
    browser.open(server, &path);
    for _ in 0..2 {
        server.wait(300);
        browser.open(server, &path);
    }
    // 660 s after it was pushed.
    server.wait(60);
    refused(&browser.get(server, &path));
    let late = open(&scene.client, &push(&scene, &[]), &[]);
    server.wait(60);
    refused(&browser.get(server, &late));
}

on_both!(of_two_pages_of_a_request_one_is_answered);
fn of_two_pages_of_a_request_one_is_answered(server: &Server) {
    let scene = Scene::new(server);
    let path = open(&scene.client, &push(&scene, &[]), &[]);
    let (one, other) = (Browser::new(), Browser::new());
    let pages = [&one, &other].map(|browser| browser.open(server, &path));
    let denied = one.submit(server, &pages[0], &[("do", "cancel")]);
    assert_eq!(
        value(&returned(&denied, CALLBACK), "error"),
        "access_denied"
    );
    // The other page is over, as one that was answered itself.
    let late = other.submit(server, &pages[1], &[("do", "cancel")]);
    assert_eq!(late.with_status(403).header("location"), None);
    refused(&other.get(server, &path));
}

on_both!(what_is_pushed_is_asked_for);
fn what_is_pushed_is_asked_for(server: &Server) {
    let scene = Scene::new(server);
    let answered = |browser: &Browser, more: &[(&str, &str)]| {
        let uri = push(&scene, more);
        let path = open(&scene.client, &uri, &[]);
        let answer = browser.get(server, &path);
        let parameters = returned(&answer, CALLBACK);
        // An error uses it up, too.
        refused(&browser.get(server, &path));
        parameters
    };
    let none = [("prompt", "none")];
    let stranger = Browser::new();
    let parameters = answered(&stranger, &none);
    assert_eq!(value(&parameters, "error"), "login_required");
    let browser = scene.signed_in();
    value(&answered(&browser, &none), "code");
    let parameters = answered(&browser, &[("prompt", "none"), ("max_age", "0")]);
    value(&parameters, "code");
    server.wait(1);
    let parameters = answered(&browser, &[("prompt", "none"), ("max_age", "0")]);
    assert_eq!(value(&parameters, "error"), "login_required");
    let uri = push(
        &scene,
        &[("login_hint", "lan"), ("ui_locales", "vi"), ("view", "wap")],
    );
    let page = Browser::new().open(server, &open(&scene.client, &uri, &[]));
    let text = page.answer.text();
    for shown in ["value=\"lan\"", "<html lang=\"vi\"", "data-view=\"wap\""] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
}

on_both!(a_client_that_changed_meanwhile_is_judged_as_it_is);
fn a_client_that_changed_meanwhile_is_judged_as_it_is(server: &Server) {
    let scene = Scene::new(server);
    let [one, other] = [(); 2].map(|()| open(&scene.client, &push(&scene, &[]), &[]));
    let client = format!("/api/company/clients/{}", scene.client);
    let change = |members| scene.acme.patch(&client).json(&members).send();
    change(json!({"scopes": ["openid"]})).with_status(200);
    // What the client may ask for is decided when the browser comes.
    let answer = Browser::new().get(server, &one);
    assert_eq!(
        value(&returned(&answer, CALLBACK), "error"),
        "invalid_scope"
    );
    change(json!({"status": "disabled"})).with_status(200);
    refused(&Browser::new().get(server, &other));
}

on_both!(fifty_answers_at_once_on_two_nodes_yield_one_code);
fn fifty_answers_at_once_on_two_nodes_yield_one_code(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    other.follow();
    let path = open(&scene.client, &push(&scene, &[]), &[]);
    let cookie = browser.cookie();
    let answers = at_once(50, |number| {
        let node = if number % 2 == 0 { server } else { other };
        Browser::with_cookie(cookie.clone()).get(node, &path)
    });
    let count = |status| answers.iter().filter(|one| one.status == status).count();
    assert_eq!(count(303), 1);
    assert!(count(503) < 25);
    assert_eq!(count(303) + count(400) + count(503), 50);
    let answer = answers.iter().find(|one| one.status == 303).unwrap();
    let code = value(&returned(answer, CALLBACK), "code");
    scene.redeem(&code, &[]).with_status(200);
    for answer in answers.iter().filter(|one| one.status == 400) {
        refused(answer);
    }
}
