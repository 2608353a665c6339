//! Suspending an organization while the service runs: it cannot log in, and every token that it
//! ever got is revoked.

use std::process::Command;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use crate::support::{Server, on_both};

on_both!(every_token_is_revoked_and_resuming_restores_none);
fn every_token_is_revoked_and_resuming_restores_none(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let token = acme.token_for(acme.operator("Lan"));
    let bystander = other.token_for(other.operator("Minh"));
    let (db, id) = (&server.app.db, OrganizationId(acme.id));
    let (origin, now) = (Origin::command_line(), server.app.clock.now());

    organization::suspend(db, id, &origin, now).unwrap();
    server.follow();
    assert_snapshot!(acme.get("/api/company/organization").send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    assert_snapshot!(server.get("/api/operator").bearer(&token).send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    let login = json!({"login": acme.login, "password": acme.password});
    let refused = server.post("/api/company/get-token").json(&login).send();
    assert_snapshot!(refused, @r#"
    401
    www-authenticate: Bearer realm="lanyard"
    {"error":"invalid_credentials","error_description":"login or password is wrong"}
    "#);
    assert_eq!(other.judge(&bystander), "valid");

    organization::resume(db, id, &origin, now).unwrap();
    server.follow();
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    let back = acme.log_in();
    assert_eq!(back.judge(&token), "Token revoked");
    let record = back.get("/api/company/organization").send().json();
    assert_eq!(record["status"], "active");
    let fresh = back.token_for(back.operator("Lan II"));
    assert_eq!(back.judge(&fresh), "valid");
}

on_both!(a_node_applies_what_the_command_line_did, "feed.poll=10ms");
fn a_node_applies_what_the_command_line_did(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let (lans, minhs) = (acme.token_for(lan), acme.token_for(minh));
    let lanyard = |arguments: &[&str]| {
        let outcome = Command::new(env!("CARGO_BIN_EXE_lanyard"))
            .env("LANYARD_DATABASE_URL", server.database_url())
            .env("LANYARD_MASTER_KEY", "31".repeat(32))
            .args(arguments)
            .output()
            .unwrap();
        assert!(outcome.status.success(), "{outcome:?}");
    };
    let organization = acme.id.to_string();

    lanyard(&[
        "operator",
        "deactivate",
        "--organization",
        &organization,
        &lan.to_string(),
    ]);
    eventually(|| acme.judge(&lans) == "Token revoked");
    assert_eq!(acme.judge(&minhs), "valid");
    let ask = json!({"id": lan});
    acme.post("/api/operator/get-token")
        .json(&ask)
        .send()
        .with_status(409);

    lanyard(&["organization", "suspend", &organization]);
    eventually(|| acme.get("/api/company/organization").send().status == 403);
    server
        .get("/api/operator")
        .bearer(&minhs)
        .send()
        .with_status(403);
}

/// Repeats the check until it holds. The follower is another thread and needs a moment, but no
/// more.
fn eventually(so: impl Fn() -> bool) {
    #[allow(
        clippy::disallowed_methods,
        reason = "what is waited for happens in the machine's time"
    )]
    let since = Instant::now();
    while !so() {
        #[allow(clippy::disallowed_methods, reason = "as above")]
        let waited = since.elapsed();
        assert!(waited < Duration::from_secs(20), "the condition never held");
        std::thread::yield_now();
    }
}
