//! Revoking, quarantine and release: on every node when the call returns.

use insta::assert_snapshot;
use lanyard::api_key::manage::{self, BATCH, ManageError, Members, NewKey};
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::organization;
use serde_json::json;

use super::{make, path, text, verdict};
use crate::support::{Server, on_both};

on_both!(a_revoked_key_is_refused_on_every_node);
fn a_revoked_key_is_refused_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let key = make(&acme, &json!({}));
    let there = |server: &Server| {
        let call = server.get("/v1/profile").bearer(text(&key, "key"));
        call.send().in_short()
    };
    assert!(there(server).starts_with("200") && there(&other).starts_with("200"));
    for _ in 0..2 {
        let gone = acme.delete(&path(&key, "")).send();
        assert!(
            gone.with_status(204)
                .header("revocation-sequence")
                .is_some()
        );
        assert!(there(server).starts_with("401") && there(&other).starts_with("401"));
    }
    assert_eq!(verdict(&acme, &key), "revoked");
    let record = acme.get(&path(&key, "")).send().with_status(200).json();
    assert_eq!(record["status"], "revoked");
    for what in ["/rotate", "/quarantine", "/release"] {
        let answer = acme.post(&path(&key, what)).json(&json!({})).send();
        answer.with_status(409);
    }
    let log = acme.get("/api/company/audit?action=api_key.revoked").send();
    assert_eq!(log.items().len(), 1);
    // The revocation list names it to readers who ask for all kinds.
    let list = |query: &str| acme.get(&format!("/api/company/revocations{query}")).send();
    assert!(list("").items().is_empty());
    let all = list("?kinds=all").items();
    assert_eq!(
        (&all[0]["kind"], &all[0]["keyId"]),
        (&json!("api_key"), &key["id"])
    );
}

on_both!(a_quarantined_key_waits_for_its_release);
fn a_quarantined_key_waits_for_its_release(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let key = make(&acme, &json!({}));
    let there = || {
        let call = other.get("/v1/profile").bearer(text(&key, "key"));
        call.send().in_short()
    };
    assert!(there().starts_with("200"));
    let quarantine = |reason: &str| {
        let call = acme.post(&path(&key, "/quarantine"));
        call.json(&json!({"reason": reason})).send()
    };
    for _ in 0..2 {
        let held = quarantine("seen in a chat");
        assert!(
            held.with_status(200)
                .header("revocation-sequence")
                .is_some()
        );
        assert_eq!(held.json()["status"], "quarantined");
        assert!(there().starts_with("401"));
    }
    assert_eq!(verdict(&acme, &key), "quarantined");
    let log = acme
        .get("/api/company/audit?action=api_key.quarantined")
        .send();
    assert_eq!(log.items()[0]["detail"], "seen in a chat");
    assert_eq!(log.items().len(), 1);
    assert_snapshot!(quarantine("a\nb").in_short(), @"400 invalid_request: reason must have at most 500 characters, and no control characters");
    for _ in 0..2 {
        let released = acme.post(&path(&key, "/release")).send();
        assert_eq!(released.with_status(200).json()["status"], "active");
    }
    other.follow();
    assert!(there().starts_with("200"));
}

on_both!(a_suspended_organizations_keys_are_unknown);
fn a_suspended_organizations_keys_are_unknown(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let profile = || server.get("/v1/profile").bearer(text(&key, "key")).send();
    profile().with_status(200);
    // The end of the company token that made the key does not end the key.
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    profile().with_status(200);
    let (db, origin, now) = (
        &server.app.db,
        Origin::command_line(),
        server.app.clock.now(),
    );
    organization::suspend(db, OrganizationId(acme.id), &origin, now).unwrap();
    server.follow();
    profile().with_status(401);
    organization::resume(db, OrganizationId(acme.id), &origin, now).unwrap();
    server.follow();
    profile().with_status(200);
}

// Nobody else revokes anything meanwhile, so one transaction revokes a few keys only.
on_both!(all_keys_of_an_organization_are_revoked_in_batches);
fn all_keys_of_an_organization_are_revoked_in_batches(server: &Server) {
    let acme = server.organization("acme");
    let beta = server.organization("beta");
    let theirs = make(&beta, &json!({}));
    let (db, origin, now) = (
        &server.app.db,
        Origin::command_line(),
        server.app.clock.now(),
    );
    let organization = OrganizationId(acme.id);
    let count = 2 * BATCH + 1;
    let wanted = NewKey {
        members: Members {
            name: Some("till".to_owned()),
            ..Members::default()
        },
        ..NewKey::default()
    };
    let made = db.write_blocking(|conn| {
        for _ in 0..count {
            manage::create(conn, None, organization, &wanted, &origin, now)?;
        }
        Ok::<_, ManageError>(())
    });
    made.unwrap();
    let revoke = || {
        let some = |conn: &mut _| manage::revoke_some(conn, organization, &origin, now);
        let (revoked, entries) = db.write_blocking(some).unwrap();
        assert_eq!(revoked, entries.len());
        revoked
    };
    assert_eq!([(); 4].map(|()| revoke()), [BATCH, BATCH, 1, 0]);
    let left = acme.get("/api/v1/api-keys").send();
    assert!(left.items().is_empty());
    assert_eq!(verdict(&beta, &theirs), "valid");
}
