//! What ends the sessions of an operator, on every node, when the call returns.

use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use crate::support::{Answer, Organization, Server, on_both};

/// Returns the status of `/v1/profile` with a session.
fn status(server: &Server, session: &str) -> u16 {
    server.get("/v1/profile").bearer(session).send().status
}

/// An organization with an operator, and its session, which two nodes accept.
struct Begun<'a> {
    acme: Organization<'a>,
    lan: i64,
    session: String,
}

fn begin<'a>(server: &'a Server, other: &Server) -> Begun<'a> {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    other.follow();
    assert_eq!(
        (status(server, &session), status(other, &session)),
        (200, 200)
    );
    Begun { acme, lan, session }
}

/// Asserts that `end` ends the session on both nodes, as soon as the answer to it arrives.
fn ends(server: &Server, end: impl FnOnce(&Begun<'_>) -> Option<Answer>) {
    let other = server.another(&[]);
    let begun = begin(server, &other);
    if let Some(answer) = end(&begun) {
        assert!((200..300).contains(&answer.status), "{answer}");
        assert!(answer.header("revocation-sequence").is_some(), "{answer}");
    }
    assert_eq!(status(&other, &begun.session), 401);
    assert_eq!(status(server, &begun.session), 401);
}

fn operator(begun: &Begun<'_>) -> String {
    format!("/api/company/operators/{}", begun.lan)
}

on_both!(an_operator_that_becomes_inactive, "feed.poll=10ms");
fn an_operator_that_becomes_inactive(server: &Server) {
    ends(server, |begun| {
        let change = json!({"status": "inactive"});
        Some(begun.acme.patch(&operator(begun)).json(&change).send())
    });
}

on_both!(an_operator_that_is_deleted, "feed.poll=10ms");
fn an_operator_that_is_deleted(server: &Server) {
    ends(server, |begun| {
        Some(begun.acme.delete(&operator(begun)).send())
    });
}

on_both!(a_new_password, "feed.poll=10ms");
fn a_new_password(server: &Server) {
    ends(server, |begun| {
        let change = json!({"password": "another"});
        Some(begun.acme.patch(&operator(begun)).json(&change).send())
    });
}

on_both!(a_new_username, "feed.poll=10ms");
fn a_new_username(server: &Server) {
    ends(server, |begun| {
        let change = json!({"username": "lan.nguyen"});
        Some(begun.acme.patch(&operator(begun)).json(&change).send())
    });
}

on_both!(a_new_username_in_a_list, "feed.poll=10ms");
fn a_new_username_in_a_list(server: &Server) {
    ends(server, |begun| {
        let list = json!([{"id": begun.lan, "username": "lan.nguyen"}]);
        Some(
            begun
                .acme
                .post("/api/operator/synchronize")
                .json(&list)
                .send(),
        )
    });
}

on_both!(credentials_that_are_set, "feed.poll=10ms");
fn credentials_that_are_set(server: &Server) {
    ends(server, |begun| {
        let path = format!("{}/credentials", operator(begun));
        let credentials = json!({"username": "lan", "password": "another"});
        Some(begun.acme.put(&path).json(&credentials).send())
    });
}

on_both!(credentials_that_are_removed, "feed.poll=10ms");
fn credentials_that_are_removed(server: &Server) {
    ends(server, |begun| {
        let path = format!("{}/credentials", operator(begun));
        Some(begun.acme.delete(&path).send())
    });
}

on_both!(the_operators_tokens_revoked, "feed.poll=10ms");
fn the_operators_tokens_revoked(server: &Server) {
    ends(server, |begun| {
        let path = format!("{}/revoke-tokens", operator(begun));
        Some(begun.acme.post(&path).send())
    });
}

on_both!(a_log_out, "feed.poll=10ms");
fn a_log_out(server: &Server) {
    ends(server, |begun| {
        Some(server.post("/auth/logout").bearer(&begun.session).send())
    });
}

on_both!(a_suspended_organization, "feed.poll=10ms");
fn a_suspended_organization(server: &Server) {
    ends(server, |begun| {
        let (db, now) = (&server.app.db, server.app.clock.now());
        let id = OrganizationId(begun.acme.id);
        organization::suspend(db, id, &Origin::command_line(), now).unwrap();
        None
    });
}

on_both!(all_tokens_of_the_organization_revoked, "feed.poll=10ms");
fn all_tokens_of_the_organization_revoked(server: &Server) {
    ends(server, |begun| {
        let (db, now) = (&server.app.db, server.app.clock.now());
        let id = OrganizationId(begun.acme.id);
        organization::revoke_all(db, id, &Origin::command_line(), now).unwrap();
        None
    });
}

on_both!(tokens_outlive_a_new_password);
fn tokens_outlive_a_new_password(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let token = acme.token_for(lan);
    let others = acme.operator_who_signs_in("minh", "open");
    let session = acme.session("minh", "open");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"password": "another"}))
        .send()
        .with_status(200);
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(status(server, &session), 200);
    // What changes neither name nor password ends nothing.
    acme.patch(&format!("/api/company/operators/{others}"))
        .json(&json!({"role": "marketing", "tier": "gold", "name": "Minh", "username": "minh"}))
        .send()
        .with_status(200);
    assert_eq!(status(server, &session), 200);
}

on_both!(a_log_in_with_the_old_password_that_races);
fn a_log_in_with_the_old_password_that_races(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "0");
    let path = format!("/api/company/operators/{lan}");
    for round in 0..8 {
        let (old, new) = (round.to_string(), (round + 1).to_string());
        let raced = std::thread::scope(|scope| {
            let raced = scope.spawn(|| {
                server
                    .post("/auth/login")
                    .json(&json!({"username": "acme/lan", "password": old}))
                    .send()
            });
            acme.patch(&path)
                .json(&json!({"password": new}))
                .send()
                .with_status(200);
            raced.join().unwrap()
        });
        if raced.status == 200 {
            let session = raced.json()["token"].as_str().unwrap().to_owned();
            assert_eq!(status(server, &session), 401, "round {round}");
        } else {
            raced.with_status(401);
        }
        server.wait(2);
    }
}
