//! Clients that are slow, send malformed requests, or disconnect before the answer: they delay only
//! themselves.

use std::time::{Duration, Instant};

use crate::call::{ISSUE, REVOKE, VALIDATE, Verdict};
use crate::database::{Database, on_both};
use crate::http::{Answer, Connection, Outcome, request};
use crate::service::{Installation, Service};
use crate::wait;

/// The service waits 5 s for a head and 20 s for a body.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(35);

/// A service on SQLite, the company token of its organization, and an operator token.
struct House {
    // This field is dropped first.
    service: Service,
    _installation: Installation,
    _database: Database,
    company: String,
    token: String,
}

impl House {
    fn new() -> Self {
        let database = Database::sqlite();
        let installation = Installation::new(&database.url(), &[]);
        let service = installation.serve();
        let operator = installation.populate("acme");
        let company = service.client().login("acme");
        let token = service.client().issue(&company, operator);
        Self {
            service,
            _installation: installation,
            _database: database,
            company,
            token,
        }
    }

    fn connect(&self) -> Connection {
        Connection::open(self.service.address).unwrap()
    }

    /// Sends these bytes. Returns the outcome.
    fn send(&self, bytes: &[u8]) -> Outcome {
        let mut connection = self.connect();
        match connection.send(bytes) {
            Ok(()) => connection.receive(),
            Err(why) => Outcome::Nothing(why),
        }
    }

