//! The authorization endpoint and the pages, as a browser sees them: the walk from a client's
//! request to its code, and everything that must be refused on the way.

mod answers;
mod authorize;
mod authorize_refused;
mod browser;
mod consent;
mod device;
mod ending;
mod forms;
mod hints;
mod password;
mod pushed;
mod second_factor;
mod secrets;
mod sign_out;
mod stored_language;
mod three_kinds;

pub(crate) use secrets::{dump, search};

use serde_json::{Value, json};

use self::browser::{Browser, Page, form, returned, value};
use crate::support::{Answer, Organization, Server};

/// The redirect URI of the client.
const CALLBACK: &str = "https://app.example.com/cb";

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// An organization with a client, and with an operator who signs in as `lan`.
struct Scene<'a> {
    server: &'a Server,
    acme: Organization<'a>,
    client: String,
    secret: String,
    operator: i64,
}

const PASSWORD: &str = "correct horse";

impl<'a> Scene<'a> {
    fn new(server: &'a Server) -> Self {
        Self::with(server, &json!({}))
    }

    /// `members` are added to those of the client.
    fn with(server: &'a Server, members: &Value) -> Self {
        let acme = server.organization("acme");
        let mut client = json!({
            "name": "Acme <Purchasing>",
            "redirectUris": [CALLBACK],
            "postLogoutRedirectUris": ["https://app.example.com/bye?a=b"],
            "scopes": ["openid", "profile", "email"],
        });
        for (name, value) in members.as_object().unwrap() {
            client[name] = value.clone();
        }
        let client = acme.client(&client);
        let operator = operator(&acme, "Lan", "lan");
        Self {
            server,
            client: client["id"].as_str().unwrap().to_owned(),
            secret: client["secret"].as_str().unwrap_or_default().to_owned(),
            acme,
            operator,
        }
    }

    /// Returns the path of a request for authorization, with these parameters more.
    fn authorize(&self, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", self.client.as_str()),
            ("redirect_uri", CALLBACK),
            ("state", "s t/a?te&"),
            ("scope", "openid profile"),
        ];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        format!("/oauth/authorize?{}", form(&fields))
    }

    /// Signs a new browser in, and allows the request unless that was done before.
    fn signed_in(&self) -> Browser {
        let browser = Browser::new();
        let page = browser.open(self.server, &self.authorize(&[]));
        let mut answer = browser.sign_in(self.server, &page, PASSWORD);
        if answer.header("location").unwrap().starts_with("/oauth/") {
            let page = browser.follow(self.server, &answer);
            answer = browser.submit(self.server, &page, &[("do", "allow")]);
        }
        value(&returned(&answer, CALLBACK), "code");
        browser
    }

    /// Returns whether the browser gets a code without a page.
    fn is_signed_in(&self, server: &Server, browser: &Browser) -> bool {
        let answer = browser.get(server, &self.authorize(&[("prompt", "none")]));
        let parameters = returned(&answer, CALLBACK);
        let code = parameters.iter().any(|(name, _)| name == "code");
        if !code {
            assert_eq!(value(&parameters, "error"), "login_required");
        }
        code
    }

    /// Exchanges a code for tokens.
    fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("client_id", self.client.as_str()),
            ("client_secret", self.secret.as_str()),
        ];
        fields.retain(|(name, value)| {
            !value.is_empty() && more.iter().all(|(other, _)| other != name)
        });
        fields.extend(more);
        self.server
            .post("/oauth/token")
            .body("application/x-www-form-urlencoded", form(&fields))
            .send()
    }
}

/// Adds an operator with a username. Its password is [`PASSWORD`].
fn operator(acme: &Organization<'_>, name: &str, username: &str) -> i64 {
    let members = json!({"name": name, "username": username, "password": PASSWORD,
        "email": format!("{username}@acme.example")});
    let added = acme.post("/api/company/operators").json(&members).send();
    added.with_status(201).json()["id"].as_i64().unwrap()
}

/// Returns the claims of a JWT, unverified.
fn claims(token: &str) -> Value {
    let payload = lanyard::token::payload(token).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

/// Checks the headers of a page with a form.
fn check_page(page: &Page) {
    check_headers(&page.answer);
}

/// Checks the headers of a page.
fn check_headers(answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("form-action"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
}
