//! `POST /api/company/get-token`: a company token is issued for a login and a password.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use insta::assert_snapshot;
use lanyard::access::Preset;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::db::Error;
use lanyard::db::schema::organizations;
use lanyard::organization::{self, ManageError, NewOrganization};
use lanyard::password::Password;
use serde_json::json;

use crate::support::server::secret;
use crate::support::{Answer, Organization, Server, on_both, table};

fn log_in(server: &Server, login: &str, password: &str) -> Answer {
    server
        .post("/api/company/get-token")
        .json(&json!({"login": login, "password": password}))
        .send()
}

on_both!(the_token_is_a_bare_json_string_that_nobody_may_store);
fn the_token_is_a_bare_json_string_that_nobody_may_store(server: &Server) {
    Organization::add(server, "acme", "open acme");
    assert_snapshot!(log_in(server, "acme", "open acme"), @r#"
    200
    cache-control: no-store
    "[token]"
    "#);
}

on_both!(a_login_is_matched_without_regard_to_case);
fn a_login_is_matched_without_regard_to_case(server: &Server) {
    Organization::add(server, "Công-Ty", "open");
    for login in ["Công-Ty", "công-ty", "CÔNG-TY"] {
        log_in(server, login, "open").with_status(200);
    }
    log_in(server, "công-ty", "OPEN").with_status(401);
    let same = NewOrganization {
        login: "CÔNG-TY".to_owned(),
        name: "Another".to_owned(),
        password: Password::new(secret("open")).unwrap(),
        preset: Preset::All,
    };
    let app = &server.app;
    let taken = organization::add(&app.db, &same, 4, &Origin::command_line(), app.clock.now());
    assert!(matches!(taken, Err(ManageError::Taken)), "{taken:?}");
}

on_both!(whoever_is_refused_learns_nothing, "login.throttle=false");
fn whoever_is_refused_learns_nothing(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let suspended = Organization::add(server, "gone", "open gone");
    organization::suspend(
        &server.app.db,
        OrganizationId(suspended.id),
        &Origin::command_line(),
        server.app.clock.now(),
    )
    .unwrap();

    let refused = log_in(server, "acme", "wrong");
    assert_snapshot!(refused, @r#"
    401
    www-authenticate: Bearer realm="lanyard"
    {"error":"invalid_credentials","error_description":"login or password is wrong"}
    "#);
    for (login, password) in [
        ("nobody", "open acme"),
        ("gone", "open gone"),
        ("acme", ""),
        ("acme", "open acme\0"),
        ("acme", "mật khẩu"),
        ("acme", &"x".repeat(72)),
        ("acme", &"x".repeat(73)),
        ("acme", &"x".repeat(10_000)),
        ("", "open acme"),
        ("a b", "open acme"),
        ("acme\0", "open acme"),
        ("acme ", "open acme"),
        (&"a".repeat(10_000), "open acme"),
    ] {
        let answer = log_in(server, login, password);
        assert_eq!(answer.bytes(), refused.bytes(), "{login:?} {password:?}");
    }
}

/// Returns the shortest time that each refusal takes. Other work on the machine can only make one
/// longer, so only the shortest of several shows the cost.
fn shortest_refusals(server: &Server, kinds: &[(&str, &str)]) -> Vec<Duration> {
    let mut shortest = vec![Duration::MAX; kinds.len()];
    for _ in 0..8 {
        for ((login, password), shortest) in kinds.iter().zip(&mut shortest) {
            #[allow(
                clippy::disallowed_methods,
                reason = "how long it takes is the question"
            )]
            let since = Instant::now();
            log_in(server, login, password).with_status(401);
            #[allow(clippy::disallowed_methods, reason = "as above")]
            let took = since.elapsed();
            *shortest = took.min(*shortest);
        }
    }
    shortest
}

on_both!(
    whoever_is_refused_waits_as_long_as_anyone,
    "login.throttle=false",
    "login.bcrypt_cost=8"
);
fn whoever_is_refused_waits_as_long_as_anyone(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let suspended = Organization::add(server, "gone", "open gone");
    organization::suspend(
        &server.app.db,
        OrganizationId(suspended.id),
        &Origin::command_line(),
        server.app.clock.now(),
    )
    .unwrap();
    let long = "x".repeat(73);
    let kinds = [
        ("acme", "wrong"),
        ("nobody", "wrong"),
        ("gone", "open gone"),
        ("acme", &long),
        ("acme", ""),
        ("a b", "wrong"),
    ];
    let shortest = shortest_refusals(server, &kinds);
    // A refusal without hashing would take a fifteenth of this.
    let wrong_password = shortest[0];
    for (kind, took) in kinds.iter().zip(&shortest) {
        assert!(
            *took * 4 > wrong_password && *took < wrong_password * 4,
            "{kind:?}: {took:?}, a wrong password: {wrong_password:?}"
        );
    }
}

on_both!(a_hash_of_an_earlier_cost_is_no_quicker_to_refuse);
fn a_hash_of_an_earlier_cost_is_no_quicker_to_refuse(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let dearer = server.another(&["login.bcrypt_cost=9", "login.throttle=false"]);
    let shortest = shortest_refusals(&dearer, &[("acme", "wrong"), ("nobody", "wrong")]);
    // The hash of cost 4 alone would take a thirtieth of this.
    assert!(
        shortest[0] * 2 > shortest[1] && shortest[0] < shortest[1] * 2,
        "{shortest:?}"
    );
}

