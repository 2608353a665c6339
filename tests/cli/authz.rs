//! `lanyard authz`, and the file of rules of a running service.

use serde_json::json;

use crate::harness::{Folder, until};
use crate::http::get;

const RULES: &str = r#"
[[rule]]
name = "campaigns"
methods = ["POST"]
path = "/api/v1/campaigns"
scopes = ["write"]
roles = ["marketing"]

[[rule]]
name = "public"
path = "/public/**"
access = "public"
"#;

const TABLE: &str = r#"
[[request]]
method = "POST"
url = "https://api.example.com/api/v1/campaigns"
kind = "api_key"
scopes = ["write"]
role = "marketing"
status = 200

[[request]]
method = "GET"
url = "https://api.example.com/public/../x"
status = 200
rule = "public"
"#;

fn with_rules(folder: &Folder, arguments: &[&str]) -> crate::harness::Ended {
    let rules = [("LANYARD_AUTHZ_RULES_FILE", "rules.toml")];
    folder.run_with(arguments, &rules)
}

#[test]
fn a_table_is_compared_with_the_rules() {
    let folder = Folder::new();
    folder.write("rules.toml", RULES);
    folder.write("table.toml", TABLE);
    let ended = with_rules(&folder, &["authz", "test", "table.toml"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_eq!(
        ended.out,
        "table.toml:10: GET https://api.example.com/public/../x: status 403, expected 200; rule \"\", expected \"public\"\n\
         2 requests, 1 differ\n"
    );
    folder.write("table.toml", TABLE.split_once("\n\n[[request]]").unwrap().0);
    let ended = with_rules(&folder, &["authz", "test", "table.toml"]);
    assert_eq!(ended.ok(), "1 requests, 0 differ\n");
    // The service refuses what came over plain HTTP, unless `http.require_tls` is `false`.
    let plain = TABLE.split_once("\n\n[[request]]").unwrap().0;
    let plain = plain.replace("https://", "http://");
    folder.write("plain.toml", &plain);
    let ended = with_rules(&folder, &["authz", "test", "plain.toml"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.out.contains("status 403, expected 200\n"),
        "{ended:?}"
    );
    let arguments = [
        "authz",
        "test",
        "plain.toml",
        "--set",
        "http.require_tls=false",
    ];
    assert_eq!(
        with_rules(&folder, &arguments).ok(),
        "1 requests, 0 differ\n"
    );
    folder.write("rules.toml", "[[rule]]\nname = \"a\"\npath = \"a\"\n");
    let ended = with_rules(&folder, &["authz", "test", "table.toml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert_eq!(
        ended.err,
        "lanyard: rules.toml: line 3: path must begin with /\n"
    );
    let ended = folder.run(&["authz", "test", "table.toml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    folder.write("rules.toml", RULES);
    folder.write("table.toml", "[[request]]\nmethods = 7\n");
    let ended = with_rules(&folder, &["authz", "test", "table.toml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[test]
fn the_rules_of_the_examples_pass_their_table() {
    let folder = Folder::new();
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/forward-auth");
    let path = |name: &str| examples.join(name).display().to_string();
    let rules = path("rules.toml");
    let ended = folder.run_with(
        &["authz", "test", &path("table.toml")],
        &[("LANYARD_AUTHZ_RULES_FILE", &rules)],
    );
    assert!(ended.ok().ends_with(" requests, 0 differ\n"));
}

#[test]
fn a_request_is_judged_as_the_service_would() {
    let folder = Folder::new();
    folder.write("rules.toml", RULES);
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    let key = |name: &str, members: &serde_json::Value| {
        let made = service
            .post_as(&company, "/api/v1/api-keys", members)
            .json();
        folder.write(name, made["key"].as_str().unwrap());
    };
    key(
        "good",
        &json!({"name": "a", "scopes": ["write"], "role": "marketing"}),
    );
    key("narrow", &json!({"name": "b", "scopes": ["read"]}));
    key(
        "elsewhere",
        &json!({"name": "c", "scopes": ["write"], "role": "marketing", "allowed_ips": ["192.0.2.7"]}),
    );
    key(
        "signing",
        &json!({"name": "d", "scopes": ["write"], "role": "marketing", "require_signature": true}),
    );
    folder.write("company", &company);
    folder.write("nonsense", "nonsense");
    let campaigns = "https://api.example.com/api/v1/campaigns";
    let check = |method: &str, url: &str, more: &[&str]| {
        let arguments = [&["authz", "check", method, url], more].concat();
        let ended = with_rules(&folder, &arguments);
        (ended.code, ended.out.trim().to_owned())
    };
    let answer = |code, text: &str| (code, text.to_owned());
    let with = |file| check("POST", campaigns, &["--token-file", file]);
    assert_eq!(with("good"), answer(0, "200 by rule campaigns"));
    assert_eq!(
        with("narrow"),
        answer(1, "403 by rule campaigns: the scope write is missing")
    );
    assert_eq!(
        with("nonsense"),
        answer(1, "401 by rule campaigns: the credential is not valid")
    );
    assert_eq!(
        with("company"),
        answer(1, "403 by rule campaigns: its kind is not admitted")
    );
    assert_eq!(
        with("elsewhere"),
        answer(1, "401 by rule campaigns: the credential is not valid")
    );
    assert_eq!(
        with("signing"),
        answer(
            1,
            "401 by rule campaigns: this key must sign its requests (RFC 9421)"
        )
    );
    let plain = campaigns.replace("https:", "http:");
    assert_eq!(
        check("POST", &plain, &["--token-file", "good"]),
        answer(1, "403 by rule campaigns: the client came over plain HTTP")
    );
    let from = ["--token-file", "elsewhere", "--address", "192.0.2.7"];
    assert_eq!(
        check("POST", campaigns, &from),
        answer(0, "200 by rule campaigns")
    );
    assert_eq!(
        check("POST", campaigns, &[]),
        answer(1, "401 by rule campaigns: no credential")
    );
    assert_eq!(
        check("GET", campaigns, &[]),
        answer(1, "403 by no rule: no rule matches")
    );
    assert_eq!(
        check("GET", "https://api.example.com/public/../x", &[]),
        answer(
            1,
            "403 by no rule: the path is refused: it has a segment . or .."
        )
    );
    assert_eq!(
        check("GET", "https://api.example.com/public/x", &["--json"]),
        answer(0, r#"{"status":200,"rule":"public","reason":""}"#)
    );
    let session = service.post_as(&company, "/api/operator/get-token", &json!({"id": 1}));
    folder.write("operator", &session.string());
    assert_eq!(
        with("operator"),
        answer(1, "403 by rule campaigns: the scope write is missing")
    );
    folder.write("rules.toml", "[[rule]]\nname = \"a\"\npath = \"a\"\n");
    let ended = with_rules(&folder, &["authz", "check", "GET", campaigns]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert_eq!(
        ended.err,
        "lanyard: rules.toml: line 3: path must begin with /\n"
    );
}

#[test]
fn a_change_is_in_force_while_the_service_runs() {
    let folder = Folder::new();
    folder.write("rules.toml", RULES);
    let environment = [
        ("LANYARD_AUTHZ_RULES_FILE", "rules.toml"),
        ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let service = folder.serve(&environment);
    let status = |target: &str| {
        let described = [
            ("X-Forwarded-Method", "GET"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "api.example.com"),
            ("X-Forwarded-Uri", target),
        ];
        service.ask(&get("/authz", &described)).status
    };
    assert_eq!((status("/public/a"), status("/other/a")), (200, 403));
    let begun = std::time::Instant::now();
    folder.write("rules.toml", &RULES.replace("/public", "/other"));
    until("the change is in force", || status("/other/a") == 200);
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(status("/public/a"), 403);
    folder.write("rules.toml", "[[rule]]\nname = 7\n");
    let metric = || service.ask(&get("/metrics", &[])).text();
    until("the fault is reported", || {
        metric().contains("lanyard_authz_rules_valid 0")
    });
    assert_eq!(status("/other/a"), 200);
    let log = service.stop();
    let faults: Vec<_> = log
        .lines()
        .filter(|line| line.contains("have faults"))
        .collect();
    assert_eq!(faults.len(), 1, "{log}");
    assert!(faults[0].contains("line 2: name must be text"), "{log}");
    // It does not start with them.
    let ended = folder.run_with(&["serve"], &environment);
    assert!(ended.refused().contains("line 2: name must be text"));
}

#[test]
fn a_stranger_that_asks_is_logged_once_a_minute() {
    let folder = Folder::new();
    folder.write("rules.toml", RULES);
    let rules = [("LANYARD_AUTHZ_RULES_FILE", "rules.toml")];
    let service = folder.serve(&rules);
    let described = [
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "api.example.com"),
        ("X-Forwarded-Uri", "/public/a"),
    ];
    for _ in 0..5 {
        assert_eq!(service.ask(&get("/authz", &described)).status, 403);
    }
    let log = service.stop();
    let about_refusals: Vec<_> = log
        .lines()
        .filter(|line| line.contains("/authz is refused"))
        .collect();
    assert_eq!(about_refusals.len(), 1, "{log}");
    assert!(about_refusals[0].contains("http.trusted_proxies"), "{log}");
}
