//! `POST /auth/login` and `POST /auth/logout`.

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use crate::support::{Answer, Server, on_both};
use crate::tokens::{claims, segment};

fn log_in(server: &Server, username: &str, password: &str) -> Answer {
    server
        .post("/auth/login")
        .json(&json!({"username": username, "password": password}))
        .send()
}

on_both!(a_session_has_the_members_of_the_guide);
fn a_session_has_the_members_of_the_guide(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "mật khẩu");
    let path = format!("/api/company/operators/{lan}");
    acme.patch(&path)
        .json(&json!({"email": "Lan@Example.com", "role": "marketing", "tier": "gold"}))
        .send()
        .with_status(200);

    let answer = log_in(server, "acme/lan", "mật khẩu");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.with_status(200).json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3_600);
    let session = body["token"].as_str().unwrap();
    let header: serde_json::Value = serde_json::from_str(&segment(session, 0)).unwrap();
    assert_eq!(header["alg"], "HS256");
    let mut claims = claims(session);
    claims["jti"].take();
    claims["rev"].take();
    assert_eq!(
        claims,
        json!({
            "iss": "lanyard", "sub": format!("user_{lan}"), "email": "Lan@Example.com", "role": "marketing", "tier": "gold",
            "organization_id": acme.id, "operator_id": lan, "jti": null, "rev": null,
            "iat": 1_893_456_000, "exp": 1_893_459_600, "token_use": "session",
        })
    );
    server
        .get("/v1/profile")
        .bearer(session)
        .send()
        .with_status(200);
    // It is the wrong kind elsewhere.
    for path in ["/api/operator", "/api/company/organization"] {
        server.get(path).bearer(session).send().with_status(403);
    }
    assert_eq!(acme.judge(session), "Invalid token");
    server.wait(3_600);
    let expired = server.get("/v1/profile").bearer(session).send();
    assert_snapshot!(expired.in_short(), @"401 token_expired: the token has expired; get a new one");

    let audit = acme
        .get("/api/company/audit?action=operator.signed_in")
        .send();
    let line = &audit.items()[0];
    assert_eq!(line["actor"], format!("operator:{lan}"));
}

on_both!(a_name_is_found_however_it_is_written);
fn a_name_is_found_however_it_is_written(server: &Server) {
    let acme = server.organization("công-ty");
    let lan = acme.operator_who_signs_in("Thị-Lan", "open");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"email": "lan@example.com"}))
        .send()
        .with_status(200);
    for name in [
        "công-ty/thị-lan",
        "CÔNG-TY/THỊ-LAN",
        "co\u{302}ng-ty/lan@example.com",
        "công-ty/LAN@EXAMPLE.COM",
        // It is the only organization.
        "thị-lan",
        "Lan@example.com",
    ] {
        log_in(server, name, "open").with_status(200);
    }
    let other = server.organization("other");
    other.operator_who_signs_in("minh", "open");
    log_in(server, "thị-lan", "open").with_status(401);
    log_in(server, "other/thị-lan", "open").with_status(401);
    let home = server.another(&["sessions.organization=Other"]);
    log_in(&home, "minh", "open").with_status(200);
    log_in(&home, "thị-lan", "open").with_status(401);
    log_in(&home, "công-ty/thị-lan", "open").with_status(200);
}

