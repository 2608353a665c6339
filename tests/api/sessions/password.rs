//! `POST /auth/password`: an operator changes its own password.

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::operator::password::{ChangeError, change_own};
use serde_json::{Value, json};

use crate::support::{Answer, Server, on_both};

fn change(server: &Server, session: &str, current: &str, new: &str) -> Answer {
    server
        .post("/auth/password")
        .bearer(session)
        .json(&json!({"current": current, "new": new}))
        .send()
}

on_both!(the_other_sessions_end_and_this_one_stays, "feed.poll=10ms");
fn the_other_sessions_end_and_this_one_stays(server: &Server) {
    let node = server.another(&[]);
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let (own, other) = (acme.session("lan", "open"), acme.session("lan", "open"));
    let token = acme.token_for(lan);
    let done = change(server, &own, "open", "another");
    assert!(
        done.with_status(204)
            .header("revocation-sequence")
            .is_some()
    );
    for node in [server, &node] {
        let status = |session: &str| node.get("/v1/profile").bearer(session).send().status;
        assert_eq!((status(&own), status(&other)), (200, 401));
    }
    assert_eq!(acme.judge(&token), "valid");
    let again = |password: &str| {
        let sent = json!({"username": "acme/lan", "password": password});
        server.post("/auth/login").json(&sent).send().status
    };
    assert_eq!((again("open"), again("another")), (401, 200));
    let audit = acme
        .get("/api/company/audit?action=operator.credentials_set")
        .send();
    assert_eq!(audit.items()[0]["actor"], format!("operator:{lan}"));
}

// The pages' test of the same is in `pages/password.rs`.
on_both!(the_audit_log_names_each_session_that_ended);
fn the_audit_log_names_each_session_that_ended(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let minh = acme.operator_who_signs_in("minh", "open");
    let own = acme.session("lan", "open");
    let others = [acme.session("lan", "open"), acme.session("lan", "open")];
    let closed = acme.session("lan", "open");
    acme.session("minh", "open");
    server.post("/auth/logout").bearer(&closed).send();
    let ended = || {
        let path = "/api/company/audit?action=session.ended";
        acme.get(path).send().items()
    };
    assert_eq!(ended().len(), 1);
    change(server, &own, "open", "another").with_status(204);
    let events = ended();
    let named = |session: &String| {
        let claims = server.app.tokens.validator.authentic(session).unwrap();
        let target = format!("session:{}", claims.jti);
        let event = events.iter().find(|event| event["target"] == target);
        event.is_some_and(|event| event["actor"] == format!("operator:{lan}"))
    };
    assert_eq!(events.len(), 3);
    assert!(others.iter().all(named), "{events:?}");
    // Those of others, and what an organization sets, are no such events.
    acme.patch(&format!("/api/company/operators/{minh}"))
        .json(&json!({"password": "another"}))
        .send()
        .with_status(200);
    assert_eq!(ended().len(), 3);
}

// The credential of a call is judged before the present password is checked, which takes a while.
// An entry that spares a session must not undo what revoked the session in that time.
on_both!(a_session_that_was_revoked_meanwhile_is_not_spared);
fn a_session_that_was_revoked_meanwhile_is_not_spared(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    let claims = server.app.tokens.validator.authentic(&session).unwrap();
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"username": "minh"}))
        .send()
        .with_status(200);
    let late = change_own(
        &server.app,
        claims,
        "open".into(),
        "another".into(),
        Origin::command_line(),
        |_| Ok(Vec::new()),
    );
    let changed = actix_web::rt::System::new().block_on(late);
    assert!(matches!(changed, Err(ChangeError::Revoked)));
    server
        .get("/v1/profile")
        .bearer(&session)
        .send()
        .with_status(401);
    // The password is still the old one.
    acme.session("minh", "open");
}

on_both!(refusals);
fn refusals(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    assert_snapshot!(change(server, &session, "wrong", "another"), @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard"
    {"error":{"code":"unauthorized","message":"login or password is wrong"}}
    "#);
    assert_snapshot!(change(server, &session, "open", "").in_short(), @"400 invalid_request: the password is empty");
    assert_snapshot!(change(server, &session, "open", &"x".repeat(73)).in_short(), @"400 invalid_request: the password has more than 72 bytes in UTF-8, the most bcrypt reads; choose a shorter one");
    let token = acme.token_for(lan);
    let key = json!({"name": "till", "scopes": ["admin"], "operator_id": lan});
    let key = acme.post("/api/v1/api-keys").json(&key).send().json();
    let machine = json!({"name": "Machine", "grants": ["client_credentials"], "operatorId": lan,
        "scopes": ["read"]});
    let machine = acme.client(&machine);
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text(&machine, "id"),
        text(&machine, "secret")
    );
    let issued = server
        .post("/oauth/token")
        .body("application/x-www-form-urlencoded", form)
        .send();
    let access = text(&issued.with_status(200).json(), "access_token");
    // Only a session may: nothing else, however much it may do.
    for credential in [&token, &acme.token, &text(&key, "key"), &access] {
        change(server, credential, "open", "another").with_status(403);
    }
    // It still has its password.
    acme.session("lan", "open");
    // Without a password there is none to compare with. Its session has ended then, too.
    acme.delete(&format!("/api/company/operators/{lan}/credentials"))
        .send()
        .with_status(204);
    change(server, &session, "open", "another").with_status(401);
}

on_both!(guesses_are_limited);
fn guesses_are_limited(server: &Server) {
    let acme = server.organization("acme");
    acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    let statuses: Vec<_> = (0..31)
        .map(|_| change(server, &session, "guess", "another").status)
        .collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}
