//! What ends a session of the platform.

use lanyard::restore;

use super::*;

/// The ids of the sessions on the page of the account.
fn listed(server: &Server, browser: &Browser) -> Vec<String> {
    let page = browser.open(server, "/console/platform/account");
    check_page(&page);
    let rows = page.html().split("<tr data-id=\"").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned())
        .collect()
}

on_both!(a_session_ends_when_it_is_idle_and_when_it_is_old);
fn a_session_ends_when_it_is_idle_and_when_it_is_old(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let page = browser.open(server, PAGE);
    assert!(
        page.html()
            .contains("this session ends at 2030-01-01 00:15:30")
    );
    server.wait(14 * 60 + 59);
    assert!(is_in(server, &browser));
    server.wait(15 * 60);
    assert!(!is_in(server, &browser));

    let browser = root.signed_in(server);
    for _ in 0..17 {
        server.wait(14 * 60);
        assert!(is_in(server, &browser));
    }
    server.wait(2 * 60);
    assert!(!is_in(server, &browser));
}

on_both!(
    how_long_a_session_lasts_is_a_setting,
    "console.platform_session_idle=1m",
    "console.platform_session_lifetime=2m"
);
fn how_long_a_session_lasts_is_a_setting(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    for _ in 0..2 {
        server.wait(59);
        assert!(is_in(server, &browser));
    }
    server.wait(2);
    assert!(!is_in(server, &browser));
}

on_both!(staying_signed_in_is_a_use_of_the_session);
fn staying_signed_in_is_a_use_of_the_session(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let page = browser.open(server, "/console/platform/account");
    let csrf = page.form("others").hidden("csrf").to_owned();
    server.wait(14 * 60);
    let keep = "/console/platform/session/keep";
    let answer = browser.post(server, keep, &[("csrf", csrf.as_str())]);
    answer.with_status(303);
    server.wait(14 * 60);
    assert!(is_in(server, &browser));
}

on_both!(signing_out_ends_the_session);
fn signing_out_ends_the_session(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let old = browser.copy();
    let other = server.another(&[]);
    let page = browser.open(server, "/console/platform/account");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let path = "/console/platform/sign-out";
    let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
    let answer = browser.post(server, path, &fields);
    answer.with_status(303);
    let location = answer.header("location");
    assert_eq!(location, Some("/console/platform/sign-in?signed-out=1"));
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\""));
    assert!(browser.cookie(COOKIE).is_none());
    assert!(!is_in(server, &old) && !is_in(&other, &old));
    let (action, actor, _) = audit_of_service(server, 1).remove(0);
    assert_eq!(action, "session.ended");
    assert_eq!(actor, format!("platform-admin:{}", root.id));
}

on_both!(an_admin_ends_its_own_sessions_and_no_others);
fn an_admin_ends_its_own_sessions_and_no_others(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let (one, two) = (root.signed_in(server), root.signed_in(server));
    let foreign = olga.signed_in(server);
    let node = server.another(&[]);
    let ids = listed(server, &one);
    assert_eq!(ids.len(), 2);
    let page = one.open(server, "/console/platform/account");
    let form = page.form("others");
    // That of another admin is not there.
    let others = listed(server, &foreign);
    let answer = one.send(server, &form, &[("session", &others[0]), ("do", "end")]);
    answer.with_status(404);
    assert!(is_in(server, &foreign));
    let answer = one.send(server, &form, &[("do", "end-others")]);
    let page = one.follow(server, &answer);
    assert!(
        page.text_of("done").contains("1 other session has ended."),
        "{}",
        page.html()
    );
    assert!(is_in(server, &one) && !is_in(server, &two) && !is_in(&node, &two));
    let third = root.signed_in(server);
    let before = listed(server, &one);
    let theirs = before.iter().find(|id| !ids.contains(id)).unwrap();
    let answer = one.send(server, &form, &[("session", theirs), ("do", "end")]);
    one.follow(server, &answer);
    assert!(!is_in(server, &third));
    // Its own session.
    let own = &listed(server, &one)[0];
    let answer = one.send(server, &form, &[("session", own), ("do", "end")]);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/platform/sign-in"));
    assert!(!is_in(server, &one) && one.cookie(COOKIE).is_none());
}

