//! `lanyard serve`: the behaviour on which scripts rely, why it does not start, how it stops.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use rustix::process::Signal;

use crate::client::Connection;
use crate::harness::{Folder, Service, until};
use crate::http::get;

#[test]
fn two_variables_are_enough() {
    let folder = Folder::new();
    let mut command = folder.command(&["serve"]);
    command
        .env_remove("LANYARD_LOGIN_BCRYPT_COST")
        .env("LANYARD_DATABASE_URL", "sqlite:data/l.db")
        .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0");
    let service = Service::start(command, "listening address=", |line| {
        line.split_once("address=")?
            .1
            .split(' ')
            .next()?
            .parse()
            .ok()
    });
    assert_eq!(service.ask(&get("/readyz", &[])).json()["status"], "ready");
    assert!(folder.path().join("data/master.key").exists());
    let url = format!("http://127.0.0.1:{}", service.port);
    assert_eq!(folder.run(&["health", "--url", &url]).ok(), "ready\n");
    let by_setting = format!("http.listen=0.0.0.0:{}", service.port);
    assert_eq!(
        folder.run(&["health", "--set", &by_setting]).ok(),
        "ready\n"
    );
    let log = service.stop();
    assert!(log.contains("there is no organization yet"), "{log}");
    assert!(!log.contains("actix"), "{log}");
    assert!(
        log.contains("stopping") && log.trim_end().ends_with("stopped"),
        "{log}"
    );
    let nobody = ["health", "--url", "http://127.0.0.1:1"];
    let why = folder.run(&nobody).refused();
    assert!(why.contains("does not answer"), "{why}");
}

#[test]
fn a_master_key_file_that_is_absent_is_made() {
    let folder = Folder::new();
    let settings = [("LANYARD_MASTER_KEY_FILE", "keys/master")];
    folder.serve(&settings).stop();
    let key = folder.read("keys/master");
    assert!(!folder.path().join("lanyard-data/master.key").exists());
    folder.serve(&settings).stop();
    assert_eq!(folder.read("keys/master"), key);
}

#[test]
fn a_start_that_fails_says_what_to_do() {
    let folder = Folder::new();
    folder.serve(&[]).stop();
    let other = "00".repeat(32);
    let why = folder
        .run_with(&["serve"], &[("LANYARD_MASTER_KEY", &other)])
        .refused();
    assert!(why.contains("not the master key of this database"), "{why}");
    assert!(
        why.contains("master_key_file") && !why.contains(&other),
        "{why}"
    );

    let fresh = [
        ("LANYARD_DATABASE_URL", "sqlite:new.db"),
        ("LANYARD_DATABASE_MIGRATE", "false"),
    ];
    let why = folder.run_with(&["serve"], &fresh).refused();
    assert!(
        why.contains("lanyard migrate") && why.contains("database.migrate"),
        "{why}"
    );
    for migration in std::fs::read_dir("migrations/sqlite").unwrap() {
        let name = migration.unwrap().file_name().into_string().unwrap();
        assert!(why.contains(&name), "{name}: {why}");
    }
    folder.run(&["migrate", "--database", "sqlite:new.db"]).ok();
    folder.serve(&fresh).stop();

    let away = [
        ("LANYARD_DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/x"),
        ("LANYARD_MASTER_KEY", &other),
    ];
    for command in ["serve", "migrate"] {
        let why = folder.run_with(&[command], &away).refused();
        assert!(
            why.contains("127.0.0.1") && !why.contains("hunter2"),
            "{why}"
        );
    }
    for url in [
        "postgres://u:p@hunter2@h/x",
        "postgres://u:hunter2%zz@h/x",
        "postgres://u:hunter2/x@h",
    ] {
        let why = folder.run(&["serve", "--database", url]).refused();
        assert!(
            why.contains("database.url") && !why.contains("hunter2"),
            "{why}"
        );
    }
}

/// Opens a connection and sends a request without its body, for which the service then waits.
fn under_way(service: &Service) -> Connection {
    let mut stream = service.connect();
    let head = "POST /api/company/get-token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 32\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    Connection::over(stream)
}

#[test]
fn stopping_finishes_what_is_in_flight() {
    let folder = Folder::new();
    let mut service = folder.serve(&[]);
    let mut request = under_way(&service);
    let idle = service.connect();
    service.signal(Signal::TERM);
    until("nobody new is let in", || {
        TcpStream::connect(("127.0.0.1", service.port)).is_err()
    });
    assert!(service.ended().is_none(), "{}", service.text());
    request
        .send(br#"{"login": "a", "password": "bc"}"#)
        .unwrap();
    let answer = request.receive().answer();
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (401, &"invalid_credentials".into())
    );
    until("it ends", || service.ended().is_some());
    assert!(service.ended().unwrap().success(), "{}", service.text());
    drop(idle);
}

#[test]
fn stopping_waits_no_longer_than_configured() {
    let folder = Folder::new();
    let mut service = folder.serve(&[("LANYARD_HTTP_SHUTDOWN_TIMEOUT", "1s")]);
    let request = under_way(&service);
    service.signal(Signal::TERM);
    until("it ends", || service.ended().is_some());
    assert!(service.ended().unwrap().success(), "{}", service.text());
    drop(request);
}

#[test]
fn a_line_of_the_log_bears_its_requests_id_and_no_other_line_does() {
    let folder = Folder::new();
    let wanted = [("LANYARD_LOG_REQUESTS", "all")];
    let service = folder.serve(&wanted);
    service.ask(&get("/healthz", &[("X-Request-Id", "the-request")]));
    let log = service.stop();
    let bearing: Vec<_> = log.lines().filter(|l| l.contains("request_id")).collect();
    assert_eq!(bearing.len(), 1, "{log}");
    assert!(
        bearing[0].contains("answered") && bearing[0].ends_with(" request_id=the-request"),
        "{log}"
    );

    let mut command = folder.command(&["serve"]);
    command
        .envs(wanted)
        .env("LANYARD_LOG_FORMAT", "json")
        .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0");
    let service = Service::start(command, r#""message":"listening""#, |line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        line["address"].as_str()?.parse().ok()
    });
    service.ask(&get("/healthz", &[("X-Request-Id", "the-request")]));
    // A text that is not a request at all comes from a stranger, and is not logged.
    let garbage = service.ask("GARBAGE\r\n\r\n");
    assert_eq!(garbage.status, 400);
    let log = service.stop();
    let ids: Vec<_> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter_map(|line| Some((line["message"].clone(), line.get("request_id")?.clone())))
        .collect();
    assert_eq!(ids, [("answered".into(), "the-request".into())], "{log}");
}

#[test]
fn idle_connections_beyond_the_soft_limit_keep_nobody_out() {
    let folder = Folder::new();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -Sn 200; exec \"$0\" serve"])
        .arg(env!("CARGO_BIN_EXE_lanyard"))
        .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0")
        .current_dir(folder.path());
    let service = Service::start(command, "listening address=", |line| {
        let (_, rest) = line.split_once("address=")?;
        rest.split(' ').next()?.parse().ok()
    });
    // Each connection had one answer, and may stay open for longer than this test takes.
    let answered = |_| {
        let mut stream = service.connect();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            .unwrap();
        assert!(stream.read(&mut [0; 1_000]).unwrap() > 0);
        stream
    };
    let idle: Vec<_> = (0..400).map(answered).collect();
    let answer = service.ask(&get("/readyz", &[]));
    assert_eq!(answer.status, 200);
    assert!(idle.len() == 400 && !service.stop().contains("Too many open files"));
}
