//! The examples that validate tokens on their own, run as an agent runs them: beside a service that
//! revokes, stops and starts again.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use lanyard::base::clock;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both};

const PATIENCE: Duration = Duration::from_mins(1);

/// The examples.
#[derive(Clone, Copy)]
enum Program {
    Rust,
    Python,
}

impl Program {
    /// Returns the command that runs it; `None`, with a printed line, if this machine lacks what it
    /// needs.
    fn command(self) -> Option<Command> {
        match self {
            Self::Rust => Some(Command::new(built())),
            Self::Python => python(),
        }
    }
}

/// Returns the example in Rust. It is built if it is missing or older than its source.
fn built() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let own = std::env::current_exe().unwrap();
        let profile = own.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["build", "--quiet", "--example", "follower", "--target-dir"])
            .arg(profile.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
        profile.join("examples/follower")
    })
}

fn python() -> Option<Command> {
    let there = Command::new("python3")
        .args(["-c", "import cryptography"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        // Not `eprintln!`: the test harness would hide that.
        let _ = writeln!(
            std::io::stderr(),
            "examples/follower.py is SKIPPED: it needs python3 with the package cryptography."
        );
        return None;
    }
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/follower.py"));
    Some(command)
}

/// A running agent.
struct Agent {
    process: Child,
    tokens: ChildStdin,
    verdicts: Lines<BufReader<ChildStdout>>,
}

impl Agent {
    fn start(mut command: Command, service: &Server, acme: &Organization<'_>) -> Self {
        let mut process = command
            .env("LANYARD_URL", service.url())
            .env("LANYARD_LOGIN", &acme.login)
            .env("LANYARD_PASSWORD", &acme.password)
            .env("LANYARD_STALE_SECONDS", "2")
            .env_remove("http_proxy")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            tokens: process.stdin.take().unwrap(),
            verdicts: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
        }
    }

    fn verdict(&mut self, token: &str) -> Value {
        writeln!(self.tokens, "{token}").unwrap();
        serde_json::from_str(&self.verdicts.next().unwrap().unwrap()).unwrap()
    }

    /// Returns `valid`, or the verdict and the reason.
    fn judge(&mut self, token: &str) -> String {
        let verdict = self.verdict(token);
        match verdict["why"].as_str() {
            None => verdict["verdict"].as_str().unwrap().to_owned(),
            Some(why) => format!("{}: {why}", verdict["verdict"].as_str().unwrap()),
        }
    }

    /// Repeats the validation until the answer begins with this text.
    fn comes_to_say(&mut self, token: &str, answer: &str) {
        let end = clock::boot_time() + PATIENCE;
        loop {
            let said = self.judge(token);
            if said.starts_with(answer) {
                return;
            }
            clock::pause(Duration::from_millis(10));
            assert!(
                clock::boot_time() < end,
                "the verdict is {said:?}, not {answer:?}"
            );
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const QUICK: &[&str] = &[
    "tokens.algorithm=EdDSA",
    "feed.heartbeat=100ms",
    "feed.poll=10ms",
];

/// An organization on one node.
struct Party<'a> {
    node: &'a Server,
    company: String,
}

impl<'a> Party<'a> {
    fn log_in(node: &'a Server, acme: &Organization<'_>) -> Self {
        let login = json!({"login": acme.login, "password": acme.password});
        let company = node.post("/api/company/get-token").json(&login).send();
        Self {
            node,
            company: company.with_status(200).string(),
        }
    }

    fn post(&self, path: &str, body: &Value) -> crate::support::Answer {
        self.node.post(path).bearer(&self.company).json(body).send()
    }

    fn token(&self, operator: i64) -> String {
        let issued = self.post("/api/operator/get-token", &json!({"id": operator}));
        issued.with_status(200).string()
    }

    fn revoke(&self, path: &str, body: &Value) {
        self.post(path, body).with_status(204);
    }
}

fn it_judges_as_the_service_would(server: &Server, program: Program) {
    let Some(program) = program.command() else {
        return;
    };
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let stranger = other.operator("Hoa");
    // Agents use the machine's time.
    let (near, far) = (server.in_real_time(QUICK), server.in_real_time(QUICK));
    let (here, there) = (Party::log_in(&near, &acme), Party::log_in(&far, &acme));
    let [one, two, three, four] = [lan, lan, lan, minh].map(|id| here.token(id));
    let mut agent = Agent::start(program, &near, &acme);
    agent.comes_to_say(&one, "valid");
    let verdict = agent.verdict(&one);
    assert_eq!(verdict["operatorId"], lan);
    assert!(verdict["expiresAt"].as_str().unwrap().ends_with('Z'));
    assert!(verdict["staleSeconds"].as_f64().unwrap() <= 2.0);

    let foreign = Party::log_in(&near, &other).token(stranger);
    let (head, signature) = one.rsplit_once('.').unwrap();
    let (_, payload_of_two) = two.rsplit_once('.').unwrap().0.split_once('.').unwrap();
    let forged = format!(
        "{}.{payload_of_two}.{signature}",
        head.split_once('.').unwrap().0
    );
    // {"alg":"none"}, {"alg":"HS256","kid":"x"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload_of_two}.");
    let unknown = format!("eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.{payload_of_two}.{signature}");
    for (token, answer) in [
        (&foreign, "refused: of another organization"),
        (
            &here.company,
            "refused: not an operator token of this service",
        ),
        (&forged, "refused: the signature is wrong"),
        (&unsigned, "refused: malformed"),
        (&String::new(), "refused: malformed"),
        (&"a.b.c".to_owned(), "refused: malformed"),
    ] {
        assert_eq!(agent.judge(token), answer);
    }
    // The agent may have requested the keys only just now.
    agent.comes_to_say(&unknown, "refused: signed by no key of the service");

    // Revocations by another node are received; a token that was issued afterwards is valid.
    there.revoke("/api/operator/revoke-token", &json!({"token": one}));
    agent.comes_to_say(&one, "refused: revoked");
    agent.comes_to_say(&two, "valid");
    there.revoke(
        &format!("/api/company/operators/{lan}/revoke-tokens"),
        &json!({}),
    );
    agent.comes_to_say(&two, "refused: revoked");
    let mut later = here.token(lan);
    while agent.judge(&later) != "valid" {
        // This node has not applied the entry itself: a token that it signs then is revoked from
        // the start.
        later = here.token(lan);
    }
    assert_eq!(agent.judge(&three), "refused: revoked");

    // Without a connection the agent reports it; a token that it knows to be revoked stays revoked.
    let address = near.address();
    drop(near);
    agent.comes_to_say(&four, "unknown: stale for ");
    assert_eq!(agent.judge(&one), "refused: revoked");
    there.revoke("/api/operator/revoke-token", &json!({"token": later}));
    let fresh = there.token(lan);

    // After the connection is restored, it has missed nothing.
    let listen = format!("http.listen={address}");
    let back = server.in_real_time(&[QUICK, &[&listen]].concat());
    agent.comes_to_say(&fresh, "valid");
    assert_eq!(agent.judge(&later), "refused: revoked");
    agent.comes_to_say(&four, "valid");
    there.revoke(
        "/api/company/revoke-token",
        &json!({"token": there.company}),
    );
    agent.comes_to_say(&fresh, "refused: revoked");
    agent.comes_to_say(&four, "valid");

    // At last its own company token is revoked, too; it reports the revocations before that.
    let after = Party::log_in(&far, &acme);
    let last = after.token(minh);
    agent.comes_to_say(&last, "valid");
    lanyard::organization::revoke_all(
        &far.app.db,
        lanyard::base::OrganizationId(acme.id),
        &lanyard::audit::Origin::command_line(),
        far.app.clock.now(),
    )
    .unwrap();
    for token in [&four, &last] {
        agent.comes_to_say(token, "refused: revoked");
    }
    // It logs in again.
    let anew = Party::log_in(&far, &acme).token(minh);
    agent.comes_to_say(&anew, "valid");
    drop(back);
}

on_both!(the_follower_in_rust, "tokens.algorithm=EdDSA");
fn the_follower_in_rust(server: &Server) {
    it_judges_as_the_service_would(server, Program::Rust);
}

on_both!(the_follower_in_python, "tokens.algorithm=EdDSA");
fn the_follower_in_python(server: &Server) {
    it_judges_as_the_service_would(server, Program::Python);
}

on_both!(followers_know_every_algorithm_that_has_a_public_key);
fn followers_know_every_algorithm_that_has_a_public_key(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let algorithm = format!("tokens.algorithm={algorithm}");
        let node = server.in_real_time(&[&algorithm, "feed.heartbeat=100ms"]);
        let here = Party::log_in(&node, &acme);
        let token = here.token(lan);
        let agents = [Program::Rust, Program::Python]
            .into_iter()
            .filter_map(Program::command);
        for mut agent in agents.map(|program| Agent::start(program, &node, &acme)) {
            agent.comes_to_say(&token, "valid");
        }
    }
}
