//! The clients of guides 000 and 004 through nginx, with only base URL and key changed.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::World;
use super::credentials::key;
use super::proxy::Proxy;
use crate::script;
use crate::service::PASSWORD;

/// Lanyard, a service, and nginx in front of both.
struct Site {
    world: World,
    nginx: Proxy,
}

impl Site {
    /// `None` if nginx is not installed.
    fn new() -> Option<Self> {
        let world = World::new();
        let lanyard = world.lanyard.issuer.strip_prefix("http://").unwrap();
        let nginx = Proxy::nginx(lanyard, &world.upstream.address.to_string())?;
        Some(Self { world, nginx })
    }

    fn key(&self, scopes: &[&str]) -> String {
        key(&self.world, &json!({"name": "guide", "scopes": scopes}))
    }

    /// Runs a client with its base URL and its key. Returns its report.
    fn run(&self, program: impl AsRef<std::ffi::OsStr>, script: &Path, api_key: &str) -> Value {
        let output = Command::new(program)
            .arg(script)
            .env("BASE_URL", self.nginx.url())
            .env("API_KEY", api_key)
            .env("NO_PROXY", "*")
            .env("no_proxy", "*")
            .output()
            .unwrap();
        report(&output)
    }

    fn curl(line: &str, values: &[(&str, &str)]) -> (u16, Value) {
        let line = values.iter().fold(line.to_owned(), |line, (name, value)| {
            assert!(line.contains(name), "{name}");
            line.replace(name, value)
        });
        let line = format!("{line} --silent --write-out '\\n%{{http_code}}'");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", &line]);
        let output = shell.env("NO_PROXY", "*").env("no_proxy", "*").output();
        let printed = String::from_utf8(output.unwrap().stdout).unwrap();
        let (body, status) = printed.rsplit_once('\n').unwrap();
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        (status.parse().unwrap(), body)
    }
}

/// Guide 000's error for a credential that is not valid.
fn invalid_token() -> Value {
    json!({"error": "invalid_token", "error_description": "The access token is invalid or expired"})
}

/// Guide 000's error for a right that is missing.
fn insufficient_scope() -> Value {
    json!({"error": "insufficient_scope", "error_description": "The request requires higher privileges"})
}

/// Guide 004's error for a credential that is not valid.
fn unauthorized() -> Value {
    json!({"error": {"code": "unauthorized", "message": "Invalid or missing authentication credentials"}})
}

/// Guide 004's error for a scope that is missing.
fn needs(scope: &str) -> Value {
    let message = "The request requires higher privileges than provided by the access token.";
    json!({"error": {"code": "insufficient_scope", "message": message, "required_scope": scope}})
}

