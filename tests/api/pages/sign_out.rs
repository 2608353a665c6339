//! Signing out, by the operator and by a client.

use super::*;
use crate::support::on_both;

/// Returns an ID token of the browser's session.
fn id_token(scene: &Scene<'_>, browser: &Browser) -> String {
    let answer = browser.get(scene.server, &scene.authorize(&[]));
    let code = value(&returned(&answer, CALLBACK), "code");
    let tokens = scene.redeem(&code, &[]).with_status(200).json();
    tokens["id_token"].as_str().unwrap().to_owned()
}

fn end_session(fields: &[(&str, &str)]) -> String {
    format!("/oauth/end-session?{}", form(fields))
}

const BYE: &str = "https://app.example.com/bye?a=b";

on_both!(
    an_operator_signs_out_or_stays,
    "oauth.issuer=http://localhost:8080"
);
fn an_operator_signs_out_or_stays(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let page = browser.open(server, "/oauth/logout");
    check_page(&page);
    assert_eq!(page.name(), "sign-out");
    let answer = browser.submit(server, &page, &[("do", "stay")]);
    let location = answer.with_status(303).header("location").unwrap();
    let done = browser.get(server, location);
    assert!(done.with_status(200).text().contains("data-page=\"done\""));
    assert!(scene.is_signed_in(server, &browser));

    let forged = browser.post(
        server,
        "/oauth/logout",
        &[("csrf", "x"), ("do", "sign-out")],
    );
    forged.with_status(403);
    assert!(scene.is_signed_in(server, &browser));

    let before = Browser::with_cookie(browser.cookie());
    let answer = browser.submit(server, &page, &[("do", "sign-out")]);
    let location = answer.with_status(303).header("location").unwrap();
    assert!(answer.header("set-cookie").is_some());
    assert_ne!(browser.cookie(), before.cookie());
    let done = browser.get(server, location);
    assert!(done.with_status(200).text().contains("data-page=\"done\""));
    assert!(!scene.is_signed_in(server, &browser));
    assert!(!scene.is_signed_in(server, &before));
    let two = server.another(&["oauth.issuer=http://localhost:8080"]);
    assert!(!scene.is_signed_in(&two, &before));
}

on_both!(
    an_id_token_of_the_session_ends_it_at_once,
    "oauth.issuer=http://localhost:8080"
);
fn an_id_token_of_the_session_ends_it_at_once(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let hint = id_token(&scene, &browser);
    // An expired hint is fine.
    server.wait(3_700 - 120);
    assert!(scene.is_signed_in(server, &browser));
    server.wait(200);
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s&1"),
    ];
    let answer = browser.get(server, &end_session(&fields));
    let location = answer.with_status(303).header("location");
    assert_eq!(
        location,
        Some("https://app.example.com/bye?a=b&state=s%261")
    );
    assert!(!scene.is_signed_in(server, &browser));
    // Of another session it asks.
    let browser = scene.signed_in();
    let page = browser.open(server, &end_session(&fields));
    assert_eq!(page.name(), "sign-out");
    assert!(scene.is_signed_in(server, &browser));
    let answer = browser.submit(server, &page, &[("do", "sign-out")]);
    assert_eq!(answer.with_status(303).header("location"), location);
    assert!(!scene.is_signed_in(server, &browser));
}

on_both!(
    a_form_ends_a_session_too_and_leaves_the_tokens,
    "oauth.issuer=http://localhost:8080"
);
fn a_form_ends_a_session_too_and_leaves_the_tokens(server: &Server) {
    const PATH: &str = "/oauth/end-session";
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let answer = browser.get(server, &scene.authorize(&[]));
    let code = value(&returned(&answer, CALLBACK), "code");
    let tokens = scene.redeem(&code, &[]).with_status(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap();
    let hint = [("id_token_hint", text("id_token"))];
    let fields = [
        &hint[..],
        &[("post_logout_redirect_uri", BYE), ("state", "s")],
    ]
    .concat();
    // A form of the client's own page has no cookie of this site.
    let site = Some("https://app.example.com");
    let answer = Browser::new().post_from(server, PATH, &fields, site);
    let location = answer.with_status(303).header("location").unwrap();
    assert_eq!(location, end_session(&fields));
    assert!(scene.is_signed_in(server, &browser));
    let answer = browser.get(server, location);
    let location = answer.with_status(303).header("location");
    assert_eq!(location, Some("https://app.example.com/bye?a=b&state=s"));
    assert!(!scene.is_signed_in(server, &browser));

    let browser = scene.signed_in();
    let page = browser.follow(server, &browser.post(server, PATH, &hint));
    assert_eq!(page.name(), "sign-out", "it is of the session before");
    let own = id_token(&scene, &browser);
    let answer = browser.post(server, PATH, &[("id_token_hint", &own)]);
    answer.with_status(303);
    assert!(!scene.is_signed_in(server, &browser));

    let userinfo = server.get("/oauth/userinfo").bearer(text("access_token"));
    userinfo.send().with_status(200);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text("refresh_token")),
    ];
    scene.redeem("", &refresh).with_status(200);
}

