//! A signing key that somebody else may have: every token that it signed is revoked on every node
//! when the revoke returns.

use lanyard::audit::Origin;
use lanyard::base::KeyId;
use lanyard::db::Conn;
use lanyard::revocation::{self, Receipt};
use lanyard::signing_keys::{self, Revoked};
use serde_json::{Value, json};

use crate::support::{Server, on_both};

/// Revokes a key as the command line does.
fn revoke(server: &Server, kid: KeyId) -> (Revoked, Receipt) {
    let app = &server.app;
    let replacement = signing_keys::replacement(&app.db, kid).unwrap();
    let (revoked, receipt) = revocation::commit_from_cli(&app.db, |conn| {
        let (origin, now) = (Origin::command_line(), app.clock.now());
        signing_keys::revoke(conn, &app.tokens.keys, kid, replacement, &origin, now)
    })
    .unwrap();
    (revoked, receipt.unwrap())
}

fn active(server: &Server) -> KeyId {
    server.app.tokens.validator.ring().active().kid
}

on_both!(
    what_it_signed_is_revoked_everywhere_when_the_call_returns,
    "tokens.algorithm=EdDSA"
);
fn what_it_signed_is_revoked_everywhere_when_the_call_returns(server: &Server) {
    let mut acme = server.organization("acme");
    let other = server.organization("other");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let node = server.another(&["tokens.algorithm=EdDSA"]);
    let kid = active(server);

    let (revoked, receipt) = revoke(server, kid);
    assert_eq!((receipt.nodes, receipt.confirmed), (2, 2));
    let successor = revoked.successor.unwrap();
    for node in [server, &node] {
        assert_eq!(active(node), successor);
        let refused = node
            .get("/api/company/organization")
            .bearer(&acme.token)
            .send();
        assert_eq!(refused.with_status(403).json()["error"], "token_revoked");
        let refused = node.get("/api/operator").bearer(&token).send();
        assert_eq!(refused.with_status(403).json()["error"], "token_revoked");
        let published = node.get("/.well-known/jwks.json").send().json();
        let kids: Vec<_> = published["keys"].as_array().unwrap().iter().collect();
        assert_eq!(kids.len(), 1);
        assert_eq!(kids[0]["kid"], successor.as_str());
    }

    acme.token = acme.another_token();
    assert_eq!(acme.judge(&token), "Token revoked");
    assert_eq!(acme.judge(&acme.token_for(lan)), "valid");
    let live = acme.get("/api/company/tokens").send().items();
    assert_eq!(live.len(), 2, "no earlier token is listed");
    for token in [&acme.token, &other.another_token()] {
        let rows = server.get("/api/company/revocations").bearer(token).send();
        let rows = rows.with_status(200).items();
        let expected = json!({
            "seq": receipt.sequence, "kind": "key", "kid": kid, "at": "2030-01-01T00:00:00Z", "until": null,
        });
        assert_eq!(rows, [expected], "every organization has the row");
    }

    let (again, _) = revoke(server, kid);
    assert!(again.already && again.successor.is_none());
    assert_eq!(active(server), successor);
}

on_both!(
    the_key_that_is_published_already_takes_over,
    "tokens.algorithm=ES256"
);
fn the_key_that_is_published_already_takes_over(server: &Server) {
    server.wait(89 * 86_400);
    assert_eq!(server.rotate_keys(), 1);
    let (old, pending) = {
        let keys = server.keys();
        (keys[0].0.clone(), keys[1].0.clone())
    };
    let (revoked, _) = revoke(server, old.parse().unwrap());
    assert_eq!(revoked.successor.unwrap().as_str(), pending);
    assert_eq!(
        server.keys(),
        [(old.clone(), "revoked"), (pending.clone(), "active")]
    );
    // No company token was signed with it, so it is removed when the last operator token would have
    // expired.
    server.run(3_600);
    server.run(25 * 3_600);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(server.keys(), [(pending, "active")]);
    let gone = signing_keys::replacement(&server.app.db, old.parse().unwrap());
    assert!(gone.unwrap().is_none());
}

on_both!(a_key_that_does_not_sign_needs_no_successor);
fn a_key_that_does_not_sign_needs_no_successor(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let old = acme.token_for(lan);
    let kid = active(server);
    server.wait(90 * 86_400 - 120);
    server.rotate_keys();
    server.wait(120);
    server.rotate_keys();
    let signs = active(server);
    assert_ne!(signs, kid);
    let fresh = acme.another_token();
    let (revoked, _) = revoke(server, kid);
    assert_eq!(revoked.successor, None);
    assert_eq!(active(server), signs);
    let judged = server
        .post("/api/operator/validate-token")
        .bearer(&fresh)
        .json(&json!({"token": old}))
        .send();
    assert_eq!(judged.with_status(200).json()["error"], "Token revoked");
    assert_eq!(judged.json()["isValid"], Value::Bool(false));
}

on_both!(a_node_that_has_not_loaded_a_key_revokes_what_it_signed);
fn a_node_that_has_not_loaded_a_key_revokes_what_it_signed(server: &Server) {
    let mut acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let known = acme.token.clone();
    let node = server.another(&[]);
    node.app.nodes.feed.stop();
    let (app, kid) = (&server.app, active(server));
    let replacement = signing_keys::replacement(&app.db, kid).unwrap();
    let write = |conn: &mut Conn| {
        let (origin, now) = (Origin::command_line(), app.clock.now());
        signing_keys::revoke(conn, &app.tokens.keys, kid, replacement, &origin, now)
    };
    app.db.write_blocking(write).unwrap();
    server.follow();
    acme.token = acme.another_token();
    let stolen = acme.token_for(lan);
    let revoke = node.post("/api/operator/revoke-token").bearer(&known);
    revoke
        .json(&json!({"token": stolen}))
        .send()
        .with_status(204);
    server.follow();
    assert_eq!(acme.judge(&stolen), "Token revoked");
}
