//! Who gets in to the platform, and who does not.

use std::io::Write;

use lanyard::audit::Actor;
use lanyard::login::job::record_failed_logins;
use lanyard::seal;
use tempfile::NamedTempFile;

use super::*;

on_both!(an_admin_signs_in_with_a_password_and_a_code);
fn an_admin_signs_in_with_a_password_and_a_code(server: &Server) {
    let root = root(server, "Root");
    let browser = Browser::default();
    let answer = browser.get(server, &format!("{PAGE}?tz=UTC&x=1"));
    answer.with_status(303);
    assert_eq!(
        answer.header("location"),
        Some("/console/platform/sign-in?next=%2Fconsole%2Fplatform%2Fadmins%3Fx%3D1")
    );
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert!(page.html().contains("Sign in to the platform"));
    let form = page.form("sign-in");
    let fields = [
        ("login", " rOOT "),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    let answer = browser.send(server, &form, &fields);
    let half = browser.cookie(COOKIE).unwrap();
    let page = browser.follow(server, &answer);
    check_page(&page);
    // The password alone opens nothing.
    assert!(!is_in(server, &browser));
    let form = page.form("second-factor");
    let missing = browser.send(server, &form, &[("do", "verify")]);
    missing.with_status(422);
    let code = root.code(server);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let answer = browser.send(server, &form, &[("code", &spaced), ("do", "verify")]);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "platform-admins");
    assert!(
        page.html()
            .contains("<title>Platform admins – Platform – Lanyard</title>")
    );
    assert_ne!(browser.cookie(COOKIE).unwrap(), half);
    // Who is signed in is led on.
    let again = browser.get(server, "/console/platform/sign-in");
    assert_eq!(
        again.with_status(303).header("location"),
        Some("/console/platform")
    );
    let (action, actor, target) = audit_of_service(server, 1).remove(0);
    assert_eq!(action, "platform_admin.signed_in");
    assert_eq!(actor, format!("platform-admin:{}", root.id));
    assert!(target.starts_with("session:"), "{target}");
}

/// The page without what differs from one time to the next.
fn plain(answer: &Answer) -> String {
    let page = Page {
        answer: answer.clone(),
    };
    let csrf = page.form("sign-in").hidden("csrf").to_owned();
    let typed = page.value("login");
    page.html()
        .replace(&csrf, "CSRF")
        .replace(&format!("value=\"{typed}\""), "value=\"LOGIN\"")
}

on_both!(whatever_is_wrong_looks_the_same);
fn whatever_is_wrong_looks_the_same(server: &Server) {
    root(server, "root");
    let acme = server.organization("acme");
    let mut pages = Vec::new();
    for (login, password) in [
        ("root", "wrong"),
        ("nobody", PASSWORD),
        ("acme", acme.password.as_str()),
        ("acme/root", PASSWORD),
        ("a b \u{202e}", PASSWORD),
    ] {
        let browser = Browser::default();
        let answer = sign_in(&browser, server, login, password);
        answer.with_status(422);
        assert!(browser.cookie(COOKIE).is_none());
        assert!(!answer.text().contains(&format!("value=\"{password}\"")));
        pages.push(plain(&answer));
    }
    assert!(pages[0].contains("The login or the password is wrong."));
    for page in &pages {
        assert_eq!(*page, pages[0]);
    }
    let app = &server.app;
    record_failed_logins(&app.db, &app.logins.failed, true).unwrap();
    let (action, actor, _) = audit_of_service(server, 1).remove(0);
    assert_eq!(action, "platform_admin.sign_in_failed");
    assert_eq!(actor, "anonymous");
}

