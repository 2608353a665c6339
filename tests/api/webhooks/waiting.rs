//! Endpoints that are slow or never answer, and nodes that stop: whom they keep waiting, and whom they
//! do not.

use super::receiver::{Receiver, Reply};
use super::{Post, add, deliveries, only, revoke, test};
use crate::support::{Server, on_both};

on_both!(
    whoever_is_slow_keeps_nobody_waiting,
    "webhooks.allow_private=true",
    "webhooks.timeout=2s"
);
fn whoever_is_slow_keeps_nobody_waiting(server: &Server) {
    let acme = server.organization("acme");
    let slow = Receiver::start(vec![Reply::Silence; 3]);
    let endless = Receiver::start([Reply::Endless]);
    let quick = Receiver::start([]);
    let (first, _) = add(&acme, &slow.url("/"), &["token.revoked"]);
    let (second, _) = add(&acme, &endless.url("/"), &["token.revoked"]);
    add(&acme, &quick.url("/"), &["token.revoked"]);
    let lan = acme.operator("Lan");
    for _ in 0..3 {
        revoke(&acme, lan);
    }
    let mut post = Post::new(server);
    post.dispatch_due();
    for _ in 0..3 {
        quick.next();
    }
    slow.next();
    // The slow one is served by one thread, which still runs.
    assert!(!server.app.webhooks.await_all(std::time::Duration::ZERO));
    post.dispatch_due();
    assert!(slow.all().is_empty());
    post.deliver();
    let outcomes = |id| -> Vec<_> {
        let tried = deliveries(&acme, id).into_iter();
        let tried = tried.filter(|delivery| delivery["attempts"] != 0);
        tried.map(|delivery| delivery["outcome"].clone()).collect()
    };
    assert!(
        outcomes(first)
            .iter()
            .all(|outcome| outcome == "no answer in time")
    );
    let unread = |outcome: &serde_json::Value| {
        let text = outcome.as_str().unwrap();
        text.starts_with("the answer could not be read: response header is too big")
    };
    assert!(
        outcomes(second).iter().any(unread),
        "{:?}",
        outcomes(second)
    );
}

on_both!(
    what_a_stopped_node_had_taken_is_delivered_by_another,
    "webhooks.allow_private=true",
    "webhooks.timeout=1s"
);
fn what_a_stopped_node_had_taken_is_delivered_by_another(one: &Server) {
    let two = &one.another(&["webhooks.allow_private=true"]);
    let acme = one.organization("acme");
    let receiver = Receiver::start([Reply::Silence]);
    let (id, _) = add(&acme, &receiver.url("/"), &["token.revoked"]);
    let message = test(&acme, id);
    let (mut first, mut second) = (Post::new(one), Post::new(two));
    first.dispatch_due();
    let lost = receiver.next();
    second.deliver();
    assert!(receiver.all().is_empty(), "it is not on duty");
    // Its row does not change, and the message that it took counts as lost.
    one.wait(31);
    second.deliver();
    let got = receiver.next();
    assert_eq!(got.headers["webhook-id"], message);
    assert_eq!(lost.headers["webhook-id"], message);
    // The first node resumes, and the outcome that it stores is ignored.
    assert!(
        one.app
            .webhooks
            .await_all(std::time::Duration::from_mins(1))
    );
    assert_eq!(
        only(&acme, id),
        ("delivered".to_owned(), 2, "status 204".to_owned())
    );
}

on_both!(
    what_hangs_keeps_only_its_own_organization_waiting,
    "webhooks.allow_private=true",
    "webhooks.timeout=60s"
);
/// Eight organizations whose endpoints never answer, and one whose endpoint does.
fn what_hangs_keeps_only_its_own_organization_waiting(server: &Server) {
    let acme = server.organization("acme");
    let well = Receiver::start([]);
    let silent = Receiver::start((0..100).map(|_| Reply::Silence));
    let (id, _) = add(&acme, &well.url("/"), &["token.revoked"]);
    let mut post = Post::new(server);
    for number in 0..8 {
        let other = server.organization(&format!("other-{number}"));
        for path in 0..5 {
            let url = silent.url(&format!("/{number}/{path}"));
            let (id, _) = add(&other, &url, &["token.revoked"]);
            test(&other, id);
            test(&other, id);
        }
    }
    // Those have waited longer.
    for _ in 0..3 {
        post.dispatch_due();
    }
    for _ in 0..8 {
        silent.next();
    }
    for _ in 0..3 {
        test(&acme, id);
        post.dispatch_due();
        well.next();
    }
    assert!(silent.all().len() <= 8);
}
