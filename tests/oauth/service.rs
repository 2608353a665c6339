//! The program itself, on SQLite in a folder of its own, with an organization and an operator who
//! signs in.

use std::collections::HashMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::{Method, Request, Response, StatusCode};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// The username of the operator.
pub(crate) const USERNAME: &str = "lan";

/// The password of the operator: neither ASCII nor without spaces.
pub(crate) const PASSWORD: &str = "mật khẩu của Lan";

/// The password of the organization.
pub(crate) const COMPANY_PASSWORD: &str = "a password of the organization";

/// A running service. It ends when this is dropped.
pub(crate) struct Service {
    /// Its origin, which is its issuer too.
    pub(crate) issuer: String,
    /// The id of the operator.
    pub(crate) operator: i64,
    /// A company token.
    pub(crate) company: String,
    agent: ureq::Agent,
    child: Child,
    folder: TempDir,
}

/// The credentials of a client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    /// Empty for public clients.
    pub(crate) secret: String,
}

/// Returns an HTTP client that follows no redirect and uses no proxy.
pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .build()
        .new_agent()
}

/// Sends a request, with its body if that is not empty.
pub(crate) fn send(
    agent: &ureq::Agent,
    request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, ureq::Error> {
    let response = if request.body().is_empty() && request.method() == Method::GET {
        agent.run(request.map(|_| ()))
    } else {
        agent.run(request)
    };
    let (head, mut body) = response?.into_parts();
    Ok(Response::from_parts(head, body.read_to_vec()?))
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with settings, as variables of the environment.
    pub(crate) fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (file, password) in [("company", COMPANY_PASSWORD), ("operator", PASSWORD)] {
            std::fs::write(folder.path().join(file), password).unwrap();
        }
        run(
            &folder,
            "organization add --login acme --name Acme --password-file company",
        );
        let operator = "operator add --organization 1 --name Lan --email lan@acme.example --role marketing \
                        --tier gold --username lan --password-file operator --json";
        let operator: Value = serde_json::from_str(&run(&folder, operator)).unwrap();

        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = port.local_addr().unwrap();
        drop(port);
        let issuer = format!("http://{address}");
        let log = File::create(folder.path().join("log")).unwrap();
        let child = command(&folder, &format!("serve --listen {address}"))
            // The default, but for a service that trusts a proxy.
            .env("LANYARD_OAUTH_ISSUER", &issuer)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut service = Self {
            issuer,
            operator: operator["id"].as_i64().unwrap(),
            company: String::new(),
            agent: agent(),
            child,
            folder,
        };
        service.until_ready();
        let body = json!({"login": "acme", "password": COMPANY_PASSWORD});
        let (_, token) = service.call("POST", "/api/company/get-token", &body);
        token.as_str().unwrap().clone_into(&mut service.company);
        service
    }

    /// Takes the feed out of the database of the running service: it loses its lease, as when its
    /// database is away.
    pub(crate) fn lose_the_feed(&self) {
        let file = self
            .folder
            .path()
            .join("lanyard-data/lanyard.db")
            .display()
            .to_string();
        let mut database = SqliteConnection::establish(&file).unwrap();
        let gone = "PRAGMA busy_timeout = 60000; ALTER TABLE feed_head RENAME TO gone;";
        database.batch_execute(gone).unwrap();
    }

    fn until_ready(&mut self) {
        let end = Instant::now() + PATIENCE;
        let url = format!("{}/readyz", self.issuer);
        while !self
            .agent
            .get(&url)
            .call()
            .is_ok_and(|answer| answer.status() == StatusCode::OK)
        {
            let log = || std::fs::read_to_string(self.folder.path().join("log"));
            assert!(self.child.try_wait().unwrap().is_none(), "{:?}", log());
            assert!(Instant::now() < end, "{:?}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends JSON with the company token. Returns status and answer.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.issuer))
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", self.company))
            .body(body.to_string().into())
            .unwrap();
        self.answer(request)
    }

    /// Posts a form. Returns the answer.
    pub(crate) fn post_form(&self, path: &str, form: &str) -> Value {
        let request = Request::post(format!("{}{path}", self.issuer))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.into())
            .unwrap();
        self.answer(request).1
    }

    /// Registers a client.
    pub(crate) fn register(&self, members: &Value) -> Client {
        let (status, client) = self.call("POST", "/api/company/clients", members);
        assert_eq!(status, StatusCode::CREATED, "{client}");
        let text = |name: &str| client[name].as_str().unwrap_or_default().to_owned();
        Client {
            id: text("id"),
            secret: text("secret"),
        }
    }

    /// Returns what a GET with this access token is answered.
    pub(crate) fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = Request::get(format!("{}{path}", self.issuer))
            .header("Authorization", format!("Bearer {token}"))
            .body(Vec::new())
            .unwrap();
        self.answer(request)
    }

    /// Runs lines of a shell in which the program is `lanyard`, with these variables. Returns what
    /// they print. Panics if one of them fails.
    pub(crate) fn shell(&self, lines: &str, values: &HashMap<&str, String>) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_lanyard")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = command_of("bash", &self.folder)
            .args(["-euo", "pipefail", "-c", lines])
            .envs(values)
            .env("PATH", format!("{}:{path}", program.display()))
            .env("NO_PROXY", "*")
            .env("no_proxy", "*")
            .output()
            .unwrap();
        assert!(output.status.success(), "{lines}{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn answer(&self, request: Request<Vec<u8>>) -> (StatusCode, Value) {
        let response = send(&self.agent, request).unwrap();
        let body = serde_json::from_slice(response.body());
        (response.status(), body.unwrap_or(Value::Null))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the program with arguments that are separated by spaces, without any of our settings
/// except a cheap password hash.
fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = command_of(env!("CARGO_BIN_EXE_lanyard"), folder);
    command.args(arguments.split_whitespace());
    command
}

/// Returns a command that runs in the folder, in the same environment.
fn command_of(program: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LANYARD_") {
            command.env_remove(name);
        }
    }
    command
        .env("LANYARD_LOGIN_BCRYPT_COST", "4")
        .current_dir(folder.path())
        .stdin(Stdio::null());
    command
}

fn run(folder: &TempDir, arguments: &str) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
