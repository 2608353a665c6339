//! Endpoints that fail: messages are sent again after growing waits, until they are given up.

use serde_json::json;

use super::receiver::{Receiver, Reply};
use super::{Post, add, deliveries, only, revoke, test};
use crate::support::{Organization, Server, on_both};

fn gave_up_at(acme: &Organization, id: i64) -> serde_json::Value {
    acme.get(&format!("/api/company/webhooks/{id}"))
        .send()
        .with_status(200)
        .json()["gaveUpAt"]
        .clone()
}

/// Returns how many lines of the audit log have this action.
fn audit_events(acme: &Organization, action: &str) -> usize {
    acme.get(&format!("/api/company/audit?action={action}"))
        .send()
        .with_status(200)
        .items()
        .len()
}

on_both!(
    a_clock_that_was_ahead_puts_no_message_off,
    "webhooks.allow_private=true"
);
fn a_clock_that_was_ahead_puts_no_message_off(server: &Server) {
    const AHEAD: i64 = 402 * 86_400 * 1_000_000;
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Status(500)]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    test(&acme, id);
    server.clock.jump(AHEAD);
    post.deliver();
    assert_eq!(only(&acme, id).1, 1);
    server.clock.jump(-AHEAD);
    server.wait(1);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("delivered".to_owned(), 2, "status 204".to_owned())
    );
}

on_both!(
    what_fails_comes_again_ever_later,
    "webhooks.allow_private=true"
);
fn what_fails_comes_again_ever_later(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Status(500), Reply::Status(429)]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    let message = test(&acme, id);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("pending".to_owned(), 1, "status 500".to_owned())
    );
    // Five seconds, and at most a fifth more.
    server.wait(3);
    post.deliver();
    assert_eq!(only(&acme, id).1, 1);
    server.wait(1);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("pending".to_owned(), 2, "status 429".to_owned())
    );
    server.wait(298);
    post.deliver();
    assert_eq!(only(&acme, id).1, 2);
    server.wait(60);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("delivered".to_owned(), 3, "status 204".to_owned())
    );
    let got = receiver.all();
    assert_eq!(got.len(), 3);
    assert!(got.iter().all(|got| got.headers["webhook-id"] == message));
    let bodies: Vec<_> = got.iter().map(|got| &got.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    let stamps: Vec<_> = got
        .iter()
        .map(|got| &got.headers["webhook-timestamp"])
        .collect();
    assert!(
        stamps.windows(2).all(|pair| pair[0] < pair[1]),
        "{stamps:?}"
    );
}

on_both!(
    an_endpoint_that_asks_for_time_gets_it,
    "webhooks.allow_private=true"
);
fn an_endpoint_that_asks_for_time_gets_it(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Later(600)]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    test(&acme, id);
    post.deliver();
    server.wait(599);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("pending".to_owned(), 1, "status 503".to_owned())
    );
    server.wait(122);
    post.deliver();
    assert_eq!(
        only(&acme, id),
        ("delivered".to_owned(), 2, "status 204".to_owned())
    );
}

on_both!(
    what_never_arrives_is_given_up_and_recorded_once,
    "webhooks.allow_private=true",
    "webhooks.max_attempts=2"
);
fn what_never_arrives_is_given_up_and_recorded_once(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start(vec![Reply::Status(503); 4]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    for _ in 0..2 {
        test(&acme, id);
        post.deliver();
        server.wait(6);
        post.deliver();
    }
    let all = deliveries(&acme, id);
    assert_eq!(all.len(), 2);
    for delivery in all {
        assert_eq!(delivery["status"], "failed");
        assert_eq!(delivery["attempts"], 2);
    }
    assert_eq!(gave_up_at(&acme, id), "2030-01-01T00:00:08Z");
    assert_eq!(audit_events(&acme, "webhook.gave_up"), 1);
    server.wait(86_400);
    post.deliver();
    assert_eq!(receiver.all().len(), 4, "no further message is sent");
    // One message that arrives ends the failure.
    test(&acme, id);
    post.deliver();
    assert_eq!(receiver.all().len(), 1);
    assert_eq!(gave_up_at(&acme, id), json!(null));
}

on_both!(who_is_gone_is_left_alone, "webhooks.allow_private=true");
fn who_is_gone_is_left_alone(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Status(410)]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let lan = acme.operator("Lan");
    let mut post = Post::new(server);
    test(&acme, id);
    test(&acme, id);
    post.deliver();
    post.deliver();
    revoke(&acme, lan);
    post.deliver();
    assert_eq!(receiver.all().len(), 1);
    let mut outcomes: Vec<_> = deliveries(&acme, id)
        .into_iter()
        .map(|delivery| {
            assert_eq!(delivery["status"], "failed");
            delivery["outcome"].as_str().unwrap().to_owned()
        })
        .collect();
    outcomes.sort();
    assert_eq!(outcomes, ["status 410", "the endpoint is gone"]);
    assert_eq!(audit_events(&acme, "webhook.gone"), 1);
    let path = format!("/api/company/webhooks/{id}");
    assert_eq!(acme.get(&path).send().json()["status"], "gone");
    assert_eq!(acme.post(&format!("{path}/test")).send().status, 409);
    let back = acme.patch(&path).json(&json!({"status": "active"})).send();
    assert_eq!(back.with_status(200).json()["status"], "active");
    revoke(&acme, lan);
    post.deliver();
    assert_eq!(receiver.all().len(), 1);
}

on_both!(
    what_was_given_up_is_tried_once_more,
    "webhooks.allow_private=true",
    "webhooks.max_attempts=1"
);
fn what_was_given_up_is_tried_once_more(server: &Server) {
    let (acme, globex) = (server.organization("acme"), server.organization("globex"));
    let receiver = Receiver::start(vec![Reply::Status(503); 3]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    let messages = [test(&acme, id), test(&acme, id)];
    post.deliver();
    server.wait(6);
    post.deliver();
    let failed = || {
        let all = deliveries(&acme, id);
        let failed = all.iter().filter(|one| one["status"] == "failed");
        failed.count()
    };
    assert_eq!(failed(), 2);
    let path = format!("/api/company/webhooks/{id}/retry");
    let retry = |members: &serde_json::Value| {
        let answer = acme.post(&path).json(members).send();
        answer.with_status(202).json()["retried"].clone()
    };
    let one = json!({"deliveryId": messages[0]});
    assert_eq!(retry(&one), 1);
    assert_eq!(retry(&one), 0, "it is being tried");
    // It fails again, and is given up again.
    post.deliver();
    assert_eq!(failed(), 2);
    assert_eq!(retry(&json!({"deliveryId": null})), 2);
    post.deliver();
    assert_eq!(failed(), 0);
    assert_eq!(retry(&json!({})), 0);
    assert_eq!(audit_events(&acme, "webhook.retried"), 2);
    acme.post(&path).send().with_status(202);
    for unknown in ["x", "msg_00000000-0000-7000-8000-000000000000"] {
        let answer = acme
            .post(&path)
            .json(&json!({"deliveryId": unknown}))
            .send();
        answer.with_status(404);
    }
    acme.post(&path)
        .json(&json!({"deliveryId": 7}))
        .send()
        .with_status(400);
    globex.post(&path).json(&one).send().with_status(404);
    acme.patch(&format!("/api/company/webhooks/{id}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    acme.post(&path).send().with_status(409);
}
