//! Secrets of every kind go through a running service that logs at the finest level, in right
//! requests and in wrong ones. Then they are looked for: in the log, in the metrics, in the files of the
//! database and in a backup.

mod misplaced;

use std::fmt::Write as _;
use std::fs;

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::{Value, json};

use crate::cluster;
use crate::database::{Database, on_both};
use crate::http::Client;
use crate::oauth::{App, ISSUER, PASSWORD as OPERATORS_PASSWORD, set_credentials};
use crate::service::{Installation, PASSWORD, Service};

/// What is not to be found anywhere, each with what it is.
type Secrets = Vec<(&'static str, String)>;

/// Where nothing listens: WeChat is away.
const NOBODY: &str = "http://127.0.0.1:9";

const SETTINGS: [(&str, &str); 6] = [
    ISSUER,
    // So that what a proxy asks about is judged.
    ("HTTP_TRUSTED_PROXIES", "127.0.0.1"),
    (
        "AUTHZ_RULES_FILE",
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/authz/rules.toml"),
    ),
    ("LOG_LEVEL", "trace"),
    ("LOG_REQUESTS", "all"),
    ("WECHAT_BASE_URL", NOBODY),
];

struct Caller {
    client: Client,
    company: String,
    secrets: Secrets,
}

impl Caller {
    /// Calls with the company token. Returns the answer, which must be good.
    fn call(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let answer = self.client.call(method, path, &self.company, &body);
        let answer = answer.answer();
        assert!((200..300).contains(&answer.status), "{path}: {answer:?}");
        if answer.body.is_empty() {
            Value::Null
        } else {
            answer.json()
        }
    }

    /// Notes a member of an answer as a secret.
    fn note(&mut self, what: &'static str, answer: &Value, member: &str) -> String {
        let text = answer[member].as_str().unwrap_or_else(|| {
            panic!("{what}: there is no {member} in {answer}");
        });
        self.secrets.push((what, text.to_owned()));
        text.to_owned()
    }

    fn keys(&mut self) {
        let members = json!({"name": "till", "scopes": ["keys:verify"], "signing": true});
        let made = self.call("POST", "/api/v1/api-keys", &members);
        let key = self.note("a key", &made, "key");
        self.note("a signing secret", &made, "signing_secret");
        let path = format!("/api/v1/api-keys/{}/rotate", made["id"].as_str().unwrap());
        let rotated = self.call("POST", &path, &json!({}));
        let present = self.note("a rotated key", &rotated, "key");
        let secret = self.note("a rotated signing secret", &rotated, "signing_secret");
        for text in [&key, &present] {
            let profile = self.client.call("GET", "/v1/profile", text, "").answer();
            assert_eq!(profile.status, 200, "{profile:?}");
            let body = json!({"key": text}).to_string();
            let verify = "/api/v1/api-keys/verify";
            let verified = self.client.call("POST", verify, text, &body).answer();
            assert_eq!(verified.json()["valid"], true, "{verified:?}");
        }
        self.call(
            "POST",
            "/api/v1/leaked-keys",
            &json!({"key": secret, "url": "https://example.com/paste"}),
        );
    }

    fn operator(&mut self, operator: i64) {
        set_credentials(&mut self.client, &self.company, operator, "lan");
        let token = self.call("POST", "/api/operator/get-token", &json!({"id": operator}));
        let token = token.as_str().unwrap().to_owned();
        self.call(
            "POST",
            "/api/operator/validate-token",
            &json!({"token": token}),
        );
        self.secrets.push(("an operator token", token));
        let body = json!({"username": "lan", "password": OPERATORS_PASSWORD});
        let session = self.call("POST", "/auth/login", &body);
        self.note("a session", &session, "token");
    }

    /// Gives an operator a second factor. It cannot sign in with its password alone afterwards.
    fn second_factor(&mut self, operator: i64) {
        let totp = format!("/api/company/operators/{operator}/totp");
        let totp = self.call("POST", &totp, &json!({}));
        self.note("the secret of a second factor", &totp, "secret");
        for code in totp["recoveryCodes"].as_array().unwrap() {
            let code = code.as_str().unwrap().to_owned();
            self.secrets.push(("a recovery code", code));
        }
    }

    fn clients(&mut self) {
        for format in ["jwt", "opaque"] {
            let members = json!({"tokenFormat": format});
            let app = App::register(&mut self.client, &self.company, &members);
            let tokens = app.sign_in(&mut self.client, "lan");
            let refreshed = app.refresh(&mut self.client, &tokens.refresh).answer();
            let refreshed = refreshed.json();
            self.note("an access token", &refreshed, "access_token");
            self.note("a refresh token", &refreshed, "refresh_token");
            assert!(app.is_active(&mut self.client, &tokens.access));
            let rotate = format!("/api/company/clients/{}/rotate-secret", app.id);
            let rotated = self.call("POST", &rotate, &json!({}));
            self.note("a rotated client secret", &rotated, "secret");
            self.secrets.extend([
                ("a client secret", app.secret),
                ("an access token", tokens.access),
                ("a used refresh token", tokens.refresh),
            ]);
        }
        let members = json!({
            "grants": ["device_code"],
            "scopes": ["profile"],
        });
        let app = App::register(&mut self.client, &self.company, &members);
        let asked = app.form("/oauth/device_authorization", &[("scope", "profile")]);
        let asked = self.client.send(&asked).answer();
        assert_eq!(asked.status, 200, "{asked:?}");
        self.note("a device code", &asked.json(), "device_code");
        self.note("a user code", &asked.json(), "user_code");
        self.secrets.push(("a client secret", app.secret));
    }

    fn others(&mut self) {
        let app = json!({"app_id": "wx-canary", "secret": "s3cret-of-the-app"});
        self.call("POST", "/api/v1/wechat-apps", &app);
        self.note("the secret of a WeChat app", &app, "secret");
        let code = json!({"code": "c0de-of-wechat", "app_id": "wx-canary"});
        self.note("a code of WeChat", &code, "code");
        let path = "/api/v1/auth/wechat/login";
        let away = self.client.call("POST", path, "", &code.to_string());
        assert_eq!(away.answer().status, 503);
        let webhook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
        let webhook = self.call("POST", "/api/company/webhooks", &webhook);
        self.note("the secret of a webhook", &webhook, "secret");
    }

    /// Sends every secret where it does not belong.
    fn misplace(&mut self) {
        for (what, secret) in self.secrets.clone() {
            for request in misplaced::requests(&secret, &self.company) {
                let answer = self.client.send(&request).answer();
                assert!(answer.status < 500, "{what}: {request} {answer:?}");
            }
            self.secrets
                .push(("a client's credential", misplaced::basic(&secret)));
        }
    }
}

/// Returns the bytes of the database's own files, and of a backup that is made while the service runs.
fn stored(database: &Database) -> Vec<(&'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    match database {
        Database::Sqlite(own) => {
            let file = own.path().join("lanyard.db");
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            conn.batch_execute(&format!("VACUUM INTO '{}'", copy.display()))
                .unwrap();
            let mut found = vec![("a backup", fs::read(copy).unwrap())];
            for name in ["lanyard.db", "lanyard.db-wal"] {
                let file = fs::read(own.path().join(name)).unwrap_or_default();
                found.push(("a file of the database", file));
            }
            found
        }
        Database::Postgres(url) => {
            let (_, name) = url.rsplit_once('/').unwrap();
            let name = name.split('?').next().unwrap();
            cluster::shared().unwrap().dump(name, &copy);
            vec![("a dump", fs::read(copy).unwrap())]
        }
    }
}

