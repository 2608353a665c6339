//! Writes the database of the release that this program is.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use serde_json::json;

use super::{Kind, State, Token, folder, says};
use crate::support::{Organization, Server, cluster};
use crate::upgrade::{migrations, revoke};

const DAY: u64 = 86_400;

/// Uses a server as an organization would: tokens that are valid, revoked in every way, rotated, signed by several keys.
fn use_it(server: &Server) -> State {
    let mut acme = Organization::add(server, "công-ty", "open acme").log_in();
    let other = server.organization("other");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let hoa = other.operator("Hoa");
    acme.post("/api/company/webhooks")
        .json(&json!({"url": "https://example.com/hook", "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    let first_of_all = acme.token.clone();
    let revoked_company = acme.another_token();
    // As long as the first key signs, then a day in which the next one is published.
    server.run(DAY * 89);
    assert_eq!(server.rotate_keys(), 1);
    server.run(DAY - 3_600);
    let by_the_first_key = acme.token_for(lan);
    let with_revoked = acme.with_token(&revoked_company).token_for(lan);
    server.run(3_600);
    assert_eq!(server.rotate_keys(), 1);

    let rotated = acme.post("/api/company/rotate-token").send();
    acme.token = rotated.with_status(200).string();
    let by_the_second_key = acme.token_for(lan);
    let revoked = acme.token_for(lan);
    let of_minh = acme.token_for(minh);
    let of_hoa = other.token_for(hoa);
    revoke(server, &acme.token, &revoked).with_status(204);
    acme.post(&format!("/api/company/operators/{minh}/revoke-tokens"))
        .send()
        .with_status(204);
    let last = server.app.nodes.feed.applied().0;
    let of_minh_again = acme.token_for(minh);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": revoked_company}))
        .send()
        .with_status(204);
    let app = &server.app;
    let id = OrganizationId(other.id);
    lanyard::organization::revoke_all(&app.db, id, &Origin::command_line(), app.clock.now())
        .unwrap();
    server.follow();
    server.run(3_600);

    let tokens = [
        ("the first company token, rotated", true, first_of_all),
        ("its successor", true, acme.token.clone()),
        ("a revoked company token", true, revoked_company),
        ("issued with it", false, with_revoked),
        ("signed by the first key", false, by_the_first_key),
        ("signed by the second key", false, by_the_second_key),
        ("revoked by itself", false, revoked),
        ("revoked with its operator's", false, of_minh),
        ("issued after that", false, of_minh_again),
        ("another organization's", false, of_hoa),
        ("its company token", true, other.token.clone()),
    ];
    let judged = tokens.map(|(what, is_company, text)| {
        let token = Token {
            what: what.to_owned(),
            text,
            is_company,
            says: String::new(),
        };
        Token {
            says: says(server, &acme.token, &token),
            ..token
        }
    });
    State {
        at: app.clock.now(),
        login: acme.login.clone(),
        password: acme.password.clone(),
        operator: lan,
        tokens: judged.into(),
        revocations: acme.get("/api/company/revocations").send().items(),
        company: acme.token,
        last,
    }
}

/// The statements that make the database anew.
fn dump(url: &str) -> String {
    let mut command = if let Some(path) = url.strip_prefix("sqlite:") {
        let mut sqlite3 = Command::new("sqlite3");
        sqlite3.args([path, ".dump"]);
        sqlite3
    } else {
        let mut pg_dump = Command::new(cluster::program("pg_dump").unwrap());
        pg_dump.args(["--inserts", "--no-owner", "--dbname", url]);
        pg_dump
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // Commands of psql, comments and versions say nothing of the data.
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('\\') && !line.starts_with("--"));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// Writes the dumps of the release that this program is; see `tests/upgrade/README.md`.
#[test]
#[ignore = "it writes into the repository; tests/upgrade/make runs it"]
fn write_this_release() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let database = kind.bare().expect("both kinds are needed");
        let settings = ["database.migrate=true", "tokens.algorithm=EdDSA"];
        let server = Server::start(Arc::clone(&database), &settings);
        let state = use_it(&server);
        drop(server);
        let applied = migrations::applied(&database.url());
        let (name, _) = applied.last().unwrap().split_once('_').unwrap();
        let folder = folder().join(name);
        fs::create_dir_all(&folder).unwrap();
        let file = |ending: &str| folder.join(format!("{}.{ending}", kind.word()));
        fs::write(file("sql"), dump(&database.url())).unwrap();
        let state = serde_json::to_string_pretty(&state).unwrap();
        fs::write(file("json"), state + "\n").unwrap();
    }
}
