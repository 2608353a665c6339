//! Webhooks: adding, changing, testing, trying again, removing.

use super::*;
use crate::support::on_both;
use crate::webhooks::Post;
use crate::webhooks::receiver::{Receiver, Reply};

on_both!(
    a_webhook_is_added_tested_tried_again_and_removed,
    "webhooks.allow_private=true",
    "webhooks.max_attempts=1"
);
fn a_webhook_is_added_tested_tried_again_and_removed(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Status(500), Reply::Status(500)]);
    let browser = admin(server, &acme);
    let empty = browser.open(server, "/console/webhooks");
    check_page(&empty);
    assert!(empty.tag("empty").is_some());
    let page = browser.open(server, "/console/webhooks/new");
    check_page(&page);
    let words = "Lines of the audit log were sealed";
    assert!(page.html().contains(words), "what each event is");
    let form = page.form("webhook");
    let url = receiver.url("/");
    let fields = [
        ("url", url.as_str()),
        ("events", "token.revoked"),
        ("events", "operator.deactivated"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let secret = page.text_of("secret");
    assert!(secret.starts_with("whsec_"), "{secret}");
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    check_page(&record);
    assert!(!record.html().contains(&secret));
    let path = again.header("location").unwrap().to_owned();

    let mut post = Post::new(server);
    for _ in 0..2 {
        let answer = browser.submit(server, &path, "acts", &[("do", "test")]);
        browser.follow(server, &answer);
        post.deliver();
    }
    let page = browser.open(server, &path);
    check_page(&page);
    let failed = |page: &Page| page.html().matches("status 500").count();
    assert_eq!(failed(&page), 2);
    assert!(page.html().contains("webhook.test"));
    // One of them.
    let row = page.html().split("<tr data-id=\"").nth(1).unwrap();
    let message = row.split('"').next().unwrap().to_owned();
    let csrf = page.form("acts").hidden("csrf").to_owned();
    let retry = |more: &[(&str, &str)]| {
        let mut fields = vec![("csrf", csrf.as_str()), ("do", "retry")];
        fields.extend_from_slice(more);
        browser.post(server, &path, &fields)
    };
    let one = [("delivery", message.as_str())];
    let done = browser.follow(server, &retry(&one));
    assert!(done.text_of("done").contains("1 message is tried"));
    post.deliver();
    let page = browser.open(server, &path);
    assert_eq!(failed(&page), 1);
    // All of them.
    let done = browser.follow(server, &retry(&[]));
    assert!(done.text_of("done").contains("1 message is tried"));
    assert_eq!(audit(&acme, 1)[0].0, "webhook.retried");
    post.deliver();
    assert_eq!(failed(&browser.open(server, &path)), 0);
    let done = browser.follow(server, &retry(&one));
    assert!(done.text_of("done").contains("0 messages"));
    retry(&[("delivery", "x")]).with_status(404);

    let fields = [
        ("url", url.as_str()),
        ("events", "token.revoked"),
        ("status", "inactive"),
        ("do", "save"),
    ];
    let stale = browser.open(server, &path).form("save");
    let answer = browser.submit(server, &path, "save", &fields);
    let saved = browser.follow(server, &answer);
    check_page(&saved);
    assert!(!saved.has_form("acts"), "no test to an inactive one");
    let answer = browser.send(server, &stale, &fields);
    answer.with_status(409);
    assert!(Page { answer }.tag("newest").is_some());
    retry(&[]).with_status(409);

    let page = browser.open(server, &format!("{path}/delete"));
    check_page(&page);
    let answer = browser.send(server, &page.form("confirm"), &[("do", "delete")]);
    browser.follow(server, &answer);
    browser.get(server, &path).with_status(404);
    assert_eq!(acme.get("/api/company/webhooks").send().items().len(), 0);
}

on_both!(what_is_wrong_with_a_webhook_is_said_at_its_field);
fn what_is_wrong_with_a_webhook_is_said_at_its_field(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let refused = |fields: &[(&str, &str)]| {
        let mut all = fields.to_vec();
        all.push(("do", "create"));
        let answer = browser.submit(server, "/console/webhooks/new", "webhook", &all);
        answer.with_status(422);
        let page = Page { answer };
        check_page(&page);
        let html = page.html().to_owned();
        let fields = ["url", "events"].into_iter();
        fields
            .filter(|field| html.contains(&format!("id=\"{field}-error\"")))
            .collect::<Vec<_>>()
    };
    assert_eq!(refused(&[]), ["url", "events"]);
    let good = ("url", "https://example.com/");
    assert_eq!(refused(&[good]), ["events"]);
    for events in ["key.rotated", "webhook.test", "x"] {
        assert_eq!(refused(&[good, ("events", events)]), ["events"], "{events}");
    }
    for url in ["http://example.com/", "https://127.0.0.1/", "x"] {
        let fields = [("url", url), ("events", "token.revoked")];
        assert_eq!(refused(&fields), ["url"], "{url}");
    }
    assert_eq!(acme.get("/api/company/webhooks").send().items().len(), 0);
}

on_both!(another_address_and_more_events_need_a_new_proof);
fn another_address_and_more_events_need_a_new_proof(server: &Server) {
    let acme = server.organization("acme");
    let added = acme
        .post("/api/company/webhooks")
        .json(&json!({"url": "https://example.com/", "events": ["token.revoked", "operator.deactivated"]}))
        .send();
    let id = added.with_status(201).json()["id"].clone();
    let browser = admin(server, &acme);
    server.wait(16 * 60);
    let path = format!("/console/webhooks/{id}");
    let save = |url: &str, event: &str| {
        let fields = [
            ("url", url),
            ("events", event),
            ("status", "active"),
            ("do", "save"),
        ];
        browser.submit(server, &path, "save", &fields)
    };
    let kept = ("https://example.com/", "operator.deactivated");
    save(kept.0, kept.1).with_status(303);
    for (url, event) in [("https://example.org/", kept.1), (kept.0, "token.revoked")] {
        let answer = save(url, event);
        answer.with_status(403);
        assert_eq!(Page { answer }.name(), "re-authenticate");
    }
}
