//! The messages that arrive, how they are signed, and which endpoints receive them.

use std::collections::BTreeMap;
use std::io::Write;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lanyard::audit::{Actor, Origin};
use lanyard::base::{KeyId, OrganizationId};
use lanyard::db::Error;
use lanyard::outbox::{self, Event, EventKind};
use lanyard::revocation::{self, Target};
use lanyard::seal;
use lanyard::webhook::{self, Change};
use lanyard::{audit, company, signing_keys};
use serde_json::json;
use tempfile::NamedTempFile;

use super::receiver::{Got, Receiver};
use super::{Post, add, deliveries, now, only, revoke, test};
use crate::support::{Server, on_both};

/// Adds an endpoint of the service itself that receives every event.
fn add_for_service(server: &Server, receiver: &Receiver) {
    let app = &server.app;
    let everything = Change {
        url: Some(receiver.url("/")),
        events: Some(EventKind::SUBSCRIBABLE.to_vec()),
        active: None,
    };
    let origin = Origin::command_line();
    let service = OrganizationId::SERVICE;
    app.db
        .write_blocking(|conn| {
            let how = (app.tokens.keys.masters(), true);
            webhook::add(conn, service, everything, how, &origin, now(server))
        })
        .unwrap();
}

/// Returns whether the message is signed, as a receiver checks it (Standard Webhooks 1.0).
fn is_signed(got: &Got, secret: &str) -> bool {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let text = format!(
        "{}.{}.{}",
        got.headers["webhook-id"], got.headers["webhook-timestamp"], got.body
    );
    let signature = got.headers["webhook-signature"]
        .strip_prefix("v1,")
        .unwrap();
    let signature = STANDARD.decode(signature).unwrap();
    hmac::verify(&key, text.as_bytes(), &signature).is_ok()
}

on_both!(
    a_message_arrives_once_and_signed,
    "webhooks.allow_private=true"
);
fn a_message_arrives_once_and_signed(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    let lan = acme.operator("Lan");
    let (id, secret) = add(&acme, &receiver.url("/hook?a=b"), &["token.revoked"]);
    let mut post = Post::new(server);
    revoke(&acme, lan);
    post.deliver();
    post.deliver();
    let got = receiver.next();
    assert_eq!(got.line, "POST /hook?a=b HTTP/1.1");
    assert_eq!(got.headers["content-type"], "application/json");
    assert_eq!(
        got.headers["webhook-timestamp"],
        (now(server).as_seconds() - 1).to_string()
    );
    assert!(is_signed(&got, &secret));
    let (_, other) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    assert!(!is_signed(&got, &other));
    assert_eq!(
        got.json(),
        json!({"type": "token.revoked", "timestamp": "2030-01-01T00:00:00Z", "data": {
            "organizationId": acme.id, "kind": "operator", "operatorId": lan, "seq": 2,
            "at": "2030-01-01T00:00:00Z", "until": "2030-01-03T00:00:00Z"}})
    );
    assert!(receiver.all().is_empty(), "once");
    let shown = deliveries(&acme, id);
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["id"], got.headers["webhook-id"]);
    assert_eq!(shown[0]["event"], "token.revoked");
    assert_eq!(shown[0]["dueAt"], json!(null));
    assert_eq!(
        only(&acme, id),
        ("delivered".to_owned(), 1, "status 204".to_owned())
    );
    let page = server.get("/metrics").send();
    let line = "lanyard_webhook_deliveries_total{outcome=\"delivered\"} 1";
    assert!(page.text().lines().any(|found| found == line), "{page}");
}

on_both!(
    each_receives_what_it_subscribes_to_of_its_own,
    "webhooks.allow_private=true"
);
fn each_receives_what_it_subscribes_to_of_its_own(server: &Server) {
    let (acme, globex) = (server.organization("acme"), server.organization("globex"));
    let [all, gone, foreign, service] = std::array::from_fn(|_| Receiver::start([]));
    add(
        &acme,
        &all.url("/"),
        &["operator.deactivated", "token.revoked"],
    );
    add(&acme, &gone.url("/"), &["operator.deactivated"]);
    add(
        &globex,
        &foreign.url("/"),
        &["operator.deactivated", "token.revoked"],
    );
    add_for_service(server, &service);

    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": token}))
        .send()
        .with_status(204);
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    acme.delete(&format!("/api/company/operators/{lan}"))
        .send()
        .with_status(204);
    let event = Event::KeyRotated {
        kid: KeyId::generate(),
        algorithm: "EdDSA",
        previous_kid: None,
    };
    let app = &server.app;
    app.db
        .write_blocking(|conn| outbox::emit(conn, OrganizationId::SERVICE, &event, now(server)))
        .unwrap();
    Post::new(server).deliver();

    // The test's clock does not advance, and messages of one instant have no order.
    let shown = |receiver: &Receiver| -> Vec<String> {
        let message = |got: Got| {
            let body = got.json();
            let of = |member: &str| body["data"][member].as_str().unwrap_or_default().to_owned();
            let detail = [of("kind"), of("status")].concat();
            format!("{} {detail}", body["type"].as_str().unwrap())
        };
        let mut all: Vec<_> = receiver.all().into_iter().map(message).collect();
        all.sort();
        all
    };
    let of_acme = [
        "operator.deactivated deleted",
        "operator.deactivated inactive",
        "token.revoked operator",
        "token.revoked operator",
        "token.revoked token",
    ];
    assert_eq!(shown(&all), of_acme);
    assert_eq!(
        shown(&gone),
        [
            "operator.deactivated deleted",
            "operator.deactivated inactive"
        ]
    );
    assert_eq!(shown(&foreign), [""; 0]);
    let mut of_service = of_acme.to_vec();
    of_service.push("key.rotated ");
    of_service.sort_unstable();
    assert_eq!(shown(&service), of_service);
}

