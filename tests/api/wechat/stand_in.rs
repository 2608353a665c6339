//! A stand-in for WeChat on this machine: it answers `sns/jscode2session` as WeChat documents it, and
//! in every other way that a code asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde_json::json;

pub(super) const APP: &str = "wx0123456789abcdef";
pub(super) const SECRET: &str = "5ecre7-0f-th3-app";

/// What the stand-in sends.
pub(super) enum Reply {
    /// A whole answer: status, content type, body.
    Whole(u16, &'static str, String),
    /// A redirect to itself.
    Redirect,
    /// Nothing, until the stand-in is dropped.
    Silence,
    /// The beginning of an answer, and then the connection is closed.
    Cut,
    /// The connection is closed at once.
    Nothing,
    /// A head and a byte of the body, and then nothing more.
    Slow,
}

impl Reply {
    fn json(value: &serde_json::Value) -> Self {
        // WeChat says this of its JSON.
        Self::Whole(200, "text/plain", value.to_string())
    }

    fn error(code: i64) -> Self {
        Self::json(&json!({"errcode": code, "errmsg": "see the documentation, rid: 1"}))
    }
}

/// The stand-in.
pub(super) struct StandIn {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    stopped: Arc<AtomicBool>,
    gate: Arc<Mutex<()>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stopped) = (Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let gate = Arc::<Mutex<()>>::default();
        let thread = {
            let (seen, stopped) = (Arc::clone(&seen), Arc::clone(&stopped));
            let gate = Arc::clone(&gate);
            std::thread::spawn(move || serve(&listener, &seen, &stopped, &gate))
        };
        Self {
            address,
            seen,
            stopped,
            gate,
            thread: Some(thread),
        }
    }

    /// The setting that makes a node ask it.
    pub(super) fn setting(&self) -> String {
        format!("wechat.base_url=http://{}", self.address)
    }

    /// Holds back the answers to the codes `held-…` until the result is dropped.
    pub(super) fn hold(&self) -> MutexGuard<'_, ()> {
        self.gate.lock().unwrap()
    }

    /// Returns how many questions came.
    pub(super) fn asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Returns the first lines of the questions.
    pub(super) fn questions(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().unwrap().join();
    }
}

fn serve(
    listener: &TcpListener,
    seen: &Mutex<Vec<String>>,
    stopped: &AtomicBool,
    gate: &Mutex<()>,
) {
    // Connections that get no answer stay open as long as this thread.
    let (mut silent, mut used) = (Vec::new(), BTreeSet::new());
    for stream in listener.incoming() {
        if stopped.load(Ordering::Acquire) {
            return;
        }
        let mut stream = stream.unwrap();
        let Some(line) = read(&stream) else {
            continue;
        };
        seen.lock().unwrap().push(line.clone());
        if line.contains("js_code=held-") {
            drop(gate.lock());
        }
        let mut say = |text: &str| {
            let _ = stream.write_all(text.as_bytes());
        };
        match reply(&line, &mut used) {
            Reply::Whole(status, kind, body) => say(&format!(
                "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )),
            Reply::Redirect => say(
                "HTTP/1.1 302 X\r\nlocation: /sns/jscode2session\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            ),
            Reply::Silence => silent.push(stream),
            Reply::Cut => say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"openid\":"),
            Reply::Nothing => {}
            Reply::Slow => {
                say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{");
                silent.push(stream);
            }
        }
    }
}

/// Reads a request without a body. Returns its first line.
fn read(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            return Some(first.trim().to_owned());
        }
    }
}

/// Returns the answer to a question. The code says which: `ok-OPENID` or `ok-OPENID-UNIONID` for a
/// person, `again-…` for one whose code can be used again, and `held-…` for one whose answer can be
/// held back.
fn reply(line: &str, used: &mut BTreeSet<String>) -> Reply {
    let target = line.split(' ').nth(1).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    if path != "/sns/jscode2session" || get("grant_type") != "authorization_code" {
        return Reply::Whole(404, "text/html", "<html>".to_owned());
    }
    if !get("appid").starts_with("wx") {
        return Reply::error(40_013);
    }
    if get("secret") != SECRET {
        return Reply::error(40_125);
    }
    let code = get("js_code");
    let mut words = code.split('-');
    let person = |words: &mut dyn Iterator<Item = &str>| {
        let openid = words.next().unwrap();
        let mut answer = json!({"openid": openid, "session_key": "SGVsbG8gd29ybGQhIQ=="});
        if let Some(unionid) = words.next() {
            answer["unionid"] = json!(unionid);
        }
        answer
    };
    match words.next().unwrap() {
        "ok" if !used.insert(code.to_owned()) => Reply::error(40_163),
        "again" | "held" | "ok" => Reply::json(&person(&mut words)),
        "zero" => {
            let mut answer = person(&mut words);
            answer["errcode"] = json!(0);
            answer["errmsg"] = json!("ok");
            Reply::json(&answer)
        }
        "error" => Reply::error(words.next().unwrap().parse().unwrap()),
        "busy" => Reply::error(-1),
        "status" => {
            let status = words.next().unwrap().parse().unwrap();
            Reply::Whole(status, "text/html", "<html>no</html>".to_owned())
        }
        "empty" => Reply::Whole(200, "text/html", String::new()),
        "html" => Reply::Whole(200, "text/html", "<html>hello</html>".to_owned()),
        "binary" => Reply::Whole(200, "image/png", person(&mut words).to_string()),
        "nobody" => Reply::json(&json!({"session_key": "x"})),
        "long" => {
            let filler = "x".repeat(64 * 1024);
            Reply::json(&json!({"openid": "o", "filler": filler}))
        }
        "redirect" => Reply::Redirect,
        "silence" => Reply::Silence,
        "cut" => Reply::Cut,
        "nothing" => Reply::Nothing,
        "slow" => Reply::Slow,
        _ => Reply::error(40_029),
    }
}
