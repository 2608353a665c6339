//! Every act asks who the admin is, and a form that had to wait comes back.

use super::*;

const NEW: &str = "/console/platform/admins/new";

on_both!(an_act_asks_for_a_code_after_a_quarter_of_an_hour);
fn an_act_asks_for_a_code_after_a_quarter_of_an_hour(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    server.wait(10 * 60);
    let form = browser.open(server, NEW).form("platform-admin");
    server.wait(6 * 60);
    let fields = [
        ("login", "olga"),
        ("password", "typed once"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(403);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "platform-re-authenticate");
    assert!(!page.html().contains("typed once"));
    let again = page.form("re-authenticate");
    let before = browser.copy();
    for wrong in ["", "000000"] {
        let answer = browser.send(server, &again, &[("code", wrong), ("do", "confirm")]);
        answer.with_status(422);
    }
    let code = root.code(server);
    let answer = browser.send(server, &again, &[("code", &code), ("do", "confirm")]);
    answer.with_status(200);
    // The form is back, filled in and not sent; the cookie is another one.
    let page = Page { answer };
    assert_eq!(page.name(), "platform-admin-new");
    assert_eq!(page.value("login"), "olga");
    assert_eq!(page.value("password"), "");
    assert!(!is_in(server, &before) && is_in(server, &browser));
    let answer = browser.send(server, &page.form("platform-admin"), &fields);
    answer.with_status(200);
    assert_eq!(Page { answer }.name(), "platform-admin-secret");
}

on_both!(every_act_asks_but_those_on_ones_own_sessions);
fn every_act_asks_but_those_on_ones_own_sessions(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    server.wait(10 * 60);
    let csrf = browser.open(server, "/console/platform/account");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    server.wait(6 * 60);
    for path in [
        NEW.to_owned(),
        format!("/console/platform/admins/{}/remove", root.id),
    ] {
        let fields = [("csrf", csrf.as_str()), ("do", "remove")];
        let answer = browser.post(server, &path, &fields);
        answer.with_status(403);
        assert_eq!(Page { answer }.name(), "platform-re-authenticate", "{path}");
    }
    let fields = [("csrf", csrf.as_str()), ("do", "end-others")];
    let answer = browser.post(server, "/console/platform/account", &fields);
    answer.with_status(303);
}

on_both!(a_form_after_the_end_of_the_session_comes_back);
fn a_form_after_the_end_of_the_session_comes_back(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let browser = root.signed_in(server);
    let form = browser.open(server, NEW).form("platform-admin");
    server.wait(16 * 60);
    let fields = [("login", "lan"), ("password", "typed"), ("do", "create")];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(401);
    let page = Page { answer };
    assert_eq!(page.name(), "platform-sign-in");
    assert!(!page.html().contains("\"typed\""));
    let resume = |login: &str, code: &str| {
        let browser = browser.copy();
        let fields = [("login", login), ("password", PASSWORD), ("do", "sign-in")];
        let answer = browser.send(server, &page.form("sign-in"), &fields);
        answer.with_status(200);
        let second = Page { answer };
        assert_eq!(second.name(), "platform-second-factor");
        let form = second.form("second-factor");
        browser.send(server, &form, &[("recovery", code), ("do", "verify")])
    };
    let answer = resume("root", &root.codes[0]);
    answer.with_status(200);
    let back = Page { answer };
    assert_eq!(back.name(), "platform-admin-new");
    assert_eq!(back.value("login"), "lan");
    // Another admin does not see what was typed.
    let answer = resume("olga", &olga.codes[0]);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/platform"));
}

on_both!(a_form_is_refused_in_order);
fn a_form_is_refused_in_order(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let form = browser.open(server, NEW).form("platform-admin");
    let fields = [
        ("csrf", form.hidden("csrf")),
        ("once", form.hidden("once")),
        ("login", "olga"),
        ("password", "x"),
    ];
    let foreign = [("origin", "https://evil.example")];
    let answer = browser.post_with(server, NEW, &fields, &foreign);
    answer.with_status(403);
    assert!(answer.text().contains("This form was not sent from here"));
    let answer = browser.post(server, NEW, &fields[1..]);
    answer.with_status(403);
    assert!(answer.text().contains("This form is out of date"));
    browser.post(server, NEW, &fields).with_status(400);
    let nobody = Browser::default();
    nobody.post(server, NEW, &fields).with_status(401);
}
