//! Logging in during an attack: an owner with the right password is let in, at every node and after
//! a restart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use serde_json::json;

use crate::support::{Answer, Organization, Server, on_both};

const OWNER: [u8; 4] = [127, 0, 0, 1];
const NEWCOMER: [u8; 4] = [127, 0, 3, 1];

fn log_in(server: &Server, from: [u8; 4], password: &str) -> Answer {
    server
        .post("/api/company/get-token")
        .json(&json!({"login": "acme", "password": password}))
        .from(from)
        .send()
}

on_both!(
    thirty_addresses_keep_no_owner_out,
    "login.throttle=false",
    "login.bcrypt_cost=8",
    "login.hash_queue=40"
);
fn thirty_addresses_keep_no_owner_out(server: &Server) {
    Organization::add(server, "acme", "open");
    log_in(server, OWNER, "open").with_status(200);
    let (stop, (refused, full)) = (AtomicBool::new(false), mpsc::channel());
    std::thread::scope(|scope| {
        for number in 0..60 {
            let (stop, refused) = (&stop, refused.clone());
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let answer = log_in(server, [127, 0, 1, number % 30 + 1], "guess");
                    if answer.status == 503 {
                        // The receiver is gone once the test has seen enough.
                        let _ = refused.send(());
                    }
                }
            });
        }
        full.recv().unwrap();
        let owner: Vec<_> = (0..5)
            .map(|_| log_in(server, OWNER, "open").status)
            .collect();
        let newcomer = log_in(server, NEWCOMER, "open").status;
        stop.store(true, Ordering::Relaxed);
        assert_eq!(owner, [200; 5], "a known address goes first");
        assert_eq!(newcomer, 200, "unknown addresses take turns");
    });
}

/// Uses up the attempts that unknown addresses have at the login.
fn crowd(server: &Server) {
    let statuses: Vec<_> = (1..=80)
        .map(|host| log_in(server, [127, 0, 1, host], "guess").status)
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

on_both!(an_owners_address_is_known_to_every_node_and_after_a_restart);
fn an_owners_address_is_known_to_every_node_and_after_a_restart(server: &Server) {
    Organization::add(server, "acme", "open");
    log_in(server, OWNER, "open").with_status(200);
    let another = server.another(&[]);
    crowd(&another);
    log_in(&another, NEWCOMER, "open").with_status(429);
    log_in(&another, OWNER, "open").with_status(200);
}

on_both!(
    in_ipv6_the_whole_network_of_an_owner_is_known,
    "http.trusted_proxies=127.0.0.9"
);
fn in_ipv6_the_whole_network_of_an_owner_is_known(server: &Server) {
    Organization::add(server, "acme", "open");
    let from = |server: &Server, address: &str| {
        server
            .post("/api/company/get-token")
            .json(&json!({"login": "acme", "password": "open"}))
            .header("x-forwarded-for", address)
            .from([127, 0, 0, 9])
            .send()
            .status
    };
    assert_eq!(from(server, "2001:db8:0:1::1"), 200);
    let another = server.another(&["http.trusted_proxies=127.0.0.9"]);
    crowd(&another);
    assert_eq!(from(&another, "2001:db8:0:1:ffff::2"), 200);
    assert_eq!(from(&another, "2001:db8:0:2::1"), 429);
}

on_both!(
    an_address_is_forgotten_when_nobody_logged_in_from_there_for_long,
    "audit.retention=30d"
);
fn an_address_is_forgotten_when_nobody_logged_in_from_there_for_long(server: &Server) {
    Organization::add(server, "acme", "open");
    log_in(server, OWNER, "open").with_status(200);
    let forget = || {
        let app = &server.app;
        let horizon = app
            .nodes
            .feed
            .index()
            .ticks()
            .horizon(app.settings.retention.audit);
        lanyard::login::job::forget_networks(&app.db, &app.nodes.duty, horizon).unwrap()
    };
    server.run(86_400);
    server.run(19 * 86_400);
    assert_eq!(forget(), 0);
    log_in(server, NEWCOMER, "open").with_status(200);
    server.run(12 * 86_400);
    assert_eq!(forget(), 1);
    crowd(server);
    log_in(server, OWNER, "open").with_status(429);
    log_in(server, NEWCOMER, "open").with_status(200);
}