on_both!(
    what_is_rolled_back_is_sent_to_nobody,
    "webhooks.allow_private=true"
);
fn what_is_rolled_back_is_sent_to_nobody(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let app = &server.app;
    let undone = app.db.write_blocking(|conn| {
        let target = Target::Organization;
        let organization = OrganizationId(acme.id);
        let event = audit::Event::new(
            audit::Action::OrganizationTokensRevoked,
            Actor::CommandLine,
            now(server),
        );
        revocation::write(conn, organization, target, now(server), event)?;
        Err::<(), _>(Error::NotFound)
    });
    assert!(undone.is_err());
    Post::new(server).deliver();
    assert!(receiver.all().is_empty());
    assert_eq!(deliveries(&acme, id).len(), 0);
}

on_both!(
    secrets_outlive_a_new_master_key,
    "webhooks.allow_private=true"
);
fn secrets_outlive_a_new_master_key(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    let (id, secret) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut old = NamedTempFile::new().unwrap();
    old.write_all("31".repeat(32).as_bytes()).unwrap();
    let shown = &server.another(&[
        &format!("master_key={}", "32".repeat(32)),
        &format!("previous_master_key_files={}", old.path().display()),
        "webhooks.allow_private=true",
    ]);
    let reseal = || {
        let app = &shown.app;
        let (masters, now) = (app.tokens.keys.masters(), app.clock.now());
        app.db
            .write_blocking(|conn| seal::reseal(conn, masters, &Actor::CommandLine, now))
            .unwrap()
            .total()
    };
    // The signing key and the secret.
    assert_eq!((reseal(), reseal()), (2, 0));
    // The node without the new master key sends no unsigned message.
    test(&acme, id);
    let mut post = Post::new(server);
    post.deliver();
    assert!(receiver.all().is_empty());
    let (status, attempts, outcome) = only(&acme, id);
    assert_eq!((status.as_str(), attempts), ("pending", 1));
    assert_eq!(outcome, "its secret cannot be opened");
    post.runner.leave();
    server.wait(10);
    Post::new(shown).deliver();
    let got = receiver.next();
    assert!(is_signed(&got, &secret));
    assert_eq!(got.json()["type"], "webhook.test");
}

on_both!(rotations_are_sent, "webhooks.allow_private=true");
fn rotations_are_sent(server: &Server) {
    let (acme, receiver) = (server.organization("acme"), Receiver::start([]));
    let service = Receiver::start([]);
    let events = ["token.rotation_due", "token.revoked"];
    add(&acme, &receiver.url("/"), &events);
    add_for_service(server, &service);
    let app = &server.app;
    // Everything that is due, delivered as the node on duty does.
    server.wait(90 * 86_400);
    let defaults = &app.settings.company_tokens;
    for _ in 0..2 {
        company::job::attend(&app.db, &app.nodes.feed, defaults, now(server)).unwrap();
    }
    let mut post = Post::new(server);
    post.deliver();
    let got = receiver.next().json();
    assert_eq!(got["type"], "token.rotation_due");
    assert_eq!(got["data"]["organizationId"], acme.id);
    assert_eq!(got["data"]["dueAt"], "2030-04-01T00:00:00Z");
    assert_eq!(got["data"]["endsAt"], json!(null));
    assert!(receiver.all().is_empty(), "once");
    assert_eq!(service.next().json(), got);

    // A revoked signing key concerns every organization. That another key signs from now on
    // concerns only the service itself.
    let lost = app.tokens.validator.ring().active().kid;
    let replacement = signing_keys::replacement(&app.db, lost).unwrap();
    revocation::commit_from_cli(&app.db, |conn| {
        signing_keys::revoke(
            conn,
            &app.tokens.keys,
            lost,
            replacement,
            &Origin::command_line(),
            now(server),
        )
    })
    .unwrap();
    server.follow();
    let signs = app.tokens.validator.ring().active().kid;
    assert_ne!(signs, lost);
    post.deliver();
    let got = receiver.next().json();
    assert_eq!(got["type"], "token.revoked");
    assert_eq!(got["data"]["kind"], "key");
    assert_eq!(got["data"]["kid"], lost.to_string());
    assert_eq!(got["data"].get("organizationId"), None);
    assert!(receiver.all().is_empty());
    let shown: BTreeMap<_, _> = service
        .all()
        .into_iter()
        .map(|got| got.json())
        .map(|body| (body["type"].to_string(), body["data"]["kid"].clone()))
        .collect();
    let expected = [("\"key.rotated\"", signs), ("\"token.revoked\"", lost)];
    let expected = expected.map(|(word, kid)| (word.to_owned(), json!(kid.to_string())));
    assert_eq!(shown, BTreeMap::from(expected));
}
