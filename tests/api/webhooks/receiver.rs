//! A small HTTP server on this machine that sends given answers and stores what it receives.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How the receiver treats a message.
#[derive(Clone)]
pub(crate) enum Reply {
    Status(u16),
    /// 503, with `Retry-After` (seconds).
    Later(u32),
    /// A redirect to this URL.
    To(String),
    /// Sends nothing until the receiver is dropped.
    Silence,
    /// A head that never ends.
    Endless,
}

/// A message that arrived.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Receiver {
    address: SocketAddr,
    got: mpsc::Receiver<Got>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Starts a receiver that answers with `replies` in turn, and with 204 after the last one.
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut replies: VecDeque<_> = replies.into_iter().collect();
        let (sender, got) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let thread = {
            let stopped = Arc::clone(&stopped);
            std::thread::spawn(move || {
                // Connections that get no answer stay open as long as this thread.
                let mut silent = Vec::new();
                for stream in listener.incoming() {
                    if stopped.load(Ordering::Acquire) {
                        return;
                    }
                    let stream = stream.unwrap();
                    let Some(message) = read(&stream) else {
                        continue;
                    };
                    let _ = sender.send(message);
                    let reply = replies.pop_front();
                    if let Some(stream) = answer(stream, reply.unwrap_or(Reply::Status(204))) {
                        silent.push(stream);
                    }
                }
            })
        };
        Self {
            address,
            got,
            stopped,
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the next message. Waits for it.
    pub(crate) fn next(&self) -> Got {
        self.got.recv_timeout(Duration::from_mins(1)).unwrap()
    }

    /// Returns the messages that have arrived so far.
    pub(crate) fn all(&self) -> Vec<Got> {
        self.got.try_iter().collect()
    }
}

fn read(stream: &TcpStream) -> Option<Got> {
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got {
        line: line.trim().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

/// Answers. Returns the stream if it must stay open.
fn answer(mut stream: TcpStream, reply: Reply) -> Option<TcpStream> {
    // The other side may have closed the connection.
    let mut say = |text: &str| stream.write_all(text.as_bytes()).is_ok();
    match reply {
        Reply::Status(status) => {
            say(&format!(
                "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ));
            None
        }
        Reply::Later(seconds) => {
            say(&format!(
                "HTTP/1.1 503 X\r\nretry-after: {seconds}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ));
            None
        }
        Reply::To(url) => {
            say(&format!(
                "HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ));
            None
        }
        Reply::Silence => Some(stream),
        Reply::Endless => {
            say("HTTP/1.1 200 OK\r\n");
            let filler = format!("x: {}\r\n", "y".repeat(1_000));
            while say(&filler) {}
            None
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().unwrap().join();
    }
}
