//! `lanyard dev`: it needs no setup, prints commands to paste, and does both again the next time.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::harness::{Ended, Folder, Service, have};

fn dev(folder: &Folder) -> Service {
    dev_with(folder, &[])
}

fn dev_with(folder: &Folder, more: &[&str]) -> Service {
    let command = folder.command(&[&["dev", "--listen", "127.0.0.1:0"], more].concat());
    let service = Service::start(command, "Lanyard listens on", |line| {
        let (_, rest) = line.split_once("http://")?;
        rest.split(',').next()?.parse().ok()
    });
    crate::harness::until("all is printed", || {
        service.text().contains("Ctrl-C stops it.")
    });
    service
}

/// Returns the commands to paste, in their order.
fn commands(service: &Service) -> String {
    let text = service.text();
    let mut lines = text.lines();
    let mut commands = String::new();
    while let Some(line) = lines.next() {
        if ["COMPANY=", "OPERATOR=", "curl "]
            .iter()
            .any(|start| line.starts_with(start) && !line.contains("/oauth/"))
        {
            let next = lines.next().unwrap();
            assert!(line.ends_with('\\') && !next.ends_with('\\'), "{text}");
            commands.extend([line, "\n", next, "\n"]);
        }
    }
    assert_eq!(commands.lines().count(), 6, "{text}");
    commands
}

fn can_paste() -> bool {
    let able = have("bash") && have("curl");
    if !able {
        eprintln!("SKIPPED: bash and curl are not both here to paste what `lanyard dev` prints");
    }
    able
}

/// Pastes the commands into a shell. Returns the answer of the validation.
fn paste(service: &Service) -> serde_json::Value {
    let mut shell = Command::new("bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut shell.stdin.take().unwrap(),
        commands(service).as_bytes(),
    )
    .unwrap();
    let ended = Ended::from(shell.wait_with_output().unwrap());
    assert_eq!(ended.err, "");
    ended.json()
}

fn password(service: &Service) -> String {
    let commands = commands(service);
    let (_, rest) = commands.split_once("\"password\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn everything_is_made_at_the_first_start_and_kept_at_the_next() {
    if !can_paste() {
        return;
    }
    let folder = Folder::new();
    let first = dev(&folder);
    let text = first.text();
    assert!(
        text.contains(&format!("http://127.0.0.1:{}/docs/", first.port)),
        "{text}"
    );
    assert!(
        text.contains("password in lanyard-data/demo-password"),
        "{text}"
    );
    assert!(
        text.contains(&folder.path().join("lanyard-data").display().to_string()),
        "{text}"
    );
    let answer = paste(&first);
    assert_eq!(answer["isValid"], true, "{answer}");
    let secret = password(&first);
    assert!(
        text.contains(&format!(
            "/console   sign in as demo/admin, password {secret}\n"
        )),
        "{text}"
    );
    assert_eq!(folder.read("lanyard-data/demo-password").trim(), secret);
    let docs = first.ask(&crate::http::get("/docs/", &[]));
    assert!(
        docs.status == 200 && docs.text().contains("<html"),
        "{docs:?}"
    );

    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let data = folder.path().join("lanyard-data");
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }

    let key = folder.read("lanyard-data/master.key");
    first.signal(Signal::INT);
    let mut first = first;
    crate::harness::until("it stops", || first.ended().is_some());
    assert!(first.ended().unwrap().success());
    let log = first.text();
    assert!(
        !log.contains("INFO") && !log.contains("ERROR"),
        "quiet: {log}"
    );

    let second = dev(&folder);
    assert_eq!(password(&second), secret);
    assert_eq!(folder.read("lanyard-data/master.key"), key);
    let again = paste(&second);
    assert_eq!(again["isValid"], true);
    assert_eq!(again["operatorId"], answer["operatorId"]);
    assert_eq!(again["clientId"], answer["clientId"]);
}