on_both!(
    attempts_are_throttled_as_everywhere,
    "login.throttle=true",
    "login.lockout_after=3"
);
fn attempts_are_throttled_as_everywhere(server: &Server) {
    let root = root(server, "root");
    let browser = Browser::default();
    let mut last = 0;
    for _ in 0..8 {
        let answer = sign_in(&browser, server, "root", "wrong");
        last = answer.status;
        if last == 429 {
            assert!(answer.header("retry-after").is_some());
            assert!(answer.text().contains("Too many attempts"));
            break;
        }
    }
    assert_eq!(last, 429);
    // The right password waits too.
    sign_in(&browser, server, &root.login, PASSWORD).with_status(429);
}

on_both!(a_code_works_once_on_every_node);
fn a_code_works_once_on_every_node(server: &Server) {
    let root = root(server, "root");
    let other = server.another(&[]);
    let (first, page) = root.half_in(server);
    let (second, again) = root.half_in(&other);
    let code = root.code(server);
    let sent = [("code", code.as_str()), ("do", "verify")];
    first
        .send(server, &page.form("second-factor"), &sent)
        .with_status(303);
    let form = again.form("second-factor");
    second.send(&other, &form, &sent).with_status(422);
    let recovery = [("recovery", root.codes[0].as_str()), ("do", "verify")];
    second.send(&other, &form, &recovery).with_status(303);
    let (third, page) = root.half_in(server);
    let form = page.form("second-factor");
    third.send(server, &form, &recovery).with_status(422);
    assert!(is_in(server, &second) && is_in(&other, &first));
}

on_both!(five_wrong_codes_end_the_attempt);
fn five_wrong_codes_end_the_attempt(server: &Server) {
    let root = root(server, "root");
    let (browser, page) = root.half_in(server);
    let form = page.form("second-factor");
    let mut names = Vec::new();
    for _ in 0..5 {
        let answer = browser.send(server, &form, &[("code", "000000"), ("do", "verify")]);
        answer.with_status(422);
        names.push(Page { answer }.name());
    }
    assert_eq!(names[3], "platform-second-factor");
    assert_eq!(names[4], "platform-sign-in");
    let code = root.code(server);
    let answer = browser.send(server, &form, &[("code", &code), ("do", "verify")]);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/platform/sign-in"));
    assert!(!is_in(server, &browser));
}

on_both!(a_sign_in_form_of_another_site_is_refused);
fn a_sign_in_form_of_another_site_is_refused(server: &Server) {
    let root = root(server, "root");
    let browser = Browser::default();
    let path = "/console/platform/sign-in";
    let csrf = browser.open(server, path).form("sign-in");
    let csrf = csrf.hidden("csrf").to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("login", root.login.as_str()),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    for origin in ["https://evil.example", "null"] {
        let answer = browser.post_with(server, path, &fields, &[("origin", origin)]);
        answer.with_status(403);
    }
    browser.post(server, path, &fields[1..]).with_status(403);
    browser.post(server, path, &fields[..3]).with_status(400);
    // Where to go on is a page of the platform only.
    for next in [
        "//evil.example",
        "/console/tokens",
        "/console/platform/../x",
    ] {
        let page = browser.open(server, &format!("{path}?next={next}"));
        assert_eq!(page.form("sign-in").hidden("next"), "/console/platform");
    }
    browser.post(server, path, &fields).with_status(303);
}

on_both!(a_second_factor_survives_another_master_key);
fn a_second_factor_survives_another_master_key(server: &Server) {
    let root = root(server, "root");
    // The harness's own master key.
    let mut old = NamedTempFile::new().unwrap();
    old.write_all("31".repeat(32).as_bytes()).unwrap();
    let previous = format!("previous_master_key_files={}", old.path().display());
    let new = format!("master_key={}", "32".repeat(32));
    let between = server.another(&[&new, &previous]);
    let (app, by) = (&between.app, Actor::CommandLine);
    let (masters, now) = (app.tokens.keys.masters(), app.clock.now());
    let reseal = |conn: &mut Conn| seal::reseal(conn, masters, &by, now);
    assert_eq!(app.db.write_blocking(reseal).unwrap().total(), 2);
    let renewed = server.another(&[&new]);
    assert!(is_in(&renewed, &root.signed_in(&renewed)));
}
