//! The life of signing keys: tokens that were issued before, during and after a rotation are valid,
//! on every node.

use serde_json::{Value, json};

use super::keys::verify;
use super::segment;
use crate::support::{Organization, Server, on_both};

const DAY: u64 = 86_400;

/// Returns the name of the key that signed a token.
fn kid(token: &str) -> String {
    let header: Value = serde_json::from_str(&segment(token, 0)).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

fn published(server: &Server) -> Vec<String> {
    let set = server.get("/.well-known/jwks.json").send().json();
    let keys = set["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn states(server: &Server) -> Vec<&'static str> {
    server.keys().into_iter().map(|(_, state)| state).collect()
}

on_both!(a_key_through_its_whole_life, "tokens.algorithm=EdDSA");
fn a_key_through_its_whole_life(server: &Server) {
    let mut acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let first = kid(&acme.token);
    assert_eq!(published(server), [first.as_str()]);

    server.wait(DAY * 89 - 1);
    assert_eq!(server.rotate_keys(), 0, "the rotation is not due");
    server.wait(1);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(server.rotate_keys(), 0, "once is enough");
    assert_eq!(states(server), ["active", "pending"]);
    assert_eq!(
        published(server).len(),
        2,
        "it is published before it signs"
    );

    server.wait(DAY - 1);
    assert_eq!(
        server.rotate_keys(),
        0,
        "not before every node and client can have it"
    );
    let before = acme.token_for(lan);
    assert_eq!(kid(&before), first);
    server.wait(1);
    assert_eq!(server.rotate_keys(), 1);
    let after = acme.token_for(lan);
    assert_ne!(kid(&after), first);
    for token in [&before, &after] {
        assert_eq!(acme.judge(token), "valid");
        verify(server, token);
    }

    server.run(3_600);
    server.run(DAY + 3_600);
    assert_eq!(server.rotate_keys(), 0, "the company token needs its key");
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    let next = acme.another_token();
    let old = std::mem::replace(&mut acme.token, next);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": old}))
        .send()
        .with_status(204);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(states(server), ["active"]);
    assert_eq!(published(server), [kid(&acme.token)]);
    let refused = server.get("/api/company/organization").bearer(&old).send();
    refused.with_status(401);
}

on_both!(a_company_token_that_was_rotated_lets_its_key_go_after_the_grace);
fn a_company_token_that_was_rotated_lets_its_key_go_after_the_grace(server: &Server) {
    let mut acme = server.organization("acme");
    let old = kid(&acme.token);
    server.wait(DAY * 90 - 120);
    assert_eq!(server.rotate_keys(), 1);
    server.wait(120);
    assert_eq!(server.rotate_keys(), 1);
    let rotated = acme.post("/api/company/rotate-token").send();
    acme.token = rotated.with_status(200).string();
    assert_ne!(kid(&acme.token), old);
    server.run(DAY * 7);
    server.run(21 * 3_600);
    assert_eq!(
        server.rotate_keys(),
        0,
        "no clock has shown for a day that the token has expired"
    );
    server.run(3_600);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(states(server), ["active"]);
}

on_both!(
    a_company_token_that_was_rotated_needs_its_key_until_it_ends,
    "tokens.algorithm=EdDSA"
);
fn a_company_token_that_was_rotated_needs_its_key_until_it_ends(server: &Server) {
    let acme = server.organization("acme");
    let rotate = || {
        let answer = acme.post("/api/company/rotate-token").send();
        answer.with_status(200).string()
    };
    server.wait(DAY * 89);
    assert_eq!(server.rotate_keys(), 1);
    let successor = rotate();
    assert_eq!(kid(&successor), kid(&acme.token));
    server.wait(DAY);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(rotate(), successor, "signed again with its own key");

    let next = acme.with_token(&successor);
    let last = next.post("/api/company/rotate-token").send().string();
    assert_ne!(kid(&last), kid(&successor));
    server.run(DAY * 7);
    server.run(21 * 3_600);
    assert_eq!(server.rotate_keys(), 0, "the successor was in its grace");
    server.run(3_600);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(states(server), ["active"]);
    let record = acme.with_token(&last);
    record
        .get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(
    a_shared_secret_rotates_with_what_the_ledger_does_not_know,
    "ledger=off"
);
fn a_shared_secret_rotates_with_what_the_ledger_does_not_know(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    server.wait(DAY * 90 - 120);
    assert_eq!(server.rotate_keys(), 1);
    server.wait(120);
    let last = acme.token_for(lan);
    assert_eq!(server.rotate_keys(), 1);
    assert_ne!(kid(&acme.token_for(lan)), kid(&last));
    assert_eq!(acme.judge(&last), "valid");
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    server.run(DAY);
    assert_eq!(server.rotate_keys(), 0, "nodes may have signed on");
    server.run(3_600);
    assert_eq!(server.rotate_keys(), 1);
    assert_eq!(states(server), ["active"]);
    assert!(published(server).is_empty());
}

/// Returns the verdict of another node on `token`.
fn judged_by(server: &Server, acme: &Organization<'_>, token: &str) -> Value {
    let answer = server
        .post("/api/operator/validate-token")
        .bearer(&acme.token)
        .json(&json!({"token": token}))
        .send();
    answer.with_status(200).json()["error"].clone()
}

on_both!(two_nodes_rotate_as_one, "tokens.algorithm=ES256");
fn two_nodes_rotate_as_one(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let other = server.another(&["tokens.algorithm=ES256"]);
    let both = || -> usize {
        std::thread::scope(|scope| {
            let nodes = [server, &other].map(|node| scope.spawn(|| node.rotate_keys()));
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        })
    };
    server.wait(DAY * 89);
    assert_eq!(both(), 1, "one key is made, by one of them");
    for node in [server, &other] {
        node.follow();
        assert_eq!(states(node), ["active", "pending"]);
    }
    server.wait(DAY);
    let before = acme.token_for(lan);
    assert_eq!(both(), 1);
    // One node signs with the new key before the other has applied that it may: the other has the
    // key.
    let after = acme.token_for(lan);
    for token in [&before, &after] {
        assert_eq!(judged_by(&other, &acme, token), Value::Null);
    }
    for node in [server, &other] {
        node.follow();
        assert_eq!(states(node), ["retiring", "active"]);
    }
}

on_both!(an_algorithm_that_is_no_longer_set_signs_on_for_a_day);
fn an_algorithm_that_is_no_longer_set_signs_on_for_a_day(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let old = kid(&acme.token);
    server.wait(1);
    let changed = server.another(&["tokens.algorithm=EdDSA"]);
    assert_eq!(
        kid(&acme.token_for(lan)),
        old,
        "each node as it was configured"
    );
    assert_eq!(states(&changed), ["active", "active"]);
    server.wait(DAY - 1);
    assert_eq!(changed.rotate_keys(), 0);
    server.wait(1);
    assert_eq!(changed.rotate_keys(), 1);
    assert_eq!(states(&changed), ["retiring", "active"]);
    server.follow();
    let token = acme.token_for(lan);
    assert_ne!(kid(&token), old, "there is only one key left to sign with");
    assert_eq!(judged_by(&changed, &acme, &token), Value::Null);
}