fn search(what: &str, bytes: &[u8], secrets: &Secrets) {
    let found = String::from_utf8_lossy(bytes);
    for (secret, text) in secrets {
        // Also without the prefix that says what it is, and as bytes in a dump.
        let mut prefixes = ["live_", "whsec_"].iter();
        let bare = prefixes.find_map(|prefix| text.split_once(prefix));
        let bare = bare.map_or(text.as_str(), |(_, bare)| bare);
        let hex = text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        for form in [text.as_str(), bare, &hex] {
            assert!(form.len() >= 6, "{secret} is too short to be found");
            assert!(!found.contains(form), "{secret} is in {what}: {form}");
        }
    }
}

on_both!(no_secret_is_in_the_log_the_metrics_the_database_or_a_backup);

fn no_secret_is_in_the_log_the_metrics_the_database_or_a_backup(database: &Database) {
    let installation = Installation::new(&database.url(), &SETTINGS);
    let service: Service = installation.serve();
    let operator = installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let mut caller = Caller {
        client,
        secrets: vec![
            ("a password", PASSWORD.to_owned()),
            ("an operator's password", OPERATORS_PASSWORD.to_owned()),
            ("a company token", company.clone()),
            ("the master key", "07".repeat(32)),
        ],
        company,
    };
    caller.operator(operator);
    caller.clients();
    caller.keys();
    caller.others();
    caller.second_factor(operator);
    caller.misplace();
    let Caller {
        mut client,
        secrets,
        ..
    } = caller;
    assert!(secrets.len() >= 25, "{}", secrets.len());
    let metrics = client.call("GET", "/metrics", "", "").answer().body;
    search("the metrics", &metrics, &secrets);
    for (what, bytes) in stored(database) {
        search(what, &bytes, &secrets);
        // The search finds what is there.
        let found = String::from_utf8_lossy(&bytes);
        assert!(
            what.contains("file") || found.contains("wx-canary"),
            "{what}"
        );
    }
    let log = service.log();
    search("the log", log.as_bytes(), &secrets);
    assert!(
        log.contains("/auth/login") && log.contains("WeChat"),
        "{log}"
    );
}
