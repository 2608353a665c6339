//! What an admin has typed is kept when an act has ended its session.

use lanyard::restore;

use super::*;

const NEW: &str = "/console/platform/admins/new";

/// Sends a form of an admin whose session has ended. Returns the page that asks for a sign-in.
fn send(server: &Server, browser: &Browser, form: &crate::console::browser::Form) -> Page {
    let fields = [("login", "lan"), ("password", "typed"), ("do", "create")];
    let answer = browser.send(server, form, &fields);
    answer.with_status(401);
    let page = Page { answer };
    assert_eq!(page.name(), "platform-sign-in");
    assert!(!page.html().contains("\"typed\""));
    page
}

/// Signs in with the page that answered a form.
fn resume(server: &Server, browser: &Browser, page: &Page, login: &str, code: &str) -> Answer {
    let browser = browser.copy();
    let fields = [("login", login), ("password", PASSWORD), ("do", "sign-in")];
    let answer = browser.send(server, &page.form("sign-in"), &fields);
    answer.with_status(200);
    let form = Page { answer }.form("second-factor");
    browser.send(server, &form, &[("recovery", code), ("do", "verify")])
}

/// Whether a page keeps a form.
fn keeps(page: &Page) -> bool {
    page.html().contains("name=\"resume\"")
}

on_both!(a_form_is_kept_when_an_act_has_ended_its_session);
fn a_form_is_kept_when_an_act_has_ended_its_session(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let account = "/console/platform/account";
    for (number, act) in ["others", "one", "all"].into_iter().enumerate() {
        let browser = root.signed_in(server);
        let form = browser.open(server, NEW).form("platform-admin");
        let own = browser.open(server, account);
        let own = own.html().split("<tr data-id=\"").nth(1).unwrap();
        let own = own.split('"').next().unwrap().to_owned();
        let elsewhere = root.signed_in(server);
        match act {
            "others" => {
                let fields = [("do", "end-others")];
                elsewhere
                    .submit(server, account, "others", &fields)
                    .with_status(303);
            }
            "one" => {
                let fields = [("session", own.as_str()), ("do", "end")];
                elsewhere
                    .submit(server, account, "others", &fields)
                    .with_status(303);
            }
            _ => {
                let (id, now) = (root.id, server.app.clock.now());
                let origin = Origin::command_line();
                let end = |conn: &mut Conn| platform::end_all(conn, id, &origin, now);
                server.app.db.write_blocking(end).unwrap().unwrap();
            }
        }
        let page = send(server, &browser, &form);
        check_page(&page);
        assert!(keeps(&page), "{act}: {}", page.html());
        // Another admin does not see what was typed.
        let answer = resume(server, &browser, &page, "olga", &olga.codes[number]);
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some("/console/platform"));
        let answer = resume(server, &browser, &page, "root", &root.codes[number]);
        answer.with_status(200);
        let back = Page { answer };
        assert_eq!(back.name(), "platform-admin-new");
        assert_eq!(back.value("login"), "lan");
    }
}

on_both!(a_form_is_kept_when_a_restore_has_ended_its_session);
fn a_form_is_kept_when_a_restore_has_ended_its_session(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let form = browser.open(server, NEW).form("platform-admin");
    let app = &server.app;
    app.nodes.feed.stop();
    app.nodes.feed.deregister();
    let watched = restore::watch(&app.db).unwrap();
    let (keys, now) = (&app.tokens.keys, app.clock.now());
    restore::restore(&app.db, keys, &watched, None, now).unwrap();
    let restored = &server.another(&[]);
    assert!(!is_in(restored, &browser));
    let page = send(restored, &browser, &form);
    assert!(keeps(&page));
    let answer = resume(restored, &browser, &page, "root", &root.codes[0]);
    answer.with_status(200);
    assert_eq!(Page { answer }.value("login"), "lan");
}

on_both!(nothing_is_kept_for_an_admin_who_was_removed);
fn nothing_is_kept_for_an_admin_who_was_removed(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let browser = olga.signed_in(server);
    let ended = olga.signed_in(server);
    let forms = [&browser, &ended].map(|one| one.open(server, NEW).form("platform-admin"));
    let fields = [("do", "end-others")];
    browser
        .submit(server, "/console/platform/account", "others", &fields)
        .with_status(303);
    assert!(keeps(&send(server, &ended, &forms[1])));
    let path = format!("/console/platform/admins/{}/remove", olga.id);
    let root = root.signed_in(server);
    root.submit(server, &path, "confirm", &[("do", "remove")])
        .with_status(303);
    for (browser, form) in [&browser, &ended].into_iter().zip(&forms) {
        let page = send(server, browser, form);
        assert!(!keeps(&page), "{}", page.html());
        assert!(page.html().contains("Nothing was done."));
    }
}
