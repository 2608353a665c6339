//! `lanyard restore` makes the database safe to use.

use lanyard::audit::Origin;
use lanyard::base::Sequence;
use lanyard::restore::{self, RestoreError, Restored, Watched};
use lanyard::token::Claims;
use lanyard::{feed, signing_keys};
use serde_json::json;

use super::{judged_by, revoke_all_of};
use crate::support::{Server, on_both};
use crate::tokens::claims;

fn run_restore(
    server: &Server,
    watched: &Watched,
    reached: Option<i64>,
) -> Result<Restored, RestoreError> {
    let app = &server.app;
    let reached = reached.map(Sequence);
    restore::restore(&app.db, &app.tokens.keys, watched, reached, app.clock.now())
}

on_both!(a_restore_is_refused_while_a_node_runs_and_writes_nothing);
fn a_restore_is_refused_while_a_node_runs_and_writes_nothing(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    // Its row changes by itself, and soon.
    let _other = server.another(&["feed.lease=2s"]);
    let refused = restore::watch(&server.app.db).unwrap_err();
    assert!(matches!(refused, RestoreError::Serving(hosts) if hosts.len() == 1));
    // A node that came after the watch.
    let refused = run_restore(server, &Watched::default(), None).unwrap_err();
    assert!(matches!(refused, RestoreError::Serving(_)), "{refused}");
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(acme.operator("Minh"), 2);
    let states: Vec<_> = server.keys().iter().map(|(_, state)| *state).collect();
    assert_eq!(states, ["active"]);
}

on_both!(a_restore_revokes_all_and_uses_nothing_again);
#[allow(
    clippy::too_many_lines,
    reason = "one restore, and all that it must have done"
)]
fn a_restore_revokes_all_and_uses_nothing_again(server: &Server) {
    let acme = server.organization("acme");
    let hook = json!({"url": "https://hooks.example.com/", "events": ["token.revoked"]});
    acme.post("/api/company/webhooks")
        .json(&hook)
        .send()
        .with_status(201);
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    revoke_all_of(server, &acme.token, acme.operator("Minh"));
    let pending = signing_keys::NewKey::make(server.config.tokens.algorithm).unwrap();
    let (db, now) = (&server.app.db, server.app.clock.now());
    db.write_blocking(|conn| {
        signing_keys::publish(
            conn,
            &server.app.tokens.keys,
            pending,
            &Origin::command_line(),
            now,
        )
    })
    .unwrap();
    let head = db.read_blocking(feed::head).unwrap();
    server.app.nodes.feed.stop();
    server.app.nodes.feed.deregister();

    let refused = run_restore(server, &Watched::default(), Some(1 << 53)).unwrap_err();
    assert!(
        matches!(refused, RestoreError::NoSequencesLeft(_)),
        "{refused}"
    );
    assert_eq!(db.read_blocking(feed::head).unwrap(), head);

    let reached = head.0 + 5_000_000_000;
    let watched = restore::watch(db).unwrap();
    let first = run_restore(server, &watched, Some(reached)).unwrap();
    assert_eq!((first.head, first.revoked_keys.len()), (head, 2));
    assert!(first.sequence.0 > reached + restore::HEAD_LIFT);
    // The message about Minh still waits; the revocation of everything is reported once it is
    // committed.
    assert_eq!(first.waiting_messages, 1);
    let again = run_restore(server, &watched, None).unwrap();
    assert_eq!(again.revoked_keys, [first.key]);
    assert!(again.sequence.0 > first.sequence.0 + restore::HEAD_LIFT);

    // A key that was revoked in the lost time is still in the copy, and somebody else may have it.
    let stolen = Claims {
        rev: Sequence(again.sequence.0 + 1),
        ..server.app.tokens.validator.authentic(&token).unwrap()
    };
    let (stolen, _) = server.app.tokens.issuer.sign(&stolen).unwrap();

    let restored = server.another(&[]);
    let login = json!({"login": acme.login, "password": acme.password});
    let company = restored.post("/api/company/get-token").json(&login).send();
    let company = company.with_status(200).string();
    assert_eq!(judged_by(&restored, &company, &token), "Token revoked");
    assert_eq!(judged_by(&restored, &company, &stolen), "Token revoked");
    let path = format!(
        "/api/company/tokens/{}",
        claims(&token)["jti"].as_str().unwrap()
    );
    let why = restored.get(&path).bearer(&company).send().json();
    let by = &why["by"];
    let shown = [&why["status"], &why["reason"], &by["action"], &by["actor"]];
    assert_eq!(
        shown,
        [
            "revoked",
            "organization",
            "database.restored",
            "command-line"
        ]
    );
    let refused = restored
        .get("/api/company/organization")
        .bearer(&acme.token)
        .send();
    assert_eq!(refused.status, 403, "{refused}");
    let other = restored.organization("other");
    assert!(other.id > restore::ID_LIFT && other.operator("Lan") > restore::ID_LIFT);
    let fresh = restored
        .post("/api/operator/get-token")
        .bearer(&company)
        .json(&json!({"id": lan}))
        .send();
    let fresh = fresh.with_status(200).string();
    assert_eq!(judged_by(&restored, &company, &fresh), "valid");
    revoke_all_of(&restored, &company, lan);
    assert_eq!(judged_by(&restored, &company, &fresh), "Token revoked");
    let shown = restored
        .get("/api/company/revocations")
        .bearer(&company)
        .send();
    let kinds: Vec<_> = shown
        .items()
        .iter()
        .map(|row| row["kind"].clone())
        .collect();
    assert_eq!(
        kinds,
        [
            "operator",
            "key",
            "key",
            "organization",
            "key",
            "organization",
            "operator"
        ]
    );
}