on_both!(every_byte_of_a_password_counts);
fn every_byte_of_a_password_counts(server: &Server) {
    let whole = "ễ".repeat(24);
    assert_eq!(whole.len(), 72);
    Organization::add(server, "acme", &whole);
    log_in(server, "acme", &whole).with_status(200);
    for other in [
        format!("{whole}x"),
        "ễ".repeat(23),
        format!("{}ệ", "ễ".repeat(23)),
    ] {
        log_in(server, "acme", &other).with_status(401);
    }
}

on_both!(the_answer_to_a_body_that_is_no_login_says_what_is_wrong_with_it);
fn the_answer_to_a_body_that_is_no_login_says_what_is_wrong_with_it(server: &Server) {
    let answers = table(
        [
            "{}",
            r#"{"login":"acme"}"#,
            r#"{"login":"acme","password":5}"#,
            r#"{"login":null,"password":"x"}"#,
            r#"{"login":["acme"],"password":"x"}"#,
            r#"{"login":"acme","password":"x","login":"other"}"#,
            r#"["acme","x"]"#,
            r#""acme""#,
            "null",
        ],
        |body| {
            server
                .post("/api/company/get-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: missing member `login` at line 1 column 2
    {"login":"acme"} → 400 invalid_request: the body is invalid: missing member `password` at line 1 column 16
    {"login":"acme","password":5} → 400 invalid_request: password: must be a text at line 1 column 29
    {"login":null,"password":"x"} → 400 invalid_request: login: invalid type: null, expected a string at line 1 column 13
    {"login":["acme"],"password":"x"} → 400 invalid_request: login: invalid type: array, expected a string at line 1 column 9
    {"login":"acme","password":"x","login":"other"} → 400 invalid_request: the body is invalid: duplicate field `login` at line 1 column 38
    ["acme","x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "acme" → 400 invalid_request: the body is invalid: invalid type: string "acme", expected an object at line 1 column 6
    null → 400 invalid_request: the body is invalid: invalid type: null, expected an object at line 1 column 4
    "#);
}

on_both!(a_password_is_never_repeated_in_an_answer);
fn a_password_is_never_repeated_in_an_answer(server: &Server) {
    let answer = server
        .post("/api/company/get-token")
        .body(
            "application/json",
            r#"{"password":{"mySecret":1},"login":"acme"}"#,
        )
        .send();
    assert!(!answer.with_status(400).text().contains("mySecret"));
}

on_both!(a_hash_is_made_anew_when_the_cost_has_risen_and_never_made_cheaper);
fn a_hash_is_made_anew_when_the_cost_has_risen_and_never_made_cheaper(server: &Server) {
    let acme = Organization::add(server, "acme", "open acme");
    let hash = || {
        let hash: Result<String, Error> = server.app.db.read_blocking(|conn| {
            Ok(organizations::table
                .find(acme.id)
                .select(organizations::password_hash)
                .get_result(conn)?)
        });
        hash.unwrap()
    };
    assert!(hash().starts_with("$2b$04$"), "{}", hash());

    let dearer = server.another(&["login.bcrypt_cost=5"]);
    log_in(&dearer, "acme", "wrong").with_status(401);
    assert!(hash().starts_with("$2b$04$"), "{}", hash());
    log_in(&dearer, "acme", "open acme").with_status(200);
    assert!(hash().starts_with("$2b$05$"), "{}", hash());

    log_in(server, "acme", "open acme").with_status(200);
    assert!(hash().starts_with("$2b$05$"), "{}", hash());
    log_in(server, "acme", "wrong").with_status(401);
}

on_both!(
    what_the_hashing_threads_cannot_take_is_refused_at_once,
    "login.throttle=false",
    "login.hash_queue=1",
    "login.bcrypt_cost=11"
);
fn what_the_hashing_threads_cannot_take_is_refused_at_once(server: &Server) {
    let answers: Vec<_> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| log_in(server, "nobody", "x")))
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    let with = |status: u16| answers.iter().filter(move |answer| answer.status == status);
    assert_eq!(with(401).count() + with(503).count(), 8, "{answers:?}");
    assert!(with(401).count() >= 1, "{answers:?}");
    assert_snapshot!(with(503).next().unwrap(), @r#"
    503
    retry-after: 1
    {
      "error": "temporarily_unavailable",
      "error_description": "the service cannot do this at the moment; retry after the number of seconds in the Retry-After header",
    }
    "#);
}

on_both!(a_company_token_that_was_issued_is_in_the_ledger_and_the_audit_log);
fn a_company_token_that_was_issued_is_in_the_ledger_and_the_audit_log(server: &Server) {
    let acme = server.organization("acme");
    let issued = acme.get("/api/company/tokens").send().items();
    let events = acme.get("/api/company/audit?action=login.succeeded").send();
    let target = events.items()[0]["target"].as_str().unwrap().to_owned();
    assert_eq!(
        target,
        format!("company-token:{}", issued[0]["jti"].as_str().unwrap())
    );
}
