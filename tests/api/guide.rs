//! The clients of the guide and our own examples, run as a user runs them: only base URL,
//! credentials and ids are set.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both};

/// An interpreter, and how it is found and used.
#[derive(Clone, Copy)]
pub(crate) struct Language {
    program: &'static str,
    ending: &'static str,
    /// Arguments with which it must exit with code 0. Without the packages that the scripts need,
    /// it does not.
    check: &'static [&'static str],
    /// Whether this interpreter is required where PostgreSQL is required.
    required: bool,
}

const PYTHON: Language = Language {
    program: "python3",
    ending: "py",
    check: &["-c", "import json, urllib.request"],
    required: true,
};

pub(crate) const NODE: Language = Language {
    program: "node",
    ending: "mjs",
    check: &["-e", "if (typeof fetch === 'undefined') process.exit(1)"],
    required: true,
};

const PHP: Language = Language {
    program: "php",
    ending: "php",
    check: &["-r", "exit(extension_loaded('curl') ? 0 : 1);"],
    required: false,
};

/// The languages in which the guide has a client.
pub(crate) const LANGUAGES: [Language; 3] = [PYTHON, NODE, PHP];

/// The configuration of a client.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    pub(crate) url: &'a str,
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    pub(crate) operator: i64,
}

impl<'a> Account<'a> {
    fn of(acme: &'a Organization<'_>, url: &'a str, operator: i64) -> Self {
        Self {
            url,
            login: &acme.login,
            password: &acme.password,
            operator,
        }
    }
}

impl Language {
    /// Returns whether it is installed. Prints a line if it is not.
    pub(crate) fn there(self) -> bool {
        let there = Command::new(self.program)
            .args(self.check)
            .output()
            .is_ok_and(|output| output.status.success());
        if !there {
            let everything =
                std::env::var_os("LANYARD_REQUIRE_POSTGRES").is_some_and(|value| value == "1");
            let program = self.program;
            assert!(
                !(everything && self.required),
                "{program} is missing or lacks what the clients need"
            );
            // Not `eprintln!`: the test harness would hide that.
            let _ = writeln!(
                io::stderr(),
                "{program} is SKIPPED: it is missing or lacks what the clients need."
            );
        }
        there
    }

    pub(crate) fn script(self, folder: &str, name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(folder)
            .join(format!("{name}.{}", self.ending))
    }

    pub(crate) fn run(self, script: &Path, account: &Account<'_>) -> Output {
        Command::new(self.program)
            .arg(script)
            .env("LANYARD_URL", account.url)
            .env("LANYARD_LOGIN", account.login)
            .env("LANYARD_PASSWORD", account.password)
            .env("LANYARD_OPERATOR_ID", account.operator.to_string())
            .env_remove("http_proxy")
            .output()
            .unwrap()
    }
}

/// Returns what a client printed.
pub(crate) fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

fn the_guides_client(server: &Server, language: Language) {
    if !language.there() {
        return;
    }
    let script = language.script("tests/clients", "chathub");
    let acme = server.organization("công-ty");
    let lan = acme.operator("Lan");
    // Clients use the machine's time.
    let server = server.in_real_time(&[]);
    let output = language.run(&script, &Account::of(&acme, &server.url(), lan));
    assert!(output.status.success(), "{output:?}");
    let answer = answer(&output);
    let names: BTreeSet<_> = answer
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        ["companyToken", "operatorToken", "validation"].into()
    );

    let validation = &answer["validation"];
    assert_eq!(validation["isValid"], true);
    assert_eq!(validation["valid"], true);
    assert_eq!(validation["operatorId"], lan);
    assert_eq!(validation["clientId"], acme.id);
    assert_eq!(validation["error"], Value::Null);
    // The client requested 30 days and got one.
    let token = answer["operatorToken"].as_str().unwrap();
    let claims = crate::tokens::claims(token);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 86_400);
    let profile = server.get("/api/operator").bearer(token).send();
    assert_eq!(profile.with_status(200).json()["name"], "Lan");
    let company_token = answer["companyToken"].as_str().unwrap();
    let organization = server
        .get("/api/company/organization")
        .bearer(company_token)
        .send();
    assert_eq!(organization.with_status(200).json()["login"], "công-ty");
}

fn the_example(server: &Server, language: Language) {
    if !language.there() {
        return;
    }
    let script = language.script("examples", "client");
    let mut acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    acme.patch(&format!("/api/company/operators/{minh}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    let server = server.in_real_time(&[]);
    let url = server.url();
    let done = language.run(&script, &Account::of(&acme, &url, lan));
    assert!(done.status.success(), "{done:?}");
    let mut report = answer(&done);
    let ends = report["tokenExpiresAt"].take();
    assert!(ends.as_str().unwrap().ends_with('Z'), "{ends}");
    assert_eq!(
        report,
        json!({"ok": true, "operatorId": lan, "operator": "Lan", "tokensIssued": 1, "waits": 0, "tokenExpiresAt": null})
    );

    let password = std::mem::replace(&mut acme.password, "wrong".to_owned());
    let refused = language.run(&script, &Account::of(&acme, &url, lan));
    acme.password = password;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        answer(&refused),
        json!({"ok": false, "status": 401, "error": "invalid_credentials"})
    );
    for (operator, status, error) in [(minh, 409, "conflict"), (999, 404, "not_found")] {
        let refused = language.run(&script, &Account::of(&acme, &url, operator));
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(
            answer(&refused),
            json!({"ok": false, "status": status, "error": error})
        );
    }
    for output in [done, refused] {
        let all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            !all.contains("eyJ") && !all.contains(&acme.password),
            "{all}"
        );
    }
}

on_both!(the_guides_python_client);
fn the_guides_python_client(server: &Server) {
    the_guides_client(server, PYTHON);
}

on_both!(the_guides_node_client);
fn the_guides_node_client(server: &Server) {
    the_guides_client(server, NODE);
}

on_both!(the_guides_php_client);
fn the_guides_php_client(server: &Server) {
    the_guides_client(server, PHP);
}

on_both!(the_python_example);
fn the_python_example(server: &Server) {
    the_example(server, PYTHON);
}

on_both!(the_node_example);
fn the_node_example(server: &Server) {
    the_example(server, NODE);
}

on_both!(the_php_example);
fn the_php_example(server: &Server) {
    the_example(server, PHP);
}