#[test]
fn what_was_changed_meanwhile_is_mended_or_reported() {
    if !can_paste() {
        return;
    }
    let folder = Folder::new();
    drop(dev(&folder));
    folder
        .run(&["operator", "deactivate", "--organization", "1", "1"])
        .ok();
    std::fs::remove_file(folder.path().join("lanyard-data/demo-password")).unwrap();
    let service = dev(&folder);
    let answer = paste(&service);
    assert_eq!(
        (&answer["isValid"], &answer["operatorId"]),
        (&true.into(), &3.into())
    );
    drop(service);

    folder.run(&["organization", "suspend", "1"]).ok();
    let service = dev(&folder);
    assert!(service.text().contains("lanyard organization resume 1"));
    folder.run(&["organization", "resume", "1"]).ok();
    folder.write("lanyard-data/demo-password", "it's \"quoted\" $HOME\n");
    let file = "lanyard-data/demo-password";
    folder
        .run(&["organization", "set-password", "1", "--password-file", file])
        .ok();
    drop(service);
    let service = dev(&folder);
    assert_eq!(paste(&service)["isValid"], true, "quotes survive the shell");
}

#[test]
fn it_stays_off_the_network_and_out_of_real_databases() {
    let folder = Folder::new();
    for arguments in [
        &["dev", "--listen", "0.0.0.0:0"][..],
        &["dev", "--set", "http.listen=127.0.0.1:0,[::]:0"],
    ] {
        let why = folder.run(arguments).refused();
        assert!(
            why.contains("other machines can reach") && why.contains("lanyard serve"),
            "{why}"
        );
        assert!(!folder.path().join("lanyard-data").exists());
    }
    folder.write("password", "secret");
    folder
        .run(&[
            "organization",
            "add",
            "--login",
            "acme",
            "--name",
            "Acme",
            "--password-file",
            "password",
        ])
        .ok();
    let why = folder.run(&["dev", "--listen", "127.0.0.1:0"]).refused();
    assert!(why.contains("--database sqlite:PATH"), "{why}");
    let listed = folder.run(&["organization", "list", "--json"]).ok();
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

#[test]
fn a_taken_port_is_reported_with_the_way_to_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    for command in ["dev", "serve"] {
        let why = folder.run(&[command, "--listen", &address]).refused();
        assert!(
            why.contains(&address) && why.contains("--listen 127.0.0.1:"),
            "{why}"
        );
    }
}

/// With port 0 there is no issuer, because nobody knows the address in advance.
#[test]
fn with_an_issuer_there_is_a_client_and_an_operator_who_signs_in() {
    if !can_paste() {
        return;
    }
    let folder = Folder::new();
    let issuer = ["--set", "oauth.issuer=http://localhost:9"];
    let id = |service: &Service| {
        let text = service.text();
        let (_, rest) = text
            .split_once("http://localhost:9/oauth/authorize?response_type=code&client_id=")
            .unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let first = dev_with(&folder, &issuer);
    let text = first.text();
    let mut lines = text.lines();
    let line = lines.find(|line| line.contains("/oauth/token")).unwrap();
    let command = format!("{line}\n{}", lines.next().unwrap());
    let answer = Ended::from(
        Command::new("bash")
            .arg("-c")
            .arg(&command)
            .output()
            .unwrap(),
    )
    .json();
    assert_eq!(answer["scope"], "email profile read", "{answer}");
    let login = Command::new("curl")
        .args(["-fsS", "-H", "Content-Type: application/json", "-d"])
        .arg(format!(
            r#"{{"username":"demo","password":"{}"}}"#,
            password(&first)
        ))
        .arg(format!("http://127.0.0.1:{}/auth/login", first.port))
        .output()
        .unwrap();
    assert_eq!(Ended::from(login).json()["token_type"], "Bearer");
    let made = id(&first);
    drop(first);
    let second = dev_with(&folder, &issuer);
    assert_eq!(id(&second), made, "the second start keeps the client");
}
