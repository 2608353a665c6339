//! What is wrong with a request of a client: a page, or an answer to the client.

use diesel::prelude::*;
use lanyard::db::schema::page_requests;
use lanyard::db::{Conn, Result};

use super::browser::ISSUER;
use super::*;
use crate::support::on_both;

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
