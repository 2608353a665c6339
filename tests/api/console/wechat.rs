//! WeChat apps.

use super::*;
use crate::support::on_both;

on_both!(an_app_is_added_changed_and_removed_and_its_secret_is_never_shown);
fn an_app_is_added_changed_and_removed_and_its_secret_is_never_shown(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let list = browser.open(server, "/console/wechat");
    check_page(&list);
    assert!(list.tag("empty").is_some());
    let page = browser.open(server, "/console/wechat/new");
    check_page(&page);
    let form = page.form("wechat-app");
    let fields = [
        ("app_id", "wx0123456789abcdef"),
        ("secret", "s3cret-of-wechat"),
        ("on_unknown", "refuse"),
        ("do", "create"),
    ];
    let with = |name: &'static str, value: &'static str| {
        let others = fields.iter().filter(|(known, _)| *known != name).copied();
        let all: Vec<_> = others.chain([(name, value)]).collect();
        let answer = browser.send(server, &form, &all);
        answer.with_status(422);
        let html = answer.text();
        assert!(html.contains(&format!("id=\"{name}-error\"")), "{name}");
        assert!(!html.contains("s3cret"));
    };
    with("app_id", "not an id");
    with("secret", "");
    with("role", "admin");
    with("role", "not a role");
    let record = browser.follow(server, &browser.send(server, &form, &fields));
    check_page(&record);
    assert!(record.text_of("done").contains("wx0123456789abcdef"));
    assert!(!record.html().contains("s3cret"));
    browser.send(server, &form, &fields).with_status(303);
    let taken = browser.submit(server, "/console/wechat/new", "wechat-app", &fields);
    taken.with_status(422);
    let path = "/console/wechat/apps/wx0123456789abcdef";
    let form = record.form("save");
    let change = [("on_unknown", "create"), ("role", "buyer"), ("do", "save")];
    let saved = browser.follow(server, &browser.send(server, &form, &change));
    check_page(&saved);
    let app = acme.get("/api/v1/wechat-apps/wx0123456789abcdef").send();
    let app = app.json();
    assert_eq!(
        (&app["on_unknown"], &app["role"]),
        (&json!("create"), &json!("buyer"))
    );
    let answer = browser.send(server, &form, &change);
    answer.with_status(409);
    assert!(Page { answer }.tag("newest").is_some());

    let page = browser.open(server, &format!("{path}/remove"));
    check_page(&page);
    let answer = browser.send(server, &page.form("confirm"), &[("do", "remove")]);
    browser.follow(server, &answer);
    browser.get(server, path).with_status(404);
    assert_eq!(audit(&acme, 1)[0].0, "wechat_app.deleted");
}