    /// Returns a complete and correct validation request.
    fn validation(&self) -> String {
        let body = format!(r#"{{"token":"{}"}}"#, self.token);
        request("POST", VALIDATE, &self.company, &body)
    }

    fn must_serve_others(&self) {
        let verdict = self.service.client().validate(&self.company, &self.token);
        assert_eq!(verdict, Verdict::Valid);
    }
}

fn is_valid(answer: &Answer) -> bool {
    answer.status == 200 && Verdict::of(&answer.json()) == Verdict::Valid
}

#[test]
fn clients_that_never_finish_are_given_up() {
    const EACH: usize = 50;
    let house = House::new();
    let whole = house.validation();
    let end_of_head = whole.find("\r\n\r\n").unwrap();
    let begun = Instant::now();
    let mut slow = Vec::new();
    for part in [&whole[..end_of_head], &whole[..whole.len() - 1]] {
        for _ in 0..EACH {
            let mut connection = house.connect();
            connection.send(part.as_bytes()).unwrap();
            slow.push(connection);
        }
    }
    for _ in 0..50 {
        house.must_serve_others();
    }
    for mut connection in slow {
        match connection.receive() {
            Outcome::Answered(answer) => {
                assert_eq!(answer.status, 408, "{answer:?}");
                assert_eq!(answer.header("connection"), Some("close"));
            }
            Outcome::Nothing(why) => assert_eq!(why.kind(), std::io::ErrorKind::UnexpectedEof),
            torn @ Outcome::Torn(_) => panic!("{torn:?}"),
        }
    }
    assert!(begun.elapsed() < GIVEN_UP_WITHIN, "{:?}", begun.elapsed());
    house.must_serve_others();
}

#[test]
fn a_client_that_has_said_all_it_will_say_is_answered() {
    let house = House::new();
    let mut connection = house.connect();
    connection.send(house.validation().as_bytes()).unwrap();
    connection.finish_sending().unwrap();
    assert!(is_valid(&connection.receive().answer()));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    const REQUESTS: usize = 40;
    let house = House::new();
    let mut all = String::new();
    for number in 0..REQUESTS {
        // Every other request waits for the database.
        let one = if number % 2 == 0 {
            house.validation()
        } else {
            request("GET", "/api/company/organization", &house.company, "")
        };
        all += &one.replacen("\r\n", &format!("\r\nX-Request-Id: {number}\r\n"), 1);
    }
    let mut connection = house.connect();
    connection.send(all.as_bytes()).unwrap();
    for number in 0..REQUESTS {
        let answer = connection.receive().answer();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-request-id"), Some(&*number.to_string()));
    }
}

#[test]
fn a_body_in_many_pieces_is_one_body() {
    let house = House::new();
    let body = format!(r#"{{"token":"{}"}}"#, house.token);
    let head = request("POST", VALIDATE, &house.company, &body).replace(&body, "");
    let mut connection = house.connect();
    let length = format!("Content-Length: {}", body.len());
    let head = head.replace(
        &length,
        "Transfer-Encoding: chunked\r\nExpect: 100-continue",
    );
    connection.send(head.as_bytes()).unwrap();
    for piece in body.as_bytes().chunks(7) {
        let size = format!("{:x}\r\n", piece.len());
        connection.send(size.as_bytes()).unwrap();
        connection.send(piece).unwrap();
        connection.send(b"\r\n").unwrap();
    }
    connection.send(b"0\r\n\r\n").unwrap();
    assert!(is_valid(&connection.receive().answer()));
}

#[test]
fn odd_requests_harm_nobody() {
    let house = House::new();
    let good = house.validation();
    let with = |header: String| good.replacen("\r\n", &format!("\r\n{header}\r\n"), 1);
    let long = with(format!("X-Filler: {}", "a".repeat(10_000)));
    let old = good.replacen("HTTP/1.1", "HTTP/1.0", 1);
    for fine in [&good, &long, &old] {
        assert!(is_valid(&house.send(fine.as_bytes()).answer()), "{fine}");
    }

    let body = good.find("\r\n\r\n").unwrap() + 4;
    let announced = format!("Content-Length: {}\r\n", good.len() - body);
    let refused: [Vec<u8>; 9] = [
        with("X-Many: 1\r\n".repeat(300).trim_end().to_owned()).into(),
        with(format!("X-Filler: {}", "a".repeat(1 << 20))).into(),
        with("Content-Length: 3".to_owned()).into(),
        with("Transfer-Encoding: chunked".to_owned()).into(),
        good.replace(&announced, "Content-Length: -1\r\n").into(),
        good.replacen("HTTP/1.1", "HTTP/9.9", 1).into(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        vec![0; 4096],
        (0..=255).cycle().take(100_000).collect(),
    ];
    for bytes in refused {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        match house.send(&bytes) {
            Outcome::Answered(answer) => {
                assert!((400..=431).contains(&answer.status), "{shown}: {answer:?}");
            }
            Outcome::Nothing(_) => {}
            torn @ Outcome::Torn(_) => panic!("{shown}: {torn:?}"),
        }
        house.must_serve_others();
    }
}

#[test]
fn a_body_that_is_not_read_is_never_a_request() {
    let house = House::new();
    let inner = request("GET", "/api/company/organization", &house.company, "");
    let outer = |path: &str, length: usize| {
        let head = request("POST", path, &house.company, "x");
        let head = head.strip_suffix("x").unwrap();
        head.replace("Content-Length: 1", &format!("Content-Length: {length}")) + &inner
    };
    for (bytes, status) in [
        (outer(VALIDATE, 1 << 20), 413),
        (outer("/nowhere", inner.len()), 404),
        (outer("/api/operator", inner.len()), 405),
    ] {
        let mut connection = house.connect();
        connection.send(bytes.as_bytes()).unwrap();
        assert_eq!(connection.receive().answer().status, status);
        connection.finish_sending().unwrap();
        let next = connection.receive();
        assert!(matches!(next, Outcome::Nothing(_)), "{status}: {next:?}");
    }
}

on_both!(who_calls_and_leaves);

/// A revocation is done also if its client has disconnected meanwhile. A token that was issued to
/// such a client is in the ledger, and no client has it.
fn who_calls_and_leaves(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let service = installation.serve();
    let operator = installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let token = client.issue(&company, operator);

    let hand = database.hold();
    let mut asked = Vec::new();
    for (path, body) in [
        (ISSUE, format!(r#"{{"id":{operator}}}"#)),
        (REVOKE, format!(r#"{{"token":"{token}"}}"#)),
    ] {
        let mut connection = Connection::open(service.address).unwrap();
        let request = request("POST", path, &company, &body);
        connection.send(request.as_bytes()).unwrap();
        asked.push(connection);
    }
    wait::until("the revocation is under way", || {
        service.metric("lanyard_database_callers") >= 1
    });
    drop(asked);
    assert_eq!(client.validate(&company, &token), Verdict::Valid);
    drop(hand);
    wait::until("it is revoked", || {
        client.validate(&company, &token) == Verdict::revoked()
    });
    client.issue(&company, operator);
}