on_both!(every_refusal_is_the_same);
fn every_refusal_is_the_same(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let lan = acme.operator_who_signs_in("lan", "open");
    let minh = acme.operator_who_signs_in("minh", "open");
    other.operator_who_signs_in("hoa", "open");
    acme.operator("nobody");
    let path = format!("/api/company/operators/{minh}");
    acme.patch(&path)
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    let gone = server.organization("gone");
    gone.operator_who_signs_in("tuan", "open");
    log_in(server, "gone/tuan", "open").with_status(200);
    let (db, now) = (&server.app.db, server.app.clock.now());
    let id = OrganizationId(gone.id);
    organization::suspend(db, id, &Origin::command_line(), now).unwrap();
    server.follow();
    let wrong = log_in(server, "acme/lan", "wrong");
    assert_snapshot!(wrong, @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard"
    {"error":{"code":"unauthorized","message":"login or password is wrong"}}
    "#);
    for (name, password) in [
        ("acme/nobody", "open"),
        ("acme/minh", "open"),
        ("gone/tuan", "open"),
        ("acme/hoa", "open"),
        ("unknown/lan", "open"),
        ("acme/", "open"),
        ("/lan", "open"),
        ("", "open"),
        ("acme/lan\u{0}", "open"),
        ("acme/lan", ""),
        ("acme/lan", &"x".repeat(100)),
        ("acme", "open acme"),
    ] {
        let refused = log_in(server, name, password);
        assert_eq!(refused.bytes(), wrong.bytes(), "{name}");
    }
    assert_eq!(lan + 1, minh);
    // The job records them in the audit log of the organization, in batches.
    let app = &server.app;
    lanyard::login::job::record_failed_logins(&app.db, &app.logins.failed, true).unwrap();
    let audit = acme
        .get("/api/company/audit?action=operator.sign_in_failed")
        .send();
    let count = |line: &serde_json::Value| line["count"].as_i64().unwrap();
    // Eight of the names say `acme`, three of them with the name of nobody in it.
    assert_eq!(audit.items().iter().map(count).sum::<i64>(), 8);
}

on_both!(what_the_body_must_have);
fn what_the_body_must_have(server: &Server) {
    let answers = crate::support::table(
        [
            "{}",
            r#"{"username":"lan"}"#,
            r#"{"username":7,"password":"x"}"#,
            r#"{"username":"lan","password":7}"#,
            r#"["lan","x"]"#,
        ],
        |body| {
            server
                .post("/auth/login")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: missing member `username` at line 1 column 2
    {"username":"lan"} → 400 invalid_request: the body is invalid: missing member `password` at line 1 column 18
    {"username":7,"password":"x"} → 400 invalid_request: username: invalid type: number `7`, expected a string at line 1 column 13
    {"username":"lan","password":7} → 400 invalid_request: password: must be a text at line 1 column 31
    ["lan","x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
}

on_both!(attempts_are_limited_by_organization_and_name);
fn attempts_are_limited_by_organization_and_name(server: &Server) {
    let acme = server.organization("acme");
    acme.operator_who_signs_in("lan", "open");
    let attempt = |name: &str, password: &str| {
        server
            .post("/auth/login")
            .json(&json!({"username": name, "password": password}))
            .from([127, 0, 0, 2])
            .send()
    };
    for _ in 0..30 {
        attempt("acme/lan", "guess").with_status(401);
    }
    server.wait(60);
    let locked = attempt("ACME/Lan", "open");
    assert_eq!(locked.with_status(429).header("retry-after"), Some("240"));
    // Another address is not locked out.
    log_in(server, "acme/lan", "open").with_status(200);
    server.wait(240);
    attempt("acme/lan", "open").with_status(200);
}

on_both!(
    guesses_at_one_operator_share_a_count_whatever_it_is_called,
    "sessions.organization=acme"
);
fn guesses_at_one_operator_share_a_count_whatever_it_is_called(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"email": "lan@example.com"}))
        .send()
        .with_status(200);
    let attempt = |name: &str, password: &str| {
        server
            .post("/auth/login")
            .json(&json!({"username": name, "password": password}))
            .from([127, 0, 0, 2])
            .send()
    };
    let names = ["acme/lan", "ACME/Lan@Example.com", "lan@example.com"];
    for _ in 0..10 {
        for name in names {
            attempt(name, "guess").with_status(401);
        }
    }
    server.wait(60);
    for name in ["LAN", "acme/LAN", "acme/lan@example.com"] {
        let locked = attempt(name, "open");
        assert_eq!(locked.with_status(429).header("retry-after"), Some("240"));
    }
    // An unknown name is locked out in the same way.
    server.wait(300);
    for _ in 0..15 {
        for name in ["nobody", "acme/Nobody"] {
            attempt(name, "guess").with_status(401);
        }
    }
    server.wait(60);
    for name in ["Nobody", "acme/nobody"] {
        let locked = attempt(name, "open");
        assert_eq!(locked.with_status(429).header("retry-after"), Some("240"));
    }
}

on_both!(a_session_is_logged_out);
fn a_session_is_logged_out(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let (one, other) = (acme.session("lan", "open"), acme.session("lan", "open"));
    let out = server.post("/auth/logout").bearer(&one).send();
    assert!(out.with_status(204).header("revocation-sequence").is_some());
    let after = server.get("/v1/profile").bearer(&one).send();
    assert_snapshot!(after, @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":{"code":"unauthorized","message":"the token is not valid; get a new one"}}
    "#);
    server
        .get("/v1/profile")
        .bearer(&other)
        .send()
        .with_status(200);
    // It is no session any more.
    server
        .post("/auth/logout")
        .bearer(&one)
        .send()
        .with_status(401);
    let token = acme.token_for(lan);
    for wrong in [&token, &acme.token] {
        let refused = server.post("/auth/logout").bearer(wrong).send();
        refused.with_status(403);
    }
    server.post("/auth/logout").send().with_status(401);
    let audit = acme.get("/api/company/audit?action=session.ended").send();
    assert_eq!(audit.items()[0]["actor"], format!("operator:{lan}"));
    // Followers of version 0.1 get no such entry.
    let listed = acme.get("/api/company/revocations").send();
    assert!(listed.items().is_empty());
}
