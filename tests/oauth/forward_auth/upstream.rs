//! A small service behind a proxy. It answers with what reached it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::{Value, json};

/// A service. Its threads end with the process.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                std::thread::spawn(move || serve(&stream));
            }
        });
        Self { address }
    }
}

fn serve(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut text = String::new();
        reader.read_line(&mut text).ok()?;
        Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
    };
    let Some(first) = line() else { return };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers: Vec<Value> = Vec::new();
    let (mut length, mut chunked) = (0, false);
    while let Some(text) = line() {
        let (name, value) = text.split_once(':').unwrap();
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "content-length" => length = value.parse().unwrap(),
            "transfer-encoding" => chunked = true,
            _ => {}
        }
        headers.push(json!([name, value]));
    }
    let mut body = Vec::new();
    if chunked {
        // Up to the end of the last chunk; trailers are looked for in it.
        let mut last = [0; 1];
        while !body.ends_with(b"\r\n\r\n") && reader.read_exact(&mut last).is_ok() {
            body.extend(last);
        }
    } else {
        body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
    }
    let seen = json!({
        "method": method,
        "target": target,
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let seen = seen.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nX-Service: yes\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        seen.len()
    );
    let body = if method == "HEAD" { "" } else { &seen };
    let mut stream = stream;
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}
