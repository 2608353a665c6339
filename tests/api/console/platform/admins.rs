//! The admins of the platform: listed, added and removed.

use super::*;

on_both!(an_admin_adds_another_who_signs_in);
fn an_admin_adds_another_who_signs_in(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let page = browser.open(server, "/console/platform/admins/new");
    check_page(&page);
    let form = page.form("platform-admin");
    let fields = [
        ("login", "Olga"),
        ("password", "her first one"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "platform-admin-secret");
    assert!(page.html().contains("<svg"));
    let secret = page.html().split("data-testid=\"totp-secret\"").nth(1);
    let secret = secret.unwrap().split("<code>").nth(1).unwrap();
    let secret = secret.split('<').next().unwrap();
    let codes = page.html().split("data-testid=\"recovery-codes\"").nth(1);
    let codes = codes.unwrap().split("</ol>").next().unwrap();
    assert_eq!(codes.matches("<li>").count(), 10);
    // The same form makes no second one, and shows nothing again.
    let again = browser.send(server, &form, &fields);
    let list = browser.follow(server, &again);
    check_page(&list);
    assert!(list.text_of("done").contains("cannot be shown again"));
    assert!(!list.html().contains(secret));
    assert_eq!(list.html().matches("<tr data-id=").count(), 2);
    assert!(list.html().contains("<bdi>Olga</bdi>"));
    let (action, actor, target) = audit_of_service(server, 1).remove(0);
    assert_eq!(action, "platform_admin.created");
    assert_eq!(actor, format!("platform-admin:{}", root.id));
    assert!(target.starts_with("platform-admin:"), "{target}");

    let olga = Browser::default();
    let answer = sign_in(&olga, server, "olga", "her first one");
    let second = olga.follow(server, &answer).form("second-factor");
    let code = crate::sessions::code(secret, server.app.clock.now());
    let answer = olga.send(server, &second, &[("code", &code), ("do", "verify")]);
    answer.with_status(303);
    assert!(is_in(server, &olga));
}

on_both!(what_cannot_be_added_is_said_at_its_field);
fn what_cannot_be_added_is_said_at_its_field(server: &Server) {
    let browser = root(server, "root").signed_in(server);
    let long = "x".repeat(73);
    for (login, password, field) in [
        ("ROOT", "secret enough", "login"),
        ("a/b", "secret enough", "login"),
        ("", "secret enough", "login"),
        ("olga", "", "password"),
        ("olga", long.as_str(), "password"),
    ] {
        let fields = [("login", login), ("password", password), ("do", "create")];
        let answer = browser.submit(
            server,
            "/console/platform/admins/new",
            "platform-admin",
            &fields,
        );
        answer.with_status(422);
        let page = Page { answer };
        assert!(
            page.html().contains(&format!("id=\"{field}-error\"")),
            "{login:?}"
        );
        assert_eq!(page.value("login"), login);
        assert!(password.is_empty() || !page.html().contains(password));
    }
}

on_both!(who_is_removed_is_out_on_every_node_at_once);
fn who_is_removed_is_out_on_every_node_at_once(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let node = server.another(&[]);
    let browser = root.signed_in(server);
    let removed = olga.signed_in(server);
    let (half, page) = olga.half_in(&node);
    assert!(is_in(&node, &removed));
    let path = format!("/console/platform/admins/{}/remove", olga.id);
    let question = browser.open(server, &path);
    check_page(&question);
    assert_eq!(question.data("effect", "data-tokens").unwrap(), "0");
    let answer = browser.send(server, &question.form("confirm"), &[("do", "remove")]);
    let list = browser.follow(server, &answer);
    assert!(
        list.text_of("done")
            .contains("olga is no longer a platform admin")
    );
    assert!(!is_in(server, &removed) && !is_in(&node, &removed));
    // A sign-in that was under way leads nowhere, and the password is worth nothing.
    let sent = [("recovery", olga.codes[0].as_str()), ("do", "verify")];
    let answer = half.send(&node, &page.form("second-factor"), &sent);
    answer.with_status(303);
    assert!(!is_in(&node, &half));
    let fresh = Browser::default();
    sign_in(&fresh, &node, "olga", PASSWORD).with_status(422);
    browser.get(server, &path).with_status(404);
    let (action, actor, target) = audit_of_service(server, 1).remove(0);
    assert_eq!(action, "platform_admin.deleted");
    assert_eq!(actor, format!("platform-admin:{}", root.id));
    assert_eq!(target, format!("platform-admin:{}", olga.id));
    // The login is free again, and the id is not given out again.
    let next = super::root(server, "olga");
    assert!(next.id.0 > olga.id.0);
}

on_both!(who_removes_itself_is_signed_out);
fn who_removes_itself_is_signed_out(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let path = format!("/console/platform/admins/{}/remove", root.id);
    let question = browser.open(server, &path);
    for line in [
        "This is your own account",
        "This is the last platform admin",
    ] {
        assert!(question.html().contains(line), "{line}");
    }
    let answer = browser.send(server, &question.form("confirm"), &[("do", "remove")]);
    answer.with_status(303);
    let location = answer.header("location");
    assert_eq!(location, Some("/console/platform/sign-in?signed-out=1"));
    assert!(browser.cookie(COOKIE).is_none());
    assert!(!is_in(server, &browser));
}
