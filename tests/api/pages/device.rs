//! The pages for devices without a browser: the code, sign-in, the confirmation.

mod refused;
mod signing_in;

use serde_json::json;

use super::secrets::dump;
use super::*;
use crate::support::on_both;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const DEVICE: &str = "/oauth/device";

/// The codes that a device has received.
struct Device {
    code: String,
    user_code: String,
}

impl<'a> Scene<'a> {
    /// An organization with a client of devices.
    fn of_devices(server: &'a Server, scopes: &[&str]) -> Self {
        let members = json!({"name": "TV <room 7>", "authMethod": "none", "redirectUris": [],
            "postLogoutRedirectUris": [], "scopes": scopes,
            "grants": ["device_code", "refresh_token"]});
        Self::with(server, &members)
    }

    fn call(&self, path: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("client_id", self.client.as_str())];
        fields.extend(more);
        self.server
            .post(path)
            .body("application/x-www-form-urlencoded", form(&fields))
            .send()
    }

    fn device(&self, scope: &str) -> Device {
        let answer = self.call("/oauth/device_authorization", &[("scope", scope)]);
        let body = answer.with_status(200).json();
        Device {
            code: body["device_code"].as_str().unwrap().to_owned(),
            user_code: body["user_code"].as_str().unwrap().to_owned(),
        }
    }

    /// Polls once the interval has passed.
    fn poll(&self, device: &Device) -> Answer {
        self.server.wait(5);
        let sent = [("grant_type", GRANT), ("device_code", device.code.as_str())];
        self.call("/oauth/token", &sent)
    }

    fn poll_error(&self, device: &Device) -> String {
        let answer = self.poll(device);
        answer.json()["error"].as_str().unwrap_or("none").to_owned()
    }

    /// Types a code in this browser, and signs in if that is asked for. Returns the page of the
    /// confirmation.
    fn confirmation(&self, browser: &Browser, user_code: &str) -> Page {
        let page = browser.open(self.server, DEVICE);
        let answer = self.enter(browser, &page, user_code);
        let mut page = browser.follow(self.server, &answer);
        if page.name() == "sign-in" {
            let answer = browser.sign_in(self.server, &page, PASSWORD);
            page = browser.follow(self.server, &answer);
        }
        assert_eq!(page.name(), "device-confirmation");
        page
    }

    fn enter(&self, browser: &Browser, page: &Page, user_code: &str) -> Answer {
        let fields = [("user_code", user_code), ("do", "continue")];
        browser.submit(self.server, page, &fields)
    }
}

/// Follows the redirect to a page without a form, and returns its text.
fn done(server: &Server, browser: &Browser, answer: &Answer) -> String {
    let location = answer.with_status(303).header("location").unwrap();
    assert!(location.starts_with(DEVICE), "{location}");
    let page = browser.get(server, location);
    assert!(!page.with_status(200).text().contains("<form"));
    page.text().to_owned()
}

on_both!(
    an_operator_walks_from_the_code_to_a_connected_device,
    "oauth.issuer=http://localhost:8080"
);
fn an_operator_walks_from_the_code_to_a_connected_device(server: &Server) {
    let scene = Scene::of_devices(server, &["openid", "profile"]);
    let device = scene.device("openid profile");
    let browser = Browser::new();
    let page = browser.open(server, DEVICE);
    check_page(&page);
    assert_eq!(page.name(), "device-code");
    assert!(page.answer.header("set-cookie").is_some());

    // It is typed in any case, without punctuation.
    let typed = device.user_code.replace('-', " ").to_lowercase();
    let answer = scene.enter(&browser, &page, &typed);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "sign-in");
    assert!(page.answer.text().contains("TV &#60;room 7&#62;"));
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "device-confirmation");
    let text = page.answer.text();
    for shown in [
        device.user_code.as_str(),
        "TV &#60;room 7&#62;",
        "Lan",
        "openid",
        "profile",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert_eq!(scene.poll_error(&device), "authorization_pending");

    let answer = browser.submit(server, &page, &[("do", "allow")]);
    assert!(done(server, &browser, &answer).contains("Your device is connected"));
    let tokens = scene.poll(&device).with_status(200).json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(id_token["sub"], scene.operator.to_string());
    assert_eq!(id_token["aud"], scene.client.as_str());
    assert_eq!(id_token["amr"], json!(["pwd"]));
    assert!(id_token["sid"].is_string());

    // The same form again does nothing, and the code is no code any more.
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(403);
    let page = browser.open(server, DEVICE);
    let again = scene.enter(&browser, &page, &device.user_code);
    assert_eq!(Page::of(again.with_status(400)).name(), "device-code");

    // The browser is signed in; it is asked all the same, for the next device.
    let next = scene.device("openid");
    scene.confirmation(&browser, &next.user_code);
    assert_eq!(scene.poll_error(&next), "authorization_pending");
}

