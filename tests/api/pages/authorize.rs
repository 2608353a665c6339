//! From a client's request to its tokens.

use serde_json::json;

use super::browser::ISSUER;
use super::*;
use crate::support::on_both;

on_both!(
    a_browser_walks_from_the_request_to_tokens,
    "oauth.issuer=http://localhost:8080"
);
fn a_browser_walks_from_the_request_to_tokens(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let challenge = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n-1"),
    ];
    let answer = browser.get(server, &scene.authorize(&challenge));
    answer.with_status(303);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("lanyard_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "sign-in");
    let before = browser.cookie();
    let answer = browser.sign_in(server, &page, PASSWORD);
    assert_ne!(browser.cookie(), before, "a new value at sign-in");

    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "consent");
    let text = page.answer.text();
    for shown in [
        "Acme &#60;Purchasing&#62;",
        "Lan",
        "openid",
        "profile",
        "app.example.com",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains("<Purchasing>"));

    let answer = browser.submit(server, &page, &[("do", "allow")]);
    let parameters = returned(&answer, CALLBACK);
    assert_eq!(value(&parameters, "state"), "s t/a?te&");
    assert_eq!(value(&parameters, "iss"), ISSUER);
    let code = value(&parameters, "code");
    assert_eq!(code.len(), 43);

    let tokens = scene.redeem(&code, &[("code_verifier", VERIFIER)]);
    let tokens = tokens.with_status(200).json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["iss"], ISSUER);
    assert_eq!(id_token["aud"], scene.client.as_str());
    assert_eq!(id_token["sub"], scene.operator.to_string());
    assert_eq!(id_token["nonce"], "n-1");
    assert_eq!(id_token["amr"], json!(["pwd"]));
    assert_eq!(id_token["auth_time"], server.app.clock.now().as_seconds());
    assert!(id_token["sid"].is_string());

    // The form was answered: the same one again does nothing.
    let again = browser.submit(server, &page, &[("do", "allow")]);
    assert_eq!(again.with_status(403).header("location"), None);
}

#[test]
fn without_an_issuer_nothing_is_there() {
    use crate::support::database::Database;
    let server = Server::start(Database::sqlite(), &["oauth.issuer"]);
    for path in [
        "/oauth/authorize",
        "/oauth/login",
        "/oauth/consent",
        "/oauth/logout",
        "/oauth/end-session",
        "/assets/page.css",
    ] {
        server.get(path).send().with_status(404);
    }
}

#[test]
fn the_stylesheet_is_kept_and_only_under_its_own_name() {
    use crate::support::database::Database;
    let server = Server::start(Database::sqlite(), &["oauth.issuer=http://localhost:8080"]);
    let asset = lanyard::page::assets::stylesheet();
    let answer = server.get(&asset.path).send();
    assert_eq!(answer.with_status(200).text(), asset.content);
    let kept = answer.header("cache-control").unwrap();
    assert!(kept.contains("immutable"), "{kept}");
    server.get("/assets/page.css").send().with_status(404);
}

on_both!(
    a_redirect_uri_keeps_its_query,
    "oauth.issuer=http://localhost:8080"
);
fn a_redirect_uri_keeps_its_query(server: &Server) {
    const WITH_QUERY: &str = "https://app.example.com/cb2?tenant=7";
    let members = json!({"redirectUris": [CALLBACK, WITH_QUERY], "consent": "skip"});
    let scene = Scene::with(server, &members);
    let browser = Browser::new();
    let to = [("redirect_uri", WITH_QUERY)];
    let page = browser.open(server, &scene.authorize(&to));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let location = answer.with_status(303).header("location").unwrap();
    assert!(
        location.starts_with("https://app.example.com/cb2?tenant=7&code="),
        "{location}"
    );
    let code = value(&returned(&answer, WITH_QUERY), "code");
    scene.redeem(&code, &to).with_status(200);
    let denied = [to[0], ("prompt", "nonsense")];
    let answer = browser.get(server, &scene.authorize(&denied));
    let parameters = returned(&answer, WITH_QUERY);
    assert_eq!(value(&parameters, "error"), "invalid_request");
    // Another query is another URI.
    for other in [
        "https://app.example.com/cb2",
        "https://app.example.com/cb2?tenant=8",
        "https://app.example.com/cb2?tenant=7&a=b",
        "https://app.example.com/cb?tenant=7",
    ] {
        let answer = browser.get(server, &scene.authorize(&[("redirect_uri", other)]));
        assert_eq!(answer.with_status(400).header("location"), None, "{other}");
    }
}

on_both!(a_session_of_the_console_is_none_of_the_sign_in_pages);
fn a_session_of_the_console_is_none_of_the_sign_in_pages(server: &Server) {
    let scene = Scene::new(server);
    let path = format!("/api/company/operators/{}", scene.operator);
    let role = scene.acme.patch(&path).json(&json!({"role": "admin"}));
    role.send().with_status(200);
    let value_of = |cookie: Option<String>| {
        let cookie = cookie.unwrap();
        cookie.split_once('=').unwrap().1.to_owned()
    };
    let challenge = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];

    let browser = Browser::new();
    let page = browser.open(server, &scene.authorize(&challenge));
    browser.sign_in(server, &page, PASSWORD).with_status(303);
    let here = value_of(browser.cookie());
    let there = Browser::with_cookie(Some(format!("lanyard_console={here}")));
    let refused = there.get(server, "/console");
    refused.with_status(303);
    let to = refused.header("location").unwrap();
    assert!(to.starts_with("/console/sign-in"), "{to}");

    let browser = Browser::new();
    let page = Page::of(browser.get(server, "/console/sign-in").with_status(200));
    let fields = [
        ("login", "acme/lan"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    let answer = browser.submit(server, &page, &fields);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console"));
    let there = value_of(browser.cookie());
    browser.get(server, "/console").with_status(200);
    let here = Browser::with_cookie(Some(format!("lanyard_session={there}")));
    let page = here.open(server, &scene.authorize(&challenge));
    assert_eq!(page.name(), "sign-in");
}
