//! What is refused on the pages for devices: forged forms, guessed codes, codes that have ended.

use super::*;

on_both!(
    a_form_must_come_from_its_own_page_in_its_own_browser,
    "oauth.issuer=http://localhost:8080"
);
fn a_form_must_come_from_its_own_page_in_its_own_browser(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let (browser, device) = (Browser::new(), scene.device("openid"));
    let code = browser.open(server, DEVICE);
    let enter = [("user_code", device.user_code.as_str()), ("do", "continue")];
    browser.post(server, DEVICE, &enter).with_status(403);

    let page = scene.confirmation(&browser, &device.user_code);
    let request = page.hidden("request").to_owned();
    let allow = |csrf: &str| {
        let mut fields = vec![("request", request.clone()), ("do", "allow".to_owned())];
        fields.extend((!csrf.is_empty()).then(|| ("csrf", csrf.to_owned())));
        fields
    };
    let send = |browser: &Browser, fields: &[(&str, String)], origin: Option<&str>| {
        let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post_from(server, DEVICE, &fields, origin).status
    };
    let own = page.hidden("csrf").to_owned();
    let issuer = Some(browser::ISSUER);
    assert_eq!(send(&browser, &allow(""), issuer), 403);
    assert_eq!(send(&browser, &allow(code.hidden("csrf")), issuer), 403);
    for origin in ["null", "https://evil.example", "http://localhost:8081"] {
        assert_eq!(send(&browser, &allow(&own), Some(origin)), 403, "{origin}");
    }
    // Another browser, which is signed in too, with the token of its own.
    let other = Browser::new();
    let theirs = scene.device("openid");
    let page = scene.confirmation(&other, &theirs.user_code);
    assert_eq!(send(&other, &allow(page.hidden("csrf")), issuer), 403);
    assert_eq!(send(&other, &allow(&own), issuer), 403);
    let path = format!("{DEVICE}?request={request}");
    other.get(server, &path).with_status(403);
    // The consent page does not answer devices, and this page answers nothing else.
    for path in ["/oauth/consent", "/oauth/login"] {
        let fields = allow(&own);
        let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let status = browser.post(server, path, &fields).status;
        assert!([400, 403].contains(&status), "{path}: {status}");
    }
    browser
        .get(server, &format!("/oauth/consent?request={request}"))
        .with_status(403);
    assert_eq!(scene.poll_error(&device), "authorization_pending");
    assert_eq!(send(&browser, &allow(&own), issuer), 303);
    scene.poll(&device).with_status(200);
}

on_both!(
    only_ten_codes_can_be_guessed_over_all_nodes,
    "oauth.issuer=http://localhost:8080"
);
fn only_ten_codes_can_be_guessed_over_all_nodes(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let scene = Scene::of_devices(server, &["openid"]);
    other.follow();
    let device = scene.device("openid");
    let browser = Browser::new();
    let page = browser.open(server, DEVICE);
    // Right ones and empty ones do not count.
    for _ in 0..12 {
        let right = scene.device("openid");
        scene
            .enter(&browser, &page, &right.user_code)
            .with_status(303);
        scene.enter(&browser, &page, "").with_status(400);
    }
    let wrong = |number: usize| {
        let node = if number.is_multiple_of(2) {
            server
        } else {
            other
        };
        let guess = if number.is_multiple_of(3) {
            "nonsense"
        } else {
            "BCDF-BCDF"
        };
        let fields = [("user_code", guess), ("do", "continue")];
        browser.submit(node, &page, &fields)
    };
    let answers: Vec<_> = (0..13).map(wrong).collect();
    for (number, answer) in answers.iter().enumerate() {
        let expected = if number < 10 { 400 } else { 429 };
        assert_eq!(answer.status, expected, "{number}");
        assert_eq!(Page::of(answer).name(), "device-code");
    }
    assert_eq!(answers[10].header("retry-after"), Some("300"));
    assert!(
        answers[0].text().contains("nonsense"),
        "what was typed stays"
    );
    // The right one is not looked up either, nor does it count.
    for node in [server, other] {
        let fields = [("user_code", device.user_code.as_str()), ("do", "continue")];
        browser.submit(node, &page, &fields).with_status(429);
    }
    server.wait(299);
    scene
        .enter(&browser, &page, &device.user_code)
        .with_status(429);
    server.wait(1);
    scene
        .enter(&browser, &page, &device.user_code)
        .with_status(303);
}

on_both!(
    many_guesses_at_once_are_ten,
    "oauth.issuer=http://localhost:8080"
);
fn many_guesses_at_once_are_ten(server: &Server) {
    let browser = Browser::new();
    let page = browser.open(server, DEVICE);
    let (csrf, cookie) = (page.hidden("csrf").to_owned(), browser.cookie());
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..24)
            .map(|_| {
                let (csrf, cookie) = (csrf.as_str(), cookie.clone());
                scope.spawn(move || {
                    let fields = [
                        ("csrf", csrf),
                        ("user_code", "BCDF-BCDF"),
                        ("do", "continue"),
                    ];
                    let browser = Browser::with_cookie(cookie);
                    browser.post(server, DEVICE, &fields).status
                })
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!(count(400), 10, "{statuses:?}");
    assert_eq!(count(429) + count(503), 14, "{statuses:?}");
}

on_both!(
    a_code_that_has_ended_cannot_be_answered,
    "oauth.issuer=http://localhost:8080"
);
fn a_code_that_has_ended_cannot_be_answered(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let browser = Browser::new();
    // It expires while the page is open.
    let device = scene.device("openid");
    server.wait(400);
    let page = scene.confirmation(&browser, &device.user_code);
    server.wait(200);
    for answer in ["allow", "cancel"] {
        browser
            .submit(server, &page, &[("do", answer)])
            .with_status(400);
    }
    assert_eq!(scene.poll_error(&device), "expired_token");
    // Two browsers answer the same code: the first counts.
    let device = scene.device("openid");
    let other = Browser::new();
    let pages = [&browser, &other].map(|one| scene.confirmation(one, &device.user_code));
    browser
        .submit(server, &pages[0], &[("do", "cancel")])
        .with_status(303);
    other
        .submit(server, &pages[1], &[("do", "allow")])
        .with_status(400);
    assert_eq!(scene.poll_error(&device), "access_denied");
    // The client's tokens are revoked, or it is disabled, while the page is open.
    let device = scene.device("openid");
    let page = scene.confirmation(&browser, &device.user_code);
    let client = format!("/api/company/clients/{}", scene.client);
    scene
        .acme
        .post(&format!("{client}/revoke-tokens"))
        .send()
        .with_status(204);
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(400);
    assert_eq!(scene.poll_error(&device), "invalid_grant");
    let device = scene.device("openid");
    let page = scene.confirmation(&browser, &device.user_code);
    scene
        .acme
        .patch(&client)
        .json(&json!({"status": "disabled"}))
        .send()
        .with_status(200);
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(400);
    let page = browser.open(server, DEVICE);
    scene
        .enter(&browser, &page, &device.user_code)
        .with_status(400);
}