on_both!(
    the_url_with_the_code_fills_it_in_and_approves_nothing,
    "oauth.issuer=http://localhost:8080"
);
fn the_url_with_the_code_fills_it_in_and_approves_nothing(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let browser = Browser::new();
    let first = scene.device("openid");
    scene.confirmation(&browser, &first.user_code);
    // A browser that is signed in opens the link, and every other that it finds.
    let device = scene.device("openid");
    let path = format!("{DEVICE}?user_code={}", device.user_code);
    for path in [
        path.clone(),
        format!("{path}&do=continue"),
        format!("{path}&do=allow"),
        format!("{path}&do=allow&request=x"),
        format!("{DEVICE}?done=allowed&user_code={}", device.user_code),
    ] {
        browser.get(server, &path);
        assert_eq!(scene.poll_error(&device), "authorization_pending", "{path}");
    }
    let page = browser.open(server, &path);
    assert_eq!(page.name(), "device-code");
    let filled = format!("value=\"{}\"", device.user_code);
    assert!(page.answer.text().contains(&filled));
    // What is no code is shown as it is, escaped.
    let page = browser.open(server, &format!("{DEVICE}?user_code=%22%3E%3Cb%3E"));
    assert!(page.answer.text().contains("&#62;&#60;b&#62;"));
    assert!(!page.answer.text().contains("<b>"));
    let other = browser.open(server, &format!("{path}&lang=vi"));
    assert!(other.answer.text().contains("lang=\"vi\""));
    let answer = scene.enter(&browser, &other, &device.user_code);
    let page = browser.follow(server, &answer);
    assert!(page.answer.text().contains("lang=\"vi\""));
}

on_both!(
    cancel_refuses_the_device,
    "oauth.issuer=http://localhost:8080"
);
fn cancel_refuses_the_device(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    // On the sign-in page.
    let (browser, device) = (Browser::new(), scene.device("openid"));
    let page = browser.open(server, DEVICE);
    let answer = scene.enter(&browser, &page, &device.user_code);
    let page = browser.follow(server, &answer);
    let answer = browser.submit(server, &page, &[("do", "cancel")]);
    assert!(done(server, &browser, &answer).contains("The device gets no access"));
    assert_eq!(scene.poll_error(&device), "access_denied");
    // On the confirmation.
    let device = scene.device("openid");
    let page = scene.confirmation(&browser, &device.user_code);
    let answer = browser.submit(server, &page, &[("do", "cancel")]);
    assert!(done(server, &browser, &answer).contains("The device gets no access"));
    assert_eq!(scene.poll_error(&device), "access_denied");
    assert_eq!(scene.poll_error(&device), "access_denied");
}

on_both!(
    an_operator_allows_what_it_saw_and_may_have,
    "oauth.issuer=http://localhost:8080"
);
fn an_operator_allows_what_it_saw_and_may_have(server: &Server) {
    let scene = Scene::of_devices(server, &["openid", "read", "write", "admin"]);
    let set_role = |role: &str| {
        scene
            .acme
            .patch(&format!("/api/company/operators/{}", scene.operator))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
    };
    let browser = Browser::new();
    // `admin` is not granted to an operator of another role.
    let device = scene.device("read admin");
    let page = scene.confirmation(&browser, &device.user_code);
    assert!(!page.answer.text().contains("<code>admin</code>"));
    // It gets the role while the page is open: the page is shown again, with more.
    set_role("admin");
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "device-confirmation");
    assert_eq!(scene.poll_error(&device), "authorization_pending");
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(303);
    let tokens = scene.poll(&device).with_status(200).json();
    assert_eq!(tokens["scope"], "admin read");

    // Where roles cap scopes, an operator allows what its role has; if that is nothing, the page says so.
    scene
        .acme
        .patch("/api/company/organization")
        .json(&json!({"capScopesByRole": true}))
        .send()
        .with_status(200);
    set_role("customer");
    let device = scene.device("read write");
    let page = scene.confirmation(&browser, &device.user_code);
    browser
        .submit(server, &page, &[("do", "allow")])
        .with_status(303);
    let tokens = scene.poll(&device).with_status(200).json();
    assert_eq!(tokens["scope"], "read");
    let device = scene.device("write");
    let page = browser.open(server, DEVICE);
    let answer = scene.enter(&browser, &page, &device.user_code);
    let location = answer.with_status(303).header("location").unwrap();
    let listed = browser.get(server, location);
    assert!(
        listed
            .with_status(403)
            .text()
            .contains("data-page=\"error\"")
    );
    assert_eq!(scene.poll_error(&device), "authorization_pending");
}

on_both!(
    the_database_does_not_have_the_code_that_was_typed,
    "oauth.issuer=http://localhost:8080"
);
fn the_database_does_not_have_the_code_that_was_typed(server: &Server) {
    let scene = Scene::of_devices(server, &["openid"]);
    let (browser, device) = (Browser::new(), scene.device("openid"));
    let page = scene.confirmation(&browser, &device.user_code);
    assert!(page.answer.text().contains(&device.user_code));
    let typed = device.user_code.to_lowercase();
    let dump = dump(server);
    assert!(dump.contains("user_code"));
    for secret in [&typed, &typed.replace('-', ""), &device.code.to_lowercase()] {
        assert!(!dump.contains(secret.as_str()));
    }
    let answer = browser.submit(server, &page, &[("do", "allow")]);
    done(server, &browser, &answer);
    scene.poll(&device).with_status(200);
}
