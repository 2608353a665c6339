//! The real server as a process, set up through its command line as an administrator does.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::Fallible;
use crate::http::{self, Answer};
use crate::process::{Server, cores, free_address};

/// Forward-auth, for proxies that describe a request in headers of their own.
pub(crate) const AUTHZ: &str = "/authz";
pub(crate) const PROFILE: &str = "/v1/profile";
pub(crate) const LOGIN: &str = "/api/company/get-token";
pub(crate) const ISSUE: &str = "/api/operator/get-token";
pub(crate) const VALIDATE: &str = "/api/operator/validate-token";

const BINARY: &str = env!("CARGO_BIN_EXE_lanyard");
const ORGANIZATION: &str = "bench";
const PASSWORD: &str = "correct horse battery staple";
const READY_WITHIN: Duration = Duration::from_mins(1);

/// One installation: a database, the settings with which it is served, an organization and an
/// operator in it.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

/// An installation that is being served.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) server: Server,
    /// The time from the start of the process until `/readyz` first reports ready.
    pub(crate) ready_after: Duration,
}

/// A caller: a company token, and the operator for which it requests tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Caller {
    pub(crate) organization: i64,
    pub(crate) credential: String,
    pub(crate) operator: i64,
}

impl Installation {
    /// Makes an installation in an empty folder. The database is SQLite in that folder unless a URL
    /// is given.
    pub(crate) fn new(
        folder: &Path,
        database: Option<String>,
        settings: &[(&str, &str)],
    ) -> Fallible<Self> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("password"), PASSWORD)?;
        fs::write(folder.join("master.key"), "07".repeat(32))?;
        let database =
            database.unwrap_or_else(|| format!("sqlite:{}", folder.join("lanyard.db").display()));
        let mut all = vec![
            ("LANYARD_DATABASE_URL".into(), database),
            (
                "LANYARD_MASTER_KEY_FILE".into(),
                folder.join("master.key").display().to_string(),
            ),
            ("LANYARD_HTTP_WORKERS".into(), cores().to_string()),
        ];
        let given = settings.iter();
        all.extend(given.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        Ok(Self {
            folder: folder.to_owned(),
            settings: all,
        })
    }

    pub(crate) fn database_file(&self) -> PathBuf {
        self.folder.join("lanyard.db")
    }

    pub(crate) fn serve(&self) -> Fallible<Service> {
        self.serve_by(|command| command)
    }

    /// Like [`Installation::serve`]. `wrap` changes the command that starts the server.
    pub(crate) fn serve_by(&self, wrap: impl FnOnce(Command) -> Command) -> Fallible<Service> {
        let address = free_address()?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))?;
        let begun = Instant::now();
        let mut command = self.lanyard(&["serve"]);
        command.env("LANYARD_HTTP_LISTEN", address.to_string());
        let child = wrap(command)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Server::new(address, child);
        while !is_ready(address) {
            if server.ended()? || begun.elapsed() > READY_WITHIN {
                return Err(format!("lanyard serve is not ready: {}", self.log_tail()).into());
            }
            sleep(Duration::from_millis(2));
        }
        Ok(Service {
            server,
            ready_after: begun.elapsed(),
        })
    }

    /// Adds the organization and its operator and logs in. It must be called once for an
    /// installation.
    pub(crate) fn populate(&self, service: &Service) -> Fallible<Caller> {
        self.populate_as(service, ORGANIZATION)
    }

    /// Like [`Installation::populate`], with another organization.
    pub(crate) fn populate_as(&self, service: &Service, login: &str) -> Fallible<Caller> {
        let password = self.folder.join("password").display().to_string();
        let organization = self.add(&[
            "organization",
            "add",
            "--login",
            login,
            "--name",
            "Bench",
            "--password-file",
            &password,
            "--json",
        ])?;
        let operator = self.add(&[
            "operator",
            "add",
            "--organization",
            &organization.to_string(),
            "--name",
            "Bench",
            "--json",
        ])?;
        Ok(Caller {
            organization,
            credential: service.log_in_as(login)?,
            operator,
        })
    }

    fn add(&self, arguments: &[&str]) -> Fallible<i64> {
        let added = self.add_any(arguments)?;
        let id = added.get("id").and_then(serde_json::Value::as_i64);
        id.ok_or_else(|| format!("no id in {added}").into())
    }

    /// Runs a command that prints JSON. Returns the JSON.
    pub(crate) fn add_any(&self, arguments: &[&str]) -> Fallible<serde_json::Value> {
        let output = self.lanyard(arguments).output()?;
        if !output.status.success() {
            return Err(format!(
                "lanyard {}: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Migrates the database to the present schema without serving it.
    pub(crate) fn migrate(&self) -> Fallible<()> {
        let output = self.lanyard(&["migrate"]).output()?;
        if output.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into())
        }
    }

    fn lanyard(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(key, value)| (key, value)));
        command
    }

    fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines
            .get(lines.len().saturating_sub(20)..)
            .unwrap_or_default()
            .join("\n")
    }
}

impl Caller {
    /// Returns the same caller with another company token.
    pub(crate) fn with(&self, credential: &str) -> Self {
        Self {
            credential: credential.to_owned(),
            ..*self
        }
    }
}

impl Service {
    /// Logs the organization in. Returns a company token.
    pub(crate) fn log_in(&self) -> Fallible<String> {
        self.log_in_as(ORGANIZATION)
    }

    fn log_in_as(&self, login: &str) -> Fallible<String> {
        let body = login_body_of(login);
        let answer = http::call(self.server.address, "POST", LOGIN, "", &body)?.ok()?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    pub(crate) fn issue(&self, caller: &Caller) -> Fallible<Answer> {
        let answer = http::call(
            self.server.address,
            "POST",
            ISSUE,
            &caller.credential,
            &issue_body(caller.operator),
        )?;
        Ok(answer.ok()?)
    }

    /// Validates one token. Returns an error if it is not valid.
    pub(crate) fn validate(&self, caller: &Caller, token: &str) -> Fallible<Answer> {
        let body = validate_body(token);
        let answer = http::call(
            self.server.address,
            "POST",
            VALIDATE,
            &caller.credential,
            &body,
        )?
        .ok()?;
        let verdict: serde_json::Value = serde_json::from_slice(&answer.body)?;
        if verdict.get("isValid") == Some(&true.into()) {
            Ok(answer)
        } else {
            Err(verdict.to_string().into())
        }
    }
}

pub(crate) fn issue_body(operator: i64) -> String {
    format!(r#"{{"id":{operator}}}"#)
}

pub(crate) fn validate_body(token: &str) -> String {
    format!(r#"{{"token":"{token}"}}"#)
}

pub(crate) fn login_body() -> String {
    login_body_of(ORGANIZATION)
}

fn login_body_of(login: &str) -> String {
    format!(r#"{{"login":"{login}","password":"{PASSWORD}"}}"#)
}

fn is_ready(address: SocketAddr) -> bool {
    http::call(address, "GET", "/readyz", "", "").is_ok_and(|answer| answer.status == 200)
}
