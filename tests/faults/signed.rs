//! `kill -9` under a load of signed requests: a request that was accepted is never accepted again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use lanyard::authn::signature::{Fields, Message, Signer, sign};
use lanyard::base::Clock;
use serde_json::{Value, json};

use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::http::Outcome;
use crate::service::Installation;
use crate::wait;

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 16;

/// How many requests are accepted before a node is killed.
const ENOUGH: usize = 150;

struct NoFields;

impl Fields for NoFields {
    fn lines(&self, _: &str) -> Vec<&[u8]> {
        Vec::new()
    }
}

/// Returns a request that is signed now.
fn signed(key: &Value) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("{:032}", NEXT.fetch_add(1, Ordering::Relaxed));
    let text = |member: &str| key[member].as_str().unwrap();
    let message = Message {
        method: "GET",
        scheme: "http",
        authority: Some("localhost"),
        path_and_query: "/v1/profile",
        request_target: "/v1/profile",
        fields: &NoFields,
        has_body: false,
    };
    let by = Signer {
        key: text("id"),
        secret: text("signing_secret"),
        now: Clock::System.now(),
        nonce: &nonce,
    };
    let (input, signature) = sign(&message, &by).unwrap();
    format!(
        "GET /v1/profile HTTP/1.1\r\nHost: localhost\r\nSignature-Input: {input}\r\nSignature: {signature}\r\n\r\n"
    )
}

on_both!(no_nonce_is_used_twice);

fn no_nonce_is_used_twice(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let mut service = installation.serve();
    installation.populate("acme");
    let company = service.client().login("acme");
    let body = json!({"name": "signs", "signing": true}).to_string();
    let made = service
        .client()
        .call("POST", "/api/v1/api-keys", &company, &body);
    let key = made.answer().json();
    for _ in 0..ROUNDS {
        let accepted = Mutex::new(Vec::new());
        let address = service.address;
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut client = crate::http::Client::new(address);
                    loop {
                        let request = signed(&key);
                        let Outcome::Answered(answer) = client.send(&request) else {
                            return;
                        };
                        if !is_unavailable(&answer) {
                            assert_eq!(answer.status, 200, "{answer:?}");
                            accepted.lock().unwrap().push(request);
                        }
                    }
                });
            }
            wait::until("requests are accepted", || {
                accepted.lock().unwrap().len() >= ENOUGH
            });
            service.kill();
        });
        service = installation.serve();
        let mut client = service.client();
        for request in accepted.into_inner().unwrap() {
            let again = client.send(&request).answer();
            assert_eq!(again.status, 401, "{request} {again:?}");
            assert!(again.text().contains("nonce"), "{again:?}");
        }
        assert_eq!(client.send(&signed(&key)).answer().status, 200);
    }
}