on_both!(
    a_client_without_an_id_token_makes_the_page_ask,
    "oauth.issuer=http://localhost:8080"
);
fn a_client_without_an_id_token_makes_the_page_ask(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let id = scene.client.as_str();
    let page = browser.open(
        server,
        &end_session(&[("client_id", id), ("post_logout_redirect_uri", BYE)]),
    );
    assert!(page.answer.text().contains("Acme &#60;Purchasing&#62;"));
    let answer = browser.submit(server, &page, &[("do", "stay")]);
    let location = answer.with_status(303).header("location").unwrap();
    assert!(location.starts_with("/oauth/logout"), "{location}");
    assert!(scene.is_signed_in(server, &browser));
    let page = browser.open(server, &end_session(&[]));
    let answer = browser.submit(server, &page, &[("do", "sign-out")]);
    let location = answer.with_status(303).header("location");
    assert_eq!(location, Some("/oauth/logout"));
    assert!(!scene.is_signed_in(server, &browser));
}

on_both!(
    sign_out_leads_only_to_registered_places,
    "oauth.issuer=http://localhost:8080"
);
fn sign_out_leads_only_to_registered_places(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let hint = id_token(&scene, &browser);
    let other = scene.acme.client(&serde_json::json!({"name": "Other",
        "redirectUris": [CALLBACK], "postLogoutRedirectUris": ["https://other.example/bye"]}));
    let (own, other) = (scene.client.as_str(), other["id"].as_str().unwrap());
    for fields in [
        &[("post_logout_redirect_uri", BYE)][..],
        &[
            ("client_id", own),
            ("post_logout_redirect_uri", "https://app.example.com/bye"),
        ][..],
        &[
            ("client_id", own),
            (
                "post_logout_redirect_uri",
                "https://app.example.com/bye?a=b&",
            ),
        ][..],
        &[
            ("client_id", own),
            ("post_logout_redirect_uri", "https://other.example/bye"),
        ][..],
        &[("client_id", "nobody"), ("post_logout_redirect_uri", BYE)][..],
        &[
            ("id_token_hint", "x.y.z"),
            ("post_logout_redirect_uri", BYE),
        ][..],
        &[
            ("id_token_hint", hint.as_str()),
            ("client_id", other),
            ("post_logout_redirect_uri", "https://other.example/bye"),
        ][..],
        &[
            ("client_id", own),
            ("post_logout_redirect_uri", BYE),
            ("post_logout_redirect_uri", BYE),
        ][..],
    ] {
        let answer = browser.get(server, &end_session(fields));
        answer.with_status(400);
        assert_eq!(answer.header("location"), None, "{fields:?}");
        assert!(scene.is_signed_in(server, &browser), "{fields:?}");
    }
}

on_both!(
    no_parameter_of_a_sign_out_may_occur_twice,
    "oauth.issuer=http://localhost:8080"
);
fn no_parameter_of_a_sign_out_may_occur_twice(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let hint = id_token(&scene, &browser);
    let good = [
        ("id_token_hint", hint.as_str()),
        ("client_id", scene.client.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
        ("ui_locales", "vi"),
        ("view", "wap"),
    ];
    for twice in good {
        let mut fields = good.to_vec();
        fields.push(twice);
        let answer = browser.get(server, &end_session(&fields));
        assert_eq!(
            answer.with_status(400).header("location"),
            None,
            "{twice:?}"
        );
        assert!(scene.is_signed_in(server, &browser), "{twice:?}");
    }
    let answer = browser.get(server, &end_session(&good));
    answer.with_status(303);
    assert!(!scene.is_signed_in(server, &browser));
}
