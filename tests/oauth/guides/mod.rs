//! The requests that the guides print, with only base URL, credentials and ids changed.

mod procure;
mod psdm;
mod sbm;
mod suitecrm;

use std::process::Command;

use serde_json::Value;

use crate::browser::{Answer, Browser, parameter};
use crate::script;
use crate::service::Service;

/// What curl was answered.
#[derive(Debug)]
struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    /// Returns the body. Panics if the status is another one.
    fn with_status(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Returns a text of a guide with the reader's own values in it.
fn filled(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        assert!(text.contains(name), "there is no {name} in {text}");
        text.replace(name, value)
    })
}

/// Runs a guide's curl line in a shell. Returns the answer; `None` if curl is not installed.
fn curl(line: &str, values: &[(&str, &str)]) -> Option<Reply> {
    if !script::interpreter("curl", &["--version"]) {
        return None;
    }
    let line = filled(line, values);
    let output = Command::new("sh")
        .args([
            "-c",
            &format!("{line} --silent --write-out '\\n%{{http_code}}'"),
        ])
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let (answer, status) = printed.rsplit_once('\n').unwrap();
    // With `-i` the headers stand before the body.
    let body = answer
        .rsplit_once("\r\n\r\n")
        .map_or(answer, |(_, body)| body);
    Some(Reply {
        status: status.parse().unwrap(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}

/// Opens a guide's authorization URL in a browser and allows what is asked for. Returns the code.
fn code(service: &Service, url: &str, values: &[(&str, &str)]) -> String {
    let url = filled(url, values);
    let callback = Browser::new(service).open(&url, Answer::Allow);
    parameter(&callback, "code").unwrap_or_else(|| panic!("no code: {callback}"))
}
