//! The stream of revocations, read as far as its first head.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::wait::PATIENCE;

/// The revocations after `last`, up to the first head.
pub(crate) fn until_head(address: SocketAddr, company: &str, last: i64) -> Vec<Value> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /api/company/revocations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {company}\r\n\
         Accept: text/event-stream\r\nLast-Event-ID: {last}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (mut rows, mut name) = (Vec::new(), String::new());
    let mut seen = String::new();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        seen.push_str(&line);
        if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            match name.as_str() {
                "revocation" => rows.push(serde_json::from_str(data).unwrap()),
                "head" => return rows,
                other => panic!("an event {other}"),
            }
        }
    }
    panic!("the stream ended: {seen}");
}
