//! From a client's request to its tokens.

use diesel::prelude::*;
use lanyard::db::schema::page_requests;
use lanyard::db::{Conn, Result};
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
    cancel_is_access_denied,
    "oauth.issuer=http://localhost:8080"
);
fn cancel_is_access_denied(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let denied = |answer: &Answer| {
        let parameters = returned(answer, CALLBACK);
        assert_eq!(value(&parameters, "error"), "access_denied");
        assert_eq!(value(&parameters, "state"), "s t/a?te&");
        assert_eq!(value(&parameters, "iss"), ISSUER);
        assert!(parameters.iter().all(|(name, _)| name != "code"));
    };
    let page = browser.open(server, &scene.authorize(&[]));
    denied(&browser.submit(server, &page, &[("do", "cancel")]));
    let page = browser.open(server, &scene.authorize(&[]));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    denied(&browser.submit(server, &page, &[("do", "cancel")]));
    // Nothing was remembered.
    assert_eq!(
        browser.open(server, &scene.authorize(&[])).name(),
        "consent"
    );
}

on_both!(
    what_is_wrong_with_client_or_place_is_a_page,
    "oauth.issuer=http://localhost:8080"
);
fn what_is_wrong_with_client_or_place_is_a_page(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    for more in [
        &[("client_id", "")][..],
        &[("client_id", "nobody")][..],
        &[("redirect_uri", "https://app.example.com.evil.example/")][..],
        &[("redirect_uri", "https://a@@app.example.com/cb")][..],
        &[("redirect_uri", "https://app.example.com/cb/..;/evil")][..],
        &[("request_uri", "urn:ietf:params:oauth:request_uri:x")][..],
    ] {
        let answer = browser.get(server, &scene.authorize(more));
        answer.with_status(400);
        assert_eq!(answer.header("location"), None, "{more:?}");
        assert!(answer.text().contains("data-page=\"error\""));
    }
    for twice in [
        format!("&client_id={}", scene.client),
        format!("&redirect_uri={CALLBACK}"),
    ] {
        let path = scene.authorize(&[]) + &twice;
        let answer = browser.get(server, &path);
        assert_eq!(answer.with_status(400).header("location"), None);
    }
    assert_eq!(browser.cookie(), None, "no session begins with an error");
}

on_both!(
    every_other_fault_goes_to_the_client,
    "oauth.issuer=http://localhost:8080"
);
fn every_other_fault_goes_to_the_client(server: &Server) {
    let scene = Scene::new(server);
    let browser = Browser::new();
    let long = "x".repeat(2_049);
    for (more, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (
            &[("response_type", "token")][..],
            "unsupported_response_type",
        ),
        (&[("response_mode", "fragment")][..], "invalid_request"),
        (&[("scope", "openid nothing")][..], "invalid_scope"),
        (&[("prompt", "sometimes")][..], "invalid_request"),
        (&[("prompt", "none login")][..], "invalid_request"),
        (&[("max_age", "-1")][..], "invalid_request"),
        (&[("code_challenge", CHALLENGE)][..], "invalid_request"),
        (
            &[("resource", "https://nowhere.example")][..],
            "invalid_target",
        ),
        (&[("request", "x.y.z")][..], "request_not_supported"),
        (&[("nonce", long.as_str())][..], "invalid_request"),
        (&[("prompt", "none")][..], "login_required"),
        (&[("id_token_hint", "x.y.z")][..], "invalid_request"),
    ] {
        let answer = browser.get(server, &scene.authorize(more));
        let parameters = returned(&answer, CALLBACK);
        assert_eq!(value(&parameters, "error"), error, "{more:?}");
        assert_eq!(value(&parameters, "iss"), ISSUER);
        assert_eq!(value(&parameters, "state"), "s t/a?te&");
        let description = value(&parameters, "error_description");
        assert!(description.is_ascii() && !description.contains(['"', '\\']));
    }
    let twice = browser.get(server, &(scene.authorize(&[]) + "&view=wap&view=web"));
    assert_eq!(
        value(&returned(&twice, CALLBACK), "error"),
        "invalid_request"
    );
}

on_both!(
    a_form_from_another_site_is_a_request_too,
    "oauth.issuer=http://localhost:8080"
);
fn a_form_from_another_site_is_a_request_too(server: &Server) {
    let scene = Scene::new(server);
    let path = scene.authorize(&[]);
    let query = path.split_once('?').unwrap().1;
    let fields: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    // A browser that is signed in sends no cookie with it, and must not be given another.
    let stranger = Browser::new();
    let site = Some("https://app.example.com");
    let answer = stranger.post_from(server, "/oauth/authorize", &fields, site);
    assert_eq!(answer.with_status(303).header("set-cookie"), None);
    let location = answer.header("location").unwrap().to_owned();
    let browser = scene.signed_in();
    value(&returned(&browser.get(server, &location), CALLBACK), "code");
    let answer = Browser::new().post_from(server, "/oauth/authorize", &fields, None);
    let location = answer.with_status(303).header("location").unwrap();
    assert!(location.starts_with("/oauth/login?request="), "{location}");
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

on_both!(
    one_address_begins_a_bounded_number_of_requests,
    "oauth.issuer=http://localhost:8080",
    "login.per_address_burst=2"
);
fn one_address_begins_a_bounded_number_of_requests(server: &Server) {
    let scene = Scene::new(server);
    let begin = |from: [u8; 4]| server.get(&scene.authorize(&[])).from(from).send();
    let stored = || {
        let count =
            |conn: &mut Conn| -> Result<i64> { Ok(page_requests::table.count().get_result(conn)?) };
        server.app.db.read_blocking(count).unwrap()
    };
    for _ in 0..20 {
        begin([127, 0, 0, 2]).with_status(303);
    }
    for _ in 0..100 {
        begin([127, 0, 0, 2]).with_status(429);
    }
    assert_eq!(stored(), 20);
    let refused = begin([127, 0, 0, 2]);
    assert_eq!(refused.header("retry-after"), Some("1"));
    let html = refused.header("content-type").unwrap();
    assert!(html.starts_with("text/html"), "{html}");
    let metrics = server.get("/metrics").send();
    let counted = r#"lanyard_oauth_requests_total{endpoint="/oauth/authorize",grant="none",outcome="rate_limited"} 101"#;
    assert!(metrics.text().contains(counted), "{metrics}");
    // Others are served, and a request comes back each second.
    begin([127, 0, 0, 3]).with_status(303);
    server.wait(1);
    begin([127, 0, 0, 2]).with_status(303);
    begin([127, 0, 0, 2]).with_status(429);
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
