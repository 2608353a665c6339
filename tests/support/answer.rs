//! An answer, and its form in a snapshot: status, the headers that matter, body. Whatever differs
//! between runs is replaced by a placeholder.

use std::fmt::{self, Write};

use serde_json::Value;

use super::http;

/// The answer of a server.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The headers; names are in lower case, sorted.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn new(status: u16, headers: impl Iterator<Item = (String, String)>, body: Vec<u8>) -> Self {
        let mut headers: Vec<_> = headers.collect();
        headers.sort();
        Self {
            status,
            headers,
            body,
        }
    }

    pub(super) fn read(response: ureq::http::Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let (parts, mut body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let bytes = body.with_config().limit(64 * 1024 * 1024).read_to_vec()?;
        Ok(Self::new(parts.status.as_u16(), headers, bytes))
    }

    /// Reads an answer from the bytes of a connection that was closed afterwards.
    pub(super) fn parse(bytes: &[u8], head: bool) -> Self {
        let answer = Self::from(http::Answer::of(bytes));
        if head {
            assert_eq!(
                answer.text(),
                "",
                "an answer to HEAD has no body (RFC 9110, 9.3.2)"
            );
        }
        answer
    }

    /// Checks what must hold for every answer of the service.
    pub(crate) fn check(&self, head: bool) {
        let ids: Vec<_> = self.all("x-request-id").collect();
        assert_eq!(ids.len(), 1, "one X-Request-Id: {self}");
        let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let id = ids[0];
        assert!(
            (1..=128).contains(&id.len()) && id.bytes().all(word),
            "X-Request-Id: {id}"
        );
        if self.status >= 400 && !head && self.header("content-type") == Some("application/json") {
            let body = self.json();
            let health = body["status"].is_string();
            let flat = body["error"].is_string() && body["error_description"].is_string();
            // Guide 004.
            let nested = body["error"]["code"].is_string() && body["error"]["message"].is_string();
            assert!(
                health || flat || nested,
                "an error has a code and a description: {self}"
            );
        }
        if self.status == 401 {
            assert!(self.header("www-authenticate").is_some(), "{self}");
        }
        if [429, 503].contains(&self.status) {
            let seconds: u64 = self.header("retry-after").unwrap().parse().unwrap();
            assert!(seconds >= 1, "{self}");
        }
        if self.status == 405 {
            assert!(self.header("allow").is_some(), "{self}");
        }
    }

    pub(crate) fn with_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Returns the first header of that name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the names of the headers, in lower case.
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {self}"))
    }

    /// Returns the body as a bare JSON string.
    pub(crate) fn string(&self) -> String {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {self}"))
    }

    /// Returns status, code and description of an error; for any other answer, status and body.
    pub(crate) fn in_short(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let error = &body["error"];
        let code = error.as_str().or(error["code"].as_str());
        let description = body["error_description"].as_str();
        match (code, description.or(error["message"].as_str())) {
            (Some(code), Some(description)) => format!("{} {code}: {description}", self.status),
            _ => format!("{} {}", self.status, redact(self.text())),
        }
    }

    /// Returns the `items` of a page.
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().unwrap().clone()
    }

    /// Returns status and body without what differs between requests: two answers are "the same
    /// bytes" if this is equal.
    pub(crate) fn bytes(&self) -> String {
        let headers: String = self
            .headers
            .iter()
            .filter(|(name, _)| !["x-request-id", "date", "connection"].contains(&name.as_str()))
            .fold(String::new(), |mut text, (name, value)| {
                let _ = writeln!(text, "{name}: {value}");
                text
            });
        format!("{}\n{headers}\n{}", self.status, self.text())
    }

    /// Returns [`Answer::bytes`] with the text that was asked for, and the id of the request, in one
    /// form, and without the length. A short text is replaced only where it stands in an address:
    /// elsewhere it may stand by chance.
    pub(crate) fn bytes_without(&self, text: &str) -> String {
        let mut shown = self.bytes();
        if let Some(length) = self.header("content-length") {
            shown = shown.replace(&format!("content-length: {length}\n"), "");
        }
        if let Some(request) = self.header("x-request-id") {
            shown = shown.replace(request, "REQUEST");
        }
        if text.len() < 6 {
            shown.replace(&format!("/{text}"), "/ID")
        } else {
            shown.replace(text, "ID")
        }
    }

    /// Asserts that the call has revoked something.
    pub(crate) fn with_revocation(&self) {
        assert!((200..300).contains(&self.status), "{self}");
        assert!(self.header("revocation-sequence").is_some(), "{self}");
    }
}

impl From<http::Answer> for Answer {
    fn from(answer: http::Answer) -> Self {
        let headers = answer.headers();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self::new(answer.status, headers.into_iter(), answer.body)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            let usual = match name.as_str() {
                "date" | "content-length" | "x-request-id" | "connection" => true,
                "content-type" => value == "application/json",
                _ => false,
            };
            if name == "revocation-ms" {
                write!(f, "\n{name}: [ms]")?;
            } else if !usual {
                write!(f, "\n{name}: {}", redact(value))?;
            }
        }
        let body = redact(&String::from_utf8_lossy(&self.body));
        if !body.is_empty() {
            write!(f, "\n{}", fold(&body, 0))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Replaces tokens by `[token]` and UUIDs by `[uuid]`.
pub(crate) fn redact(text: &str) -> String {
    let in_word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        out.push_str(
            if word.starts_with("eyJ") && word.matches('.').count() == 2 {
                "[token]"
            } else if word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4 {
                "[uuid]"
            } else {
                word
            },
        );
        let separator = after.chars().next();
        out.extend(separator);
        rest = &after[separator.map_or(0, char::len_utf8)..];
    }
    out
}

/// Returns JSON with one element per line where a line would be too long. The order stays as it was
/// sent.
fn fold(json: &str, depth: usize) -> String {
    const LINE: usize = 110;
    let open = json.chars().next();
    if json.len() <= LINE || !matches!(open, Some('{' | '[')) {
        return json.to_owned();
    }
    let mut out = json[..1].to_owned();
    for part in elements(&json[1..json.len() - 1]) {
        let _ = write!(out, "\n{}", "  ".repeat(depth + 1));
        match part.split_once("\":") {
            Some((name, value)) if open == Some('{') => {
                let _ = write!(out, "{name}\": {},", fold(value, depth + 1));
            }
            _ => {
                let _ = write!(out, "{},", fold(part, depth + 1));
            }
        }
    }
    let _ = write!(out, "\n{}{}", "  ".repeat(depth), &json[json.len() - 1..]);
    out
}

/// Returns the elements of an array or object, split at the commas between them.
fn elements(inside: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut from) = (0, false, false, 0);
    let mut parts = Vec::new();
    for (place, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..place]);
                from = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[from..]);
    parts
}
