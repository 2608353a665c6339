//! `lanyard webhook`, and a message from the command line to an endpoint.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::harness::Folder;

/// Receives one message and answers 204. Returns the body of the message.
fn receive(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        .unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn the_services_own_endpoints_receive_what_the_command_line_does() {
    let folder = Folder::new();
    let service = folder.serve(&[("LANYARD_WEBHOOKS_ALLOW_PRIVATE", "true")]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());

    let empty = folder.run(&["webhook", "list"]).ok();
    assert!(empty.contains("has no webhooks"), "{empty}");
    let add = ["webhook", "add", "--url", &url, "--event", "token.revoked"];
    let refused = folder.run(&add).refused();
    assert!(refused.contains("url must be https"), "{refused}");
    let allowed = [("LANYARD_WEBHOOKS_ALLOW_PRIVATE", "true")];
    let added = folder.run_with(&add, &allowed).ok();
    let added: Vec<_> = added.lines().collect();
    assert_eq!(added[0], "1");
    assert!(added[1].starts_with("whsec_"), "{added:?}");
    let listed: Value =
        serde_json::from_str(&folder.run(&["webhook", "list", "--json"]).ok()).unwrap();
    assert_eq!(listed["events"], serde_json::json!(["token.revoked"]));
    assert_eq!(listed["url"], url);
    let table = folder.run(&["webhook", "list"]).ok();
    assert!(table.starts_with("ID  STATUS"), "{table}");

    let (sender, printed) = mpsc::channel();
    std::thread::spawn(move || sender.send(receive(&listener)));
    folder.write("password", "correct horse");
    let made = folder.run(&[
        "organization",
        "add",
        "--login",
        "acme",
        "--name",
        "Acme Ltd",
        "--password-file",
        "password",
        "--json",
    ]);
    let own = made.json()["id"].to_string();
    folder.run(&["organization", "revoke-all", &own]).ok();
    let body = printed.recv_timeout(Duration::from_mins(1)).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["type"], "token.revoked");
    assert_eq!(body["data"]["kind"], "organization");
    assert_eq!(body["data"]["organizationId"].to_string(), own);

    let removed = folder.run(&["webhook", "remove", "1"]).ok();
    assert_eq!(removed, "webhook 1 is removed\n");
    let refused = folder.run(&["webhook", "remove", "1"]).refused();
    assert!(
        refused.contains("there is no webhook with this id"),
        "{refused}"
    );
    service.stop();
}

#[test]
fn an_organizations_endpoints_are_managed_by_its_id() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let with = |arguments: &[&str]| {
        let mut all = vec!["webhook", arguments[0], "--organization", "1"];
        all.extend(&arguments[1..]);
        folder.run(&all)
    };
    assert!(
        with(&["list"])
            .ok()
            .contains("organization 1 has no webhooks")
    );
    let url = "https://example.com/";
    let added = with(&["add", "--url", url, "--event", "token.revoked"]).ok();
    let id = added.lines().next().unwrap().to_owned();
    let foreign = with(&["add", "--url", url, "--event", "key.rotated"]);
    assert!(foreign.refused().contains("is the service's own"));
    assert!(with(&["list"]).ok().contains(url));
    let empty = folder.run(&["webhook", "list"]).ok();
    assert!(empty.contains("the service has no webhooks"), "{empty}");
    let message = with(&["test", &id]).ok();
    assert!(message.starts_with("msg_"), "{message}");
    // It waits, and was not given up.
    let retried = with(&["retry", &id, "--json"]).json();
    assert_eq!(retried["retried"], 0);
    let set = with(&[
        "set",
        &id,
        "--status",
        "inactive",
        "--event",
        "operator.deactivated",
    ]);
    let set = set.ok();
    assert!(
        set.contains("inactive") && set.contains("operator.deactivated"),
        "{set}"
    );
    let refused = with(&["retry", &id]).refused();
    assert!(refused.contains("not active"), "{refused}");
    with(&["set", &id, "--status", "active"]).ok();
    let retried = with(&["retry", &id]).ok();
    assert_eq!(retried, "messages tried once more: 1\n");
    let unknown = with(&[
        "retry",
        &id,
        "--delivery",
        "msg_00000000-0000-7000-8000-000000000000",
    ]);
    assert!(unknown.refused().contains("there is no message"));
    let other = folder.run(&["webhook", "remove", &id]).refused();
    assert!(other.contains("there is no webhook"), "{other}");
    with(&["remove", &id]).ok();
    let none = folder
        .run(&["webhook", "list", "--organization", "9"])
        .refused();
    assert!(none.contains("there is no organization"), "{none}");
    service.stop();
}
