//! No table has the text of a secret of a key, an app, an endpoint, a registration or a session of
//! the console, and neither the metrics nor the audit log shows one.

use lanyard::base::OrganizationId;
use lanyard::client::registration_token;
use serde_json::Value;

use super::*;
use crate::pages::{dump, search};
use crate::support::on_both;

/// Secrets, each with what it is.
type Secrets = Vec<(&'static str, String)>;

fn text(record: &Value, member: &str) -> String {
    record[member].as_str().unwrap().to_owned()
}

/// Makes secrets over the API, and uses those that are credentials.
fn over_the_api(server: &Server, acme: &Organization<'_>) -> Secrets {
    let mut secrets = Secrets::new();
    let post = |path: &str, members: &Value| {
        let answer = acme.post(path).json(members).send();
        assert!(answer.status < 300, "{path}: {answer}");
        answer.json()
    };
    let key = json!({"name": "till", "scopes": ["read"], "signing": true});
    let key = post("/api/v1/api-keys", &key);
    let rotate = format!("/api/v1/api-keys/{}/rotate", text(&key, "id"));
    let rotated = post(&rotate, &json!({"overlap_seconds": 600}));
    for one in [&key, &rotated] {
        secrets.push(("a key", text(one, "key")));
        secrets.push(("a signing secret", text(one, "signing_secret")));
        let profile = server.get("/v1/profile").bearer(&text(one, "key")).send();
        profile.with_status(200);
    }
    let app = json!({"app_id": "wx-canary", "secret": "first-s3cret-of-the-app"});
    post("/api/v1/wechat-apps", &app);
    let other = json!({"secret": "other-s3cret-of-the-app"});
    let changed = acme.patch("/api/v1/wechat-apps/wx-canary").json(&other);
    changed.send().with_status(200);
    for body in [&app, &other] {
        secrets.push(("a secret of a WeChat app", text(body, "secret")));
    }
    let webhook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
    let webhook = text(&post("/api/company/webhooks", &webhook), "secret");
    if let Some((_, bare)) = webhook.rsplit_once('_') {
        secrets.push(("a webhook's secret without its prefix", bare.to_owned()));
    }
    secrets.push(("a webhook's secret", webhook));

    let (app, id) = (&server.app, OrganizationId(acme.id));
    let now = app.clock.now();
    let issued = app
        .db
        .write_blocking(|conn| registration_token::issue(conn, id, 2, now));
    let token = issued.unwrap().to_string();
    let members = json!({"redirect_uris": ["https://shop.example.com/cb"]});
    let registered = server.post("/oauth/register").bearer(&token).json(&members);
    let registered = registered.send().with_status(201).json();
    secrets.push((
        "a registered client's secret",
        text(&registered, "client_secret"),
    ));
    secrets.push(("a token for registrations", token));
    secrets
}

/// Makes secrets in the console, and notes those of the browser.
fn in_the_console(server: &Server, acme: &Organization<'_>) -> Secrets {
    let mut secrets = Secrets::new();
    let olga = operator(acme, "olga", "admin");
    let browser = Browser::default();
    let page = browser.open(server, "/console/sign-in");
    let csrf = page.form("sign-in").hidden("csrf").to_owned();
    secrets.push(("a token against forgery", csrf));
    let before = browser.cookie("lanyard_pre").unwrap();
    secrets.push(("a cookie before the sign-in", before));
    let login = format!("{}/olga", acme.login);
    browser.sign_in(server, &login, PASSWORD).with_status(303);
    let cookie = |browser: &Browser| browser.cookie("lanyard_console").unwrap();
    secrets.push(("a cookie of the console", cookie(&browser)));

    let page = browser.open(server, "/console/api-keys/new");
    let form = page.form("api-key");
    secrets.push(("a token against forgery", form.hidden("csrf").to_owned()));
    let fields = [
        ("name", "CI"),
        ("environment", "live"),
        ("scope", "read"),
        ("expires", "never"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    secrets.push(("a key of the console", Page { answer }.text_of("secret")));
    // The same form again leads to the record, and says so in a notice.
    let again = browser.send(server, &form, &fields);
    let record = again
        .with_status(303)
        .header("location")
        .unwrap()
        .to_owned();
    let rotate = browser.open(server, &format!("{record}/rotate"));
    let fields = [("overlap", "0"), ("do", "rotate")];
    let answer = browser.send(server, &rotate.form("rotate"), &fields);
    answer.with_status(200);
    secrets.push((
        "a rotated key of the console",
        Page { answer }.text_of("secret"),
    ));

    let path = "/console/rotation/new";
    let fields = [("label", "CI"), ("do", "create")];
    let answer = browser.submit(server, path, "company-token", &fields);
    let company = Page { answer }.text_of("secret");
    let rotate = format!("/console/rotation/{}/rotate", super::tokens::jti(&company));
    let fields = [("overlap", "policy"), ("do", "rotate")];
    let answer = browser.submit(server, &rotate, "rotate", &fields);
    let successor = Page { answer }.text_of("secret");
    secrets.push(("a company token of the console", company));
    secrets.push(("its successor", successor));
    let fields = [
        ("url", "https://example.com/"),
        ("events", "token.revoked"),
        ("do", "create"),
    ];
    let answer = browser.submit(server, "/console/webhooks/new", "webhook", &fields);
    secrets.push((
        "a webhook's secret of the console",
        Page { answer }.text_of("secret"),
    ));

    let (totp, codes) = totp(acme, olga);
    secrets.push(("the secret of a second factor", totp));
    secrets.extend(codes.into_iter().map(|code| ("a recovery code", code)));
    let root = platform::root(server, "root");
    let browser = root.signed_in(server);
    let cookie_of_platform = browser.cookie(platform::COOKIE).unwrap();
    secrets.push(("a cookie of the platform", cookie_of_platform));
    secrets.push(("the secret of a platform admin", root.secret));
    secrets.extend(
        root.codes
            .into_iter()
            .map(|code| ("its recovery code", code)),
    );
    let own = Browser::signed_in(server, &acme.login, &acme.password);
    secrets.push(("a cookie of the organization's own session", cookie(&own)));
    secrets.push(("a password", PASSWORD.to_owned()));
    secrets
}

on_both!(
    no_secret_of_the_console_or_of_keys_is_in_the_database,
    "oauth.registration=true"
);
fn no_secret_of_the_console_or_of_keys_is_in_the_database(server: &Server) {
    let acme = server.organization("acme");
    let mut secrets = over_the_api(server, &acme);
    secrets.extend(in_the_console(server, &acme));
    assert!(secrets.len() >= 20, "{}", secrets.len());
    server.app.keys.uses.write(&server.app.db).unwrap();
    search(&dump(server), &secrets);
    // A key that was found is named in the log, and in the message to an endpoint, without its text.
    let report = json!({"key": secrets[2].1, "url": "https://example.com/paste"});
    let report = server.post("/api/v1/leaked-keys").json(&report).send();
    assert_eq!(report.with_status(200).json(), json!({"recognized": true}));
    let dump = dump(server);
    search(&dump, &secrets);
    // The search finds what is there.
    for there in [
        "wx-canary",
        "api_key.leak_reported",
        "https://example.com/paste",
    ] {
        assert!(dump.contains(there), "{there}");
    }
    let metrics = server.get("/metrics").send();
    let log = acme.get("/api/company/audit?limit=1000").send();
    for (what, secret) in &secrets {
        assert!(!metrics.text().contains(secret), "{what} is in the metrics");
        assert!(
            !log.with_status(200).text().contains(secret),
            "{what} is in the audit log"
        );
    }
}
