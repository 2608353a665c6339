//! The service's own webhooks.

use super::*;
use crate::webhooks::Post;
use crate::webhooks::receiver::{Receiver, Reply};

const LIST: &str = "/console/platform/webhooks";

on_both!(
    a_webhook_of_the_service_is_added_tested_tried_again_and_removed,
    "webhooks.allow_private=true",
    "webhooks.max_attempts=1"
);
fn a_webhook_of_the_service_is_added_tested_tried_again_and_removed(server: &Server) {
    let acme = server.organization("acme");
    let receiver = Receiver::start([Reply::Status(500)]);
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let empty = browser.open(server, LIST);
    check_page(&empty);
    assert!(empty.tag("empty").is_some());
    let new = format!("{LIST}/new");
    let page = browser.open(server, &new);
    check_page(&page);
    let form = page.form("webhook");
    let url = receiver.url("/");
    let fields = [
        ("url", url.as_str()),
        ("events", "key.rotated"),
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
    assert!(path.starts_with(LIST));
    let id = path.rsplit('/').next().unwrap();
    let added = (
        "webhook.created".to_owned(),
        format!("platform-admin:{}", root.id),
        format!("webhook:{id}"),
    );
    assert_eq!(audit_of_service(server, 1), [added]);
    // It is none of an organization.
    assert_eq!(acme.get("/api/company/webhooks").send().items().len(), 0);

    let mut post = Post::new(server);
    let answer = browser.submit(server, &path, "acts", &[("do", "test")]);
    browser.follow(server, &answer);
    post.deliver();
    let page = browser.open(server, &path);
    assert!(page.html().contains("status 500"));
    let answer = browser.submit(server, &path, "acts", &[("do", "retry")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("done").contains("1 message is tried"));
    post.deliver();
    let page = browser.open(server, &path);
    assert!(!page.html().contains("status 500"));

    let fields = [
        ("url", url.as_str()),
        ("events", "key.rotated"),
        ("events", "audit.sealed"),
        ("status", "inactive"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, &path, "save", &fields);
    let saved = browser.follow(server, &answer);
    check_page(&saved);
    assert!(saved.html().contains("audit.sealed"));
    let page = browser.open(server, &format!("{path}/delete"));
    check_page(&page);
    let answer = browser.send(server, &page.form("confirm"), &[("do", "delete")]);
    browser.follow(server, &answer);
    browser.get(server, &path).with_status(404);
}