on_both!(an_id_that_the_browser_brings_is_never_adopted);
fn an_id_that_the_browser_brings_is_never_adopted(server: &Server) {
    let root = root(server, "root");
    let first = root.signed_in(server);
    let before = first.cookie(COOKIE).unwrap();
    let old = first.copy();
    server.wait(30);
    // Signing in again in the same browser ends its former session.
    let fields = [("login", "root"), ("password", PASSWORD), ("do", "sign-in")];
    let fresh = Browser::default();
    let form = fresh
        .open(server, "/console/platform/sign-in")
        .form("sign-in");
    first.set_cookie("lanyard_pre", &fresh.cookie("lanyard_pre").unwrap());
    first.send(server, &form, &fields).with_status(303);
    assert_ne!(first.cookie(COOKIE).unwrap(), before);
    assert!(!is_in(server, &old));
    let planted = Browser::default();
    planted.set_cookie(COOKIE, &"A".repeat(43));
    assert!(!is_in(server, &planted));
    sign_in(&planted, server, "root", PASSWORD).with_status(303);
    assert_ne!(planted.cookie(COOKIE).unwrap(), "A".repeat(43));
}

// No entry of the feed ends these sessions.
on_both!(a_restore_ends_every_session);
fn a_restore_ends_every_session(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let app = &server.app;
    app.nodes.feed.stop();
    app.nodes.feed.deregister();
    let watched = restore::watch(&app.db).unwrap();
    let (keys, now) = (&app.tokens.keys, app.clock.now());
    restore::restore(&app.db, keys, &watched, None, now).unwrap();
    let restored = server.another(&[]);
    assert!(!is_in(&restored, &browser));
    let again = root.signed_in(&restored);
    assert!(is_in(&restored, &again));
}

on_both!(an_admin_stores_a_language_of_its_own);
fn an_admin_stores_a_language_of_its_own(server: &Server) {
    let (root, olga) = (root(server, "root"), super::root(server, "olga"));
    let browser = root.signed_in(server);
    let path = "/console/platform/account";
    // It needs no code, like what an admin does with its sessions.
    let form = browser.open(server, path).form("account-language");
    server.wait(14 * 60);
    assert!(is_in(server, &browser));
    server.wait(2 * 60);
    let lines = audit_of_service(server, 1);
    let answer = browser.send(
        server,
        &form,
        &[("language", "xx"), ("do", "save-language")],
    );
    answer.with_status(422);
    assert!(answer.text().contains("id=\"language-error\""));
    let answer = browser.send(
        server,
        &form,
        &[("language", "vi"), ("do", "save-language")],
    );
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert!(page.html().contains("<html lang=\"vi\""));
    assert!(
        page.text_of("done")
            .contains("Ngôn ngữ của bạn đã được lưu.")
    );
    assert_eq!(audit_of_service(server, 1), lines);
    // It is there in another browser, from the page of the second factor on.
    server.wait(30);
    let (other, page) = root.half_in(server);
    assert!(page.html().contains("<html lang=\"vi\""));
    let code = root.code(server);
    let fields = [("code", code.as_str()), ("do", "verify")];
    let answer = other.send(server, &page.form("second-factor"), &fields);
    answer.with_status(303);
    let page = other.open(server, PAGE);
    assert!(page.html().contains("<html lang=\"vi\""));
    let page = olga.signed_in(server).open(server, PAGE);
    assert!(page.html().contains("<html lang=\"en\""));

    // A choice that waited for a sign-in comes back.
    let form = other.open(server, path).form("account-language");
    server.wait(16 * 60);
    let fields = [("language", "zh-CN"), ("do", "save-language")];
    let answer = other.send(server, &form, &fields);
    answer.with_status(401);
    let fields = [("login", "root"), ("password", PASSWORD), ("do", "sign-in")];
    let answer = other.send(server, &Page { answer }.form("sign-in"), &fields);
    answer.with_status(200);
    let form = Page { answer }.form("second-factor");
    let fields = [("recovery", root.codes[0].as_str()), ("do", "verify")];
    let answer = other.send(server, &form, &fields);
    answer.with_status(200);
    assert!(answer.text().contains("<option value=\"zh-CN\" selected>"));
}
