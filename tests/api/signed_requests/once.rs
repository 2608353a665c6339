//! A signed request is accepted once, on all nodes, and for a limited time.

use insta::assert_snapshot;
use serde_json::json;

use super::{make, path, profile, text, verify};
use crate::support::{Server, on_both};

on_both!(a_request_is_accepted_once_on_all_nodes);
fn a_request_is_accepted_once_on_all_nodes(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let other = server.another(&[]);
    let request = profile(server, &key);
    request.send().with_status(200);
    assert_snapshot!(request.send().in_short(), @"401 unauthorized: the nonce was used before; draw one for each request");
    request.clone().to(&other).send().with_status(401);
    // A nonce of one key is another nonce of another key.
    let second = make(&acme, &json!({}));
    let now = server.app.clock.now();
    for key in [&second, &key] {
        let request = super::Request::new(server, "GET", "/v1/profile", "");
        request
            .signed_at_with(key, now, "the-same-nonce-00")
            .send()
            .with_status(200);
    }
}

on_both!(only_a_right_signature_uses_its_nonce_up);
fn only_a_right_signature_uses_its_nonce_up(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let right = verify(server, &key, "x");
    right
        .clone()
        .with("Signature", "sig1=:AAAA:")
        .send()
        .with_status(401);
    let mut other = right.clone();
    other.body.push(' ');
    other.send().with_status(401);
    right.send().with_status(200);
    right.send().with_status(401);
}

on_both!(many_requests_at_once_are_each_accepted_once);
fn many_requests_at_once_are_each_accepted_once(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let other = server.another(&[]);
    let requests: Vec<_> = (0..10).map(|_| profile(server, &key)).collect();
    let accepted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|number| {
                let node = if number % 2 == 0 { server } else { &other };
                let requests = requests.clone();
                scope.spawn(move || {
                    let send = |request: super::Request<'_>| request.to(node).send().status;
                    let statuses: Vec<_> = requests.into_iter().map(send).collect();
                    assert!(statuses.iter().all(|status| [200, 401].contains(status)));
                    statuses.iter().filter(|status| **status == 200).count()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(accepted, requests.len());
}

on_both!(a_signature_is_accepted_for_300_seconds_either_way);
fn a_signature_is_accepted_for_300_seconds_either_way(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let now = server.app.clock.now().as_seconds();
    let at = |apart: i64| {
        let request = super::Request::new(server, "GET", "/v1/profile", "");
        let created = lanyard::base::Timestamp::from_seconds(now + apart);
        request.signed_at(&key, created).send()
    };
    for apart in [-300, -1, 300] {
        at(apart).with_status(200);
    }
    assert_snapshot!(at(-301).in_short(), @"401 unauthorized: created is 301 seconds behind the clock of this service; 300 are allowed");
    assert_snapshot!(at(301).in_short(), @"401 unauthorized: created is 301 seconds ahead of the clock of this service; 300 are allowed");
    // A replay is refused until the signature is too old, and after that.
    let request = profile(server, &key);
    request.send().with_status(200);
    server.wait(300);
    assert!(request.send().in_short().contains("nonce"));
    server.wait(1);
    assert!(request.send().in_short().contains("created"));
}

on_both!(what_is_refused_for_its_rights_leaves_no_use);
fn what_is_refused_for_its_rights_leaves_no_use(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["read"]}));
    let request = verify(server, &key, "x");
    request.send().with_status(403);
    let used = || {
        server.app.keys.uses.write(&server.app.db).unwrap();
        let record = acme.get(&path(&key, "")).send().json();
        record["last_used_at"].is_string()
    };
    assert!(!used());
    // The nonce is still there: the same request is accepted once the key may do this.
    acme.patch(&path(&key, ""))
        .json(&json!({"scopes": ["keys:verify"]}))
        .send()
        .with_status(200);
    request.send().with_status(200);
    assert!(used());
    request.send().with_status(401);
}

on_both!(a_text_that_has_ended_is_expired_also_beside_a_right_signature);
fn a_text_that_has_ended_is_expired_also_beside_a_right_signature(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let rotate = acme.post(&path(&key, "/rotate"));
    let rotated = rotate.json(&json!({"overlap_seconds": 0})).send();
    let rotated = rotated.with_status(200).json();
    let request = profile(server, &rotated);
    let old = format!("Bearer {}", text(&key, "key"));
    let refused = request.clone().header("Authorization", &old).send();
    let refused = refused.with_status(401).json();
    assert_eq!(refused["error"]["code"], "token_expired");
    // The nonce was not used.
    request.send().with_status(200);
}
