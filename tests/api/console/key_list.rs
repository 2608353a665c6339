//! The list of API keys: finding keys, and revoking those that were selected.

use super::api_keys::made;
use super::*;
use crate::support::on_both;

on_both!(keys_are_found_by_words_scope_use_and_end);
fn keys_are_found_by_words_scope_use_and_end(server: &Server) {
    use super::lists::ids;
    let acme = server.organization("acme");
    let (day, now) = (86_400, server.app.clock.now());
    let end = |days: u64| {
        now.plus(std::time::Duration::from_secs(days * day))
            .to_string()
    };
    let (old, text) = made(&acme, &json!({"name": "Xuất Báo cáo", "scopes": ["read"]}));
    server.wait(1);
    let (idle, _) = made(&acme, &json!({"name": "Idle", "scopes": ["read", "write"]}));
    server.wait(40 * day);
    let late = acme.another_token();
    let acme = acme.with_token(&late);
    let members = json!({"name": "Till", "scopes": ["write"], "environment": "test",
        "expires_at": end(50), "allowed_ips": ["10.0.0.0/8"]});
    let (till, _) = made(&acme, &members);
    let used = server.get("/v1/profile").header("x-api-key", &text).send();
    used.with_status(200);
    server.app.keys.uses.write(&server.app.db).unwrap();
    let browser = admin(server, &acme);
    let found = |query: &str| {
        let page = browser.open(server, &format!("/console/api-keys?{query}"));
        check_page(&page);
        assert!(page.tag("ignored").is_none(), "{query}");
        ids(&page)
    };
    let all = [till.clone(), idle.clone(), old.clone()];
    assert_eq!(found(""), all);
    for (query, expected) in [
        ("q=bao+xuat", vec![&old]),
        ("q=nobody", vec![]),
        (&format!("q={idle}"), vec![&idle]),
        ("scope=write", vec![&till, &idle]),
        ("scope=write&environment=live", vec![&idle]),
        ("unused=30", vec![&idle]),
        ("unused=41", vec![]),
        ("expires=30", vec![&till]),
        ("expires=7", vec![]),
    ] {
        assert_eq!(
            found(query),
            expected.into_iter().cloned().collect::<Vec<_>>(),
            "{query}"
        );
    }
    let page = browser.open(server, "/console/api-keys");
    let row = |id: &str| {
        let row = page
            .html()
            .split(&format!("<tr data-id=\"{id}\">"))
            .nth(1)
            .unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    assert!(row(&till).contains("10.0.0.0/8") && row(&idle).contains("any address"));
    let used = row(&old);
    assert!(used.contains("<code>127.0.0.1</code>"), "{used}");
    let plot = used
        .split("data-label=\"Uses in 30 days\">")
        .nth(1)
        .unwrap();
    assert!(plot.starts_with("1<svg class=\"spark\""), "{plot}");
    assert!(
        used.contains(&format!("{}…{}", &text[..12], &text[text.len() - 4..])),
        "{used}"
    );
    let odd = "q=x&scope=odd&unused=0&expires=x&state=odd&environment=odd";
    let page = browser.open(server, &format!("/console/api-keys?{odd}"));
    let names = "state, environment, scope, unused, expires";
    assert!(page.text_of("ignored").contains(names), "{}", page.html());
}

on_both!(selected_keys_are_revoked_together);
fn selected_keys_are_revoked_together(server: &Server) {
    let acme = server.organization("acme");
    let keys = ["One", "Two", "Three"].map(|name| {
        let members = json!({"name": name, "scopes": ["read"]});
        made(&acme, &members)
    });
    let theirs = server.organization("other");
    let (foreign, _) = made(&theirs, &json!({"name": "Theirs", "scopes": ["read"]}));
    let browser = admin(server, &acme);
    let list = browser.open(server, "/console/api-keys");
    assert_eq!(list.html().matches("name=\"key\" value=\"key_").count(), 3);
    let path = format!(
        "/console/api-keys/selected?key={}&key={}",
        keys[0].0, keys[1].0
    );
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(page.html().contains("<h1>Revoke 2 API keys?</h1>"));
    let warned = "1 of these keys was used within the last 7 days";
    assert!(!page.html().contains(warned));
    let used = server
        .get("/v1/profile")
        .header("x-api-key", &keys[0].1)
        .send();
    used.with_status(200);
    server.app.keys.uses.write(&server.app.db).unwrap();
    let page = browser.open(server, &path);
    assert!(page.html().contains(warned), "{}", page.html());
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("receipt").contains("2 API keys are revoked."));
    let works = |text: &str| {
        let answer = server.get("/v1/profile").header("x-api-key", text).send();
        answer.status == 200
    };
    assert_eq!(
        keys.each_ref().map(|key| works(&key.1)),
        [false, false, true]
    );
    let lines = audit(&acme, 2);
    assert!(
        lines.iter().all(|line| line.0 == "api_key.revoked"),
        "{lines:?}"
    );
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("confirm"));
    assert!(page.html().contains("There is nothing left to do."));
    assert!(!page.html().contains("Revoke 0") && page.tag("effect").is_none());
    for path in [
        format!("/console/api-keys/selected?key={foreign}"),
        format!("/console/api-keys/selected?key={}&key={foreign}", keys[2].0),
        "/console/api-keys/selected".to_owned(),
    ] {
        browser.get(server, &path).with_status(404);
    }
}