fn report(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

/// What the service saw, in a word.
fn reached(seen: &Value) -> String {
    format!(
        "{} {}",
        seen["method"].as_str().unwrap(),
        seen["target"].as_str().unwrap()
    )
}

#[test]
fn curl_as_both_guides_print_it() {
    let (Some(site), true) = (Site::new(), script::interpreter("curl", &["--version"])) else {
        return;
    };
    let base = site.nginx.url();
    let sbm = r#"curl -X GET "https://api.sbmcrm.example.com/v1/customers/12345" \
      -H "Authorization: Bearer YOUR_API_KEY" \
      -H "Content-Type: application/json""#;
    let own = |key| {
        [
            ("https://api.sbmcrm.example.com", base.as_str()),
            ("YOUR_API_KEY", key),
        ]
    };
    let (reader, writer) = (site.key(&["read"]), site.key(&["write"]));
    let (status, seen) = Site::curl(sbm, &own(&reader));
    assert_eq!(
        (status, reached(&seen)),
        (200, "GET /v1/customers/12345".to_owned())
    );
    assert_eq!(Site::curl(sbm, &own("nonsense")), (401, invalid_token()));
    assert_eq!(Site::curl(sbm, &own(&writer)), (403, insufficient_scope()));
    // Guide 000 sends the key twice.
    let both = r#"curl BASE/api/v1/customers -H "Authorization: Bearer YOUR_API_KEY" -H "X-API-Key: YOUR_API_KEY""#;
    let (status, _) = Site::curl(both, &[("BASE", &base), ("YOUR_API_KEY", &reader)]);
    assert_eq!(status, 200);

    let procure = r#"curl -H "Authorization: Bearer YOUR_API_KEY" \
      https://api.procure-core.com/v1/purchase-requests"#;
    let own = |key| {
        [
            ("https://api.procure-core.com", base.as_str()),
            ("YOUR_API_KEY", key),
        ]
    };
    let buyer = site.key(&["read:purchase-requests"]);
    let (status, seen) = Site::curl(procure, &own(&buyer));
    assert_eq!(
        (status, reached(&seen)),
        (200, "GET /v1/purchase-requests".to_owned())
    );
    assert_eq!(Site::curl(procure, &own("nonsense")), (401, unauthorized()));
}

#[test]
fn node_as_both_guides_print_it() {
    let Some(site) = Site::new() else { return };
    if script::library("node_modules/axios").is_none()
        || !script::interpreter("node", &["--version"])
    {
        return;
    }
    let (_folder, path) = script::beside_libraries("guide_keys.mjs");
    let good = site.key(&["read", "read:purchase-requests", "write:orders"]);
    let report = site.run("node", &path, &good);
    let all = ["customer", "purchaseRequests", "order"].map(|name| reached(&report[name]));
    assert_eq!(
        all,
        [
            "GET /v1/customers/12345",
            "GET /v1/purchase-requests",
            "POST /v1/orders"
        ]
    );
    let report = site.run("node", &path, "nonsense");
    let unauthorized = json!({"status": 401, "body": unauthorized()});
    assert_eq!(
        report["failed"],
        json!([{"status": 401, "body": invalid_token()}, unauthorized, unauthorized])
    );
    let report = site.run("node", &path, &site.key(&["read:orders"]));
    let lacks = |scope| json!({"status": 403, "body": needs(scope)});
    assert_eq!(
        report["failed"],
        json!([
            {"status": 403, "body": insufficient_scope()},
            lacks("read:purchase-requests"),
            lacks("write:orders"),
        ])
    );

    if !script::interpreter(
        "node",
        &["-e", "if (typeof fetch === 'undefined') process.exit(1)"],
    ) {
        return;
    }
    // The sign-in of guide 004, and the profile, are answered by Lanyard behind the same nginx.
    let output = Command::new("node")
        .arg(script::path("procure_login.mjs"))
        .env("ISSUER", site.nginx.url())
        .env("USERNAME", "lan@acme.example")
        .env("PASSWORD", PASSWORD)
        .output();
    let report = report_of_login(&output.unwrap());
    assert_eq!(report, ("lan".to_owned(), "unauthorized".to_owned()));
}

fn report_of_login(output: &Output) -> (String, String) {
    let report = report(output);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&report["profile"]["username"]),
        text(&report["refused"]["error"]["code"]),
    )
}

#[test]
fn python_as_both_guides_print_it() {
    let (Some(site), Some(python)) = (Site::new(), script::library("venv/bin/python")) else {
        return;
    };
    let path = script::path("guide_keys.py");
    let good = site.key(&["read", "read:suppliers", "write:purchase-requests"]);
    let report = site.run(&python, &path, &good);
    let all = ["customer", "suppliers", "purchaseRequest"].map(|name| reached(&report[name]));
    assert_eq!(
        all,
        [
            "GET /v1/customers/12345",
            "GET /v1/suppliers",
            "POST /v1/purchase-requests"
        ]
    );
    let report = site.run(&python, &path, "nonsense");
    assert_eq!(report["customer"], "Authentication failed");
    assert_eq!(
        report["suppliers"],
        json!({"status": 401, "body": unauthorized()})
    );
    let reader = site.key(&["read", "read:suppliers"]);
    let report = site.run(&python, &path, &reader);
    assert_eq!(
        report["purchaseRequest"],
        json!({"status": 403, "body": needs("write:purchase-requests")})
    );
}

#[test]
fn php_as_guide_004_prints_it() {
    let check = ["-r", "exit(extension_loaded('curl') ? 0 : 1);"];
    let (Some(site), true) = (Site::new(), script::interpreter("php", &check)) else {
        return;
    };
    let path = script::path("guide_keys.php");
    let good = site.key(&["read:contracts", "write:contracts"]);
    let report = site.run("php", &path, &good);
    let all = ["contracts", "created"].map(|name| reached(&report[name]));
    assert_eq!(all, ["GET /v1/contracts", "POST /v1/contracts"]);
    let report = site.run("php", &path, &site.key(&["read:contracts"]));
    assert_eq!(report["created"], "API Error: HTTP 403");
}
