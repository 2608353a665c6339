//! The operator signs in between the code and the confirmation.

use super::*;

on_both!(
    sign_in_is_the_one_of_the_codes_organization,
    "oauth.issuer=http://localhost:8080"
);
fn sign_in_is_the_one_of_the_codes_organization(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let other = server.organization("other");
    operator(&other, "Lan of another", "lan");
    let theirs = json!({"name": "Radio", "authMethod": "none", "redirectUris": [],
        "scopes": ["openid"], "grants": ["device_code"]});
    let theirs = other.client(&theirs);
    let browser = Browser::new();
    let device = scene.device("openid");
    scene.confirmation(&browser, &device.user_code);
    // A device of another organization: sign in anew, as one of its operators.
    let sent = [("client_id", theirs["id"].as_str().unwrap())];
    let answer = server
        .post("/oauth/device_authorization")
        .body("application/x-www-form-urlencoded", form(&sent))
        .send();
    let user_code = answer.with_status(200).json()["user_code"].clone();
    let page = browser.open(server, DEVICE);
    let answer = scene.enter(&browser, &page, user_code.as_str().unwrap());
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "sign-in");
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "device-confirmation");
    assert!(page.answer.text().contains("Lan of another"));
}

on_both!(
    the_request_is_kept_through_second_factor_and_new_password,
    "oauth.issuer=http://localhost:8080"
);
fn the_request_is_kept_through_second_factor_and_new_password(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let totp = format!("/api/company/operators/{}/totp", scene.operator);
    let made = scene.acme.post(&totp).send().json();
    let recovery = made["recoveryCodes"][0].as_str().unwrap();
    let (browser, device) = (Browser::new(), scene.device("openid"));
    let page = browser.open(server, DEVICE);
    let answer = scene.enter(&browser, &page, &device.user_code);
    let page = browser.follow(server, &answer);
    let request = page.hidden("request").to_owned();
    // By the link on the sign-in page to the page of a new password.
    let password = format!("/oauth/password?request={request}");
    let page = browser.open(server, &password);
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "second-factor");
    let fields = [("code", recovery), ("do", "verify")];
    let answer = browser.submit(server, &page, &fields);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "new-password");
    let fields = [
        ("current", PASSWORD),
        ("new", "another horse"),
        ("do", "change"),
    ];
    let answer = browser.submit(server, &page, &fields);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "device-confirmation");
    assert!(page.answer.text().contains(&device.user_code));
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(303);
    let tokens = scene.poll(&device).with_status(200).json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["amr"], json!(["pwd", "otp"]));
}
