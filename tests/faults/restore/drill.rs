//! The drill. After the backup comes a time that is then lost: in it, ids, sequences, tokens and
//! keys are used and revoked, and the copy has none of that. After the restore none of it is valid,
//! and none of it is issued again.

use std::process::Output;

use serde_json::{Value, json};

use crate::events::Events;
use crate::http::request;
use crate::service::{Installation, PASSWORD, Service};

fn run(installation: &Installation, arguments: &[&str]) -> Output {
    installation.lanyard(arguments).output().unwrap()
}

fn ok(installation: &Installation, arguments: &[&str]) -> String {
    let output = run(installation, arguments);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {printed}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail. Returns what it prints.
pub(super) fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = run(installation, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Returns one value of each line that a command prints.
fn listed(installation: &Installation, command: &str, member: &str) -> Vec<Value> {
    let lines = ok(installation, &[command, "list", "--json"]);
    let value = |line: &str| serde_json::from_str::<Value>(line).unwrap()[member].clone();
    lines.lines().map(value).collect()
}

fn highest_organization(installation: &Installation) -> i64 {
    let ids = listed(installation, "organization", "id");
    ids.iter().filter_map(Value::as_i64).max().unwrap()
}

fn post(service: &Service, path: &str, token: &str, body: &Value) -> crate::http::Answer {
    let body = body.to_string();
    service.client().call("POST", path, token, &body).answer()
}

fn log_in(service: &Service, login: &str) -> String {
    let body = json!({"login": login, "password": PASSWORD});
    post(service, "/api/company/get-token", "", &body).string()
}

fn token_for(service: &Service, company: &str, operator: i64) -> String {
    let body = json!({"id": operator});
    post(service, "/api/operator/get-token", company, &body).string()
}

fn is_valid(service: &Service, company: &str, token: &str) -> bool {
    let body = json!({"token": token});
    let answer = post(service, "/api/operator/validate-token", company, &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["isValid"] == true
}

/// Returns the revocations after `last`, up to the first head of the stream.
fn revocations_after(service: &Service, company: &str, last: i64) -> Vec<Value> {
    let request = request("GET", "/api/company/revocations", company, "").replacen(
        "\r\n",
        &format!("\r\nAccept: text/event-stream\r\nLast-Event-ID: {last}\r\n"),
        1,
    );
    Events::open(service.address, request.as_bytes())
        .until_head()
        .0
}

fn is_let_in(service: &Service, company: &str) -> bool {
    let mut client = service.client();
    let answer = client.call("GET", "/api/company/organization", company, "");
    let status = answer.answer().status;
    assert!([200, 401, 403].contains(&status), "{status}");
    status == 200
}

/// Revokes all tokens of an operator. Returns the sequence of the entry.
fn revoke_tokens(service: &Service, company: &str, operator: i64) -> i64 {
    let path = format!("/api/company/operators/{operator}/revoke-tokens");
    let answer = post(service, &path, company, &Value::Null);
    assert_eq!(answer.status, 204, "{answer:?}");
    let sequence = answer.header("revocation-sequence").unwrap();
    sequence.parse().unwrap()
}

fn rotate_and_revoke_the_key(installation: &Installation) {
    let first = listed(installation, "key", "kid");
    let first = first[0].as_str().unwrap();
    ok(installation, &["key", "rotate"]);
    ok(installation, &["key", "rotate", "--force"]);
    ok(installation, &["key", "revoke", first]);
}

/// Backs up, continues to use the service, puts the backup back, restores with `flags`, and checks
/// everything that was issued.
pub(super) fn drill(
    installation: &mut Installation,
    flags: &str,
    back_up: impl FnOnce(),
    put_back: impl FnOnce(&mut Installation),
) {
    let mut service = installation.serve();
    let lan = installation.populate("acme");
    let mut companies = vec![log_in(&service, "acme")];
    let company = companies[0].clone();
    let mut tokens: Vec<_> = (0..2).map(|_| token_for(&service, &company, lan)).collect();
    back_up();

    // Here begins the time that is lost.
    let revoke = json!({"token": tokens[0]});
    let revoked = post(&service, "/api/operator/revoke-token", &company, &revoke);
    assert_eq!(revoked.status, 204, "{revoked:?}");
    let lost_operator = installation.populate("lost");
    let lost_organization = highest_organization(installation);
    companies.push(log_in(&service, "lost"));
    tokens.push(token_for(&service, &companies[1], lost_operator));
    rotate_and_revoke_the_key(installation);
    assert!(!is_let_in(&service, &company));
    companies.push(log_in(&service, "acme"));
    let company = companies[2].clone();
    tokens.push(token_for(&service, &company, lan));
    for _ in 0..20 {
        revoke_tokens(&service, &company, lan);
    }
    let last = revoke_tokens(&service, &company, lan);
    tokens.push(token_for(&service, &company, lan));
    assert!(is_valid(&service, &company, &tokens[4]));

    let why = refused(installation, &["restore", "--yes"]);
    assert!(why.contains("stop every node"), "{why}");
    assert!(
        is_valid(&service, &company, &tokens[4]),
        "the refused restore changed nothing"
    );
    service.terminate();
    assert!(service.wait().success());
    put_back(installation);

    let why = refused(installation, &["restore"]);
    assert!(why.contains("--yes"), "{why}");
    let arguments: Vec<_> = flags.split(' ').collect();
    let printed = ok(
        installation,
        &[&["restore", "--json"], &*arguments].concat(),
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert!(printed["head"].as_i64().unwrap() < last, "{printed}");
    assert!(printed["sequence"].as_i64().unwrap() > last + 900_000_000);
    let again = ok(installation, &["restore", "--yes"]);
    assert!(again.contains("every token is revoked"), "{again}");

    let service = installation.serve();
    let company = log_in(&service, "acme");
    for (place, token) in tokens.iter().enumerate() {
        assert!(!is_valid(&service, &company, token), "token {place}");
    }
    for (place, token) in companies.iter().enumerate() {
        assert!(!is_let_in(&service, token), "company token {place}");
    }
    // Operators that were added in the lost time are gone. They can be added again, with ids that
    // were never used.
    assert!(installation.populate("lost") > lost_operator);
    assert!(highest_organization(installation) > lost_organization);
    let other = log_in(&service, "lost");
    assert!(!is_valid(&service, &other, &tokens[2]));
    assert!(!is_let_in(&service, &companies[1]));
    // Whatever is issued now is valid until it is revoked.
    let fresh = token_for(&service, &company, lan);
    assert!(is_valid(&service, &company, &fresh));
    let sequence = revoke_tokens(&service, &company, lan);
    assert!(!is_valid(&service, &company, &fresh));

    // A follower whose position is in the lost time receives every entry that revokes tokens which
    // it considers valid.
    let rows = revocations_after(&service, &company, last);
    let everything = rows.iter().filter(|row| row["kind"] == "organization");
    let everything: Vec<_> = everything.map(|row| &row["seq"]).collect();
    assert!(everything.contains(&&printed["sequence"]), "{rows:?}");
    assert_eq!(rows.last().unwrap()["seq"], sequence);
    let keys = rows.iter().filter(|row| row["kind"] == "key").count();
    assert_eq!(keys, 2, "the copy's key, and the one of the first restore");
    // A follower whose position is beyond everything starts from the beginning.
    let beyond = revocations_after(&service, &company, sequence + 1_000_000);
    assert!(beyond.ends_with(&rows), "{beyond:?}");
}
