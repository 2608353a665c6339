//! The limits of login attempts.

use std::time::Duration;

use insta::assert_snapshot;
use lanyard::base::clock;
use serde_json::json;

use crate::support::database::Database;
use crate::support::{Answer, Organization, Server, on_both};

const OWNER: [u8; 4] = [127, 0, 0, 1];
const ATTACKER: [u8; 4] = [127, 0, 0, 2];

fn log_in(server: &Server, from: [u8; 4], login: &str, password: &str) -> Answer {
    server
        .post("/api/company/get-token")
        .json(&json!({"login": login, "password": password}))
        .from(from)
        .send()
}

on_both!(thirty_at_once_and_then_one_a_second);
fn thirty_at_once_and_then_one_a_second(server: &Server) {
    Organization::add(server, "acme", "open");
    for _ in 0..30 {
        log_in(server, OWNER, "acme", "open").with_status(200);
    }
    assert_snapshot!(log_in(server, OWNER, "acme", "open"), @r#"
    429
    retry-after: 1
    {
      "error": "rate_limited",
      "error_description": "too many attempts; retry after the number of seconds in the Retry-After header",
    }
    "#);
    for _ in 0..5 {
        server.wait(1);
        log_in(server, OWNER, "acme", "open").with_status(200);
        log_in(server, OWNER, "acme", "open").with_status(429);
    }
}

on_both!(bad_attempts_count_like_good_ones_whatever_the_login);
fn bad_attempts_count_like_good_ones_whatever_the_login(server: &Server) {
    Organization::add(server, "acme", "open");
    for guess in 0..30 {
        log_in(server, ATTACKER, &format!("login-{guess}"), "x").with_status(401);
    }
    log_in(server, ATTACKER, "acme", "open").with_status(429);
    log_in(server, OWNER, "acme", "open").with_status(200);
}

/// A lower bound: however slow the machine is, it holds.
#[test]
fn an_attempt_beyond_the_limit_is_answered_late() {
    let server = &Server::start(Database::sqlite(), &[]);
    Organization::add(server, "acme", "open");
    for _ in 0..30 {
        log_in(server, ATTACKER, "nobody", "x").with_status(401);
    }
    let began = clock::boot_time();
    log_in(server, ATTACKER, "nobody", "x").with_status(429);
    let took = clock::boot_time().saturating_sub(began);
    assert!(took >= Duration::from_millis(100), "{took:?}");
}

on_both!(a_lockout_is_of_a_login_at_an_address);
fn a_lockout_is_of_a_login_at_an_address(server: &Server) {
    Organization::add(server, "acme", "open");
    Organization::add(server, "other", "open");
    for _ in 0..30 {
        log_in(server, ATTACKER, "acme", "guess").with_status(401);
    }
    server.wait(60);
    let locked = log_in(server, ATTACKER, "ACME", "open");
    assert_snapshot!(locked, @r#"
    429
    retry-after: 240
    {
      "error": "rate_limited",
      "error_description": "too many attempts; retry after the number of seconds in the Retry-After header",
    }
    "#);
    log_in(server, ATTACKER, "other", "open").with_status(200);
    log_in(server, OWNER, "acme", "open").with_status(200);
    server.wait(240);
    log_in(server, ATTACKER, "acme", "open").with_status(200);
}

on_both!(a_good_login_forgives_the_bad_ones_before_it);
fn a_good_login_forgives_the_bad_ones_before_it(server: &Server) {
    Organization::add(server, "acme", "open");
    for _ in 0..3 {
        for _ in 0..29 {
            log_in(server, OWNER, "acme", "typo").with_status(401);
        }
        log_in(server, OWNER, "acme", "open").with_status(200);
        server.wait(30);
    }
}

on_both!(a_crowd_that_shares_a_login_cannot_keep_out_who_was_in_before);
fn a_crowd_that_shares_a_login_cannot_keep_out_who_was_in_before(server: &Server) {
    Organization::add(server, "acme", "open");
    log_in(server, OWNER, "acme", "open").with_status(200);
    let crowd: Vec<_> = (1..=80)
        .map(|host| log_in(server, [127, 0, 1, host], "acme", "guess").status)
        .collect();
    // The owner's first attempt was from an unknown address, too: 59 of the 60 are left.
    assert_eq!(crowd.iter().filter(|status| **status == 401).count(), 59);
    assert_eq!(crowd.iter().filter(|status| **status == 429).count(), 21);
    log_in(server, OWNER, "acme", "open").with_status(200);
}

on_both!(
    without_the_throttle_everyone_may_try,
    "login.throttle=false"
);
fn without_the_throttle_everyone_may_try(server: &Server) {
    for _ in 0..100 {
        log_in(server, ATTACKER, "acme", "guess").with_status(401);
    }
}

on_both!(
    behind_a_proxy_it_is_the_client_who_is_counted,
    "http.trusted_proxies=127.0.0.9"
);
fn behind_a_proxy_it_is_the_client_who_is_counted(server: &Server) {
    let log_in = |client: &str, from: [u8; 4]| {
        let login = format!("nobody of {client}");
        server
            .post("/api/company/get-token")
            .json(&json!({"login": login, "password": "x"}))
            .header("x-forwarded-for", client)
            .from(from)
            .send()
    };
    for _ in 0..30 {
        log_in("198.51.100.1", [127, 0, 0, 9]).with_status(401);
    }
    log_in("198.51.100.1", [127, 0, 0, 9]).with_status(429);
    log_in("198.51.100.2", [127, 0, 0, 9]).with_status(401);
    // No other header is trusted.
    for host in 1..=30 {
        log_in(&format!("203.0.113.{host}"), ATTACKER).with_status(401);
    }
    log_in("203.0.113.99", ATTACKER).with_status(429);
}

on_both!(
    a_header_of_the_other_family_voids_no_limit,
    "http.trusted_proxies=127.0.0.9"
);
fn a_header_of_the_other_family_voids_no_limit(server: &Server) {
    Organization::add(server, "acme", "open");
    let guess = |number: u8| {
        server
            .post("/api/company/get-token")
            .json(&json!({"login": "acme", "password": "guess"}))
            .header("forwarded", &format!("for=9.9.9.{number};proto=https"))
            .header("x-forwarded-for", "198.51.100.7")
            .from([127, 0, 0, 9])
            .send()
            .status
    };
    let answers: Vec<_> = (0..60).map(guess).collect();
    assert_eq!(answers[..30], [401; 30]);
    assert_eq!(answers[30..], [429; 30]);
}

on_both!(a_wall_clock_that_is_set_changes_no_limit);
fn a_wall_clock_that_is_set_changes_no_limit(server: &Server) {
    Organization::add(server, "acme", "open");
    log_in(server, OWNER, "acme", "open").with_status(200);
    for _ in 0..30 {
        log_in(server, ATTACKER, "acme", "guess").with_status(401);
    }
    for hours in [-1, 26, -50] {
        server.clock.jump(hours * 3_600_000_000);
        let locked = log_in(server, ATTACKER, "acme", "open");
        assert_eq!(locked.with_status(429).header("retry-after"), Some("300"));
        log_in(server, OWNER, "acme", "open").with_status(200);
    }
    server.clock.jump(25 * 3_600_000_000);
    server.wait(300);
    log_in(server, ATTACKER, "acme", "open").with_status(200);
}

on_both!(the_name_of_an_operator_is_not_counted_as_a_login);
fn the_name_of_an_operator_is_not_counted_as_a_login(server: &Server) {
    let acme = server.organization("acme");
    acme.operator_who_signs_in("lan", "open");
    for login in ["operator login acme lan", "operator 1 lan"] {
        for _ in 0..15 {
            log_in(server, ATTACKER, login, "guess").with_status(401);
        }
    }
    server.wait(60);
    for login in ["operator login acme lan", "operator 1 lan"] {
        for _ in 0..15 {
            log_in(server, ATTACKER, login, "guess").with_status(401);
        }
    }
    server.wait(60);
    log_in(server, ATTACKER, "operator login acme lan", "guess").with_status(429);
    let signed_in = server
        .post("/auth/login")
        .json(&json!({"username": "acme/lan", "password": "open"}))
        .from(ATTACKER)
        .send();
    signed_in.with_status(200);
}
