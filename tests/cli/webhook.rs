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
