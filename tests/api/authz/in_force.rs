//! Which rules are in force, the metrics, and what holds when this node cannot decide.

use diesel::RunQueryDsl;
use insta::assert_snapshot;
use serde_json::json;

use super::{ask, key, text};
use crate::support::database::Database;
use crate::support::{Server, on_both};

on_both!(
    decisions_are_counted,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn decisions_are_counted(server: &Server) {
    let acme = server.organization("acme");
    let reader = key(&acme, &json!({"scopes": ["read"]}));
    for (method, target) in [
        ("GET", "/api/v1/customers"),
        ("GET", "/api/v1/customers"),
        ("POST", "/api/v1/campaigns"),
        ("GET", "/public/x"),
        ("GET", "/nowhere"),
    ] {
        ask(server, method, target).bearer(text(&reader)).send();
    }
    ask(server, "GET", "/open").bearer("nonsense").send();
    ask(server, "GET", "/open").from([127, 0, 0, 2]).send();
    let page = server.get("/metrics").send();
    let mut lines: Vec<_> = page
        .text()
        .lines()
        .filter(|line| line.starts_with("lanyard_authz_") && !line.contains("_created"))
        .collect();
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r#"
    lanyard_authz_decisions_total{status="200",kind="api_key"} 2
    lanyard_authz_decisions_total{status="200",kind="public"} 1
    lanyard_authz_decisions_total{status="401",kind="none"} 1
    lanyard_authz_decisions_total{status="403",kind="api_key"} 1
    lanyard_authz_decisions_total{status="403",kind="none"} 2
    lanyard_authz_rules_valid 1
    "#);
}

#[test]
fn a_change_of_the_file_is_in_force_and_a_faulty_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.toml");
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    let public =
        |path: &str| format!("[[rule]]\nname = \"a\"\npath = \"{path}\"\naccess = \"public\"\n");
    write(&public("/a"));
    let file = format!("authz.rules_file={}", path.display());
    let server = Server::start(
        Database::sqlite(),
        &[&file, "http.trusted_proxies=127.0.0.1"],
    );
    let status = |target: &str| ask(&server, "GET", target).send().status;
    let reload = || {
        lanyard::access::job::reload(
            &server.app.forward_auth.file,
            &server.app.metrics.authz_rules_valid,
        )
    };
    let valid = || server.app.metrics.authz_rules_valid.get();
    assert_eq!((status("/a"), status("/b"), valid()), (200, 403, 1));
    write(&public("/b"));
    assert_eq!(
        (reload(), status("/a"), status("/b"), valid()),
        (1, 403, 200, 1)
    );
    write(&public("b"));
    assert_eq!((reload(), status("/b"), valid()), (0, 200, 0));
    write(&public("/b"));
    assert_eq!((reload(), status("/b"), valid()), (1, 200, 1));
    let job = lanyard::jobs::LOCAL
        .iter()
        .find(|job| job.name == "reload_rules");
    let every = job.unwrap().every + std::time::Duration::from_secs(1);
    assert!(every < std::time::Duration::from_secs(5));
}

/// A node that has lost touch with the others refuses instead of guessing.
#[test]
fn without_its_lease_a_node_does_not_decide() {
    let server = Server::start(
        Database::sqlite(),
        &[
            "authz.rules_file=tests/api/authz/rules.toml",
            "http.trusted_proxies=127.0.0.1",
            "feed.lease=1s",
        ],
    );
    let acme = server.organization("acme");
    let reader = key(&acme, &json!({}));
    let get = |target: &str| ask(&server, "GET", target).bearer(text(&reader)).send();
    get("/open").with_status(200);
    server.app.nodes.feed.stop();
    let lost = (0..100_000).any(|_| get("/open").status != 200);
    assert!(lost, "the lease outlives its end");
    assert_eq!(
        get("/open").with_status(503).json()["error"],
        "temporarily_unavailable"
    );
    let nested = get("/open-nested");
    assert_eq!(
        nested.with_status(503).json()["error"]["code"],
        "temporarily_unavailable"
    );
    assert!(nested.header("retry-after").is_some(), "{nested}");
    // No credential is looked at there.
    get("/public/x").with_status(200);
    get("/nowhere").with_status(403);
}

/// What is in memory is answered, and whatever must be looked up is not.
#[test]
fn without_its_database_a_node_refuses_only_what_it_must_look_up() {
    let server = Server::start(
        Database::sqlite(),
        &[
            "authz.rules_file=tests/api/authz/rules.toml",
            "http.trusted_proxies=127.0.0.1",
        ],
    );
    let acme = server.organization("acme");
    let [known, other] = [0, 1].map(|_| key(&acme, &json!({})));
    let get = |token: &str| ask(&server, "GET", "/open").bearer(token).send();
    get(text(&known)).with_status(200);
    let away = |conn: &mut lanyard::db::Conn| -> lanyard::db::Result<()> {
        let away = "ALTER TABLE api_key_texts RENAME TO away";
        lanyard::on_backend!(conn, c => diesel::sql_query(away).execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(away).unwrap();
    get(text(&known)).with_status(200);
    let cannot = get(text(&other));
    assert_eq!(
        cannot.with_status(503).json()["error"],
        "temporarily_unavailable"
    );
    assert!(cannot.header("retry-after").is_some(), "{cannot}");
    // What has no form of a key needs no look-up.
    get("ak_live_x").with_status(401);
    let metrics = server.get("/metrics").send();
    let counted = r#"lanyard_authz_decisions_total{status="503",kind="none"} 1"#;
    assert!(metrics.text().contains(counted), "{metrics}");
}
