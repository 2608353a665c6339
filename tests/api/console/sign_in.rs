//! Who gets in, and who does not.

use diesel::prelude::*;
use lanyard::db::schema::organizations;
use lanyard::db::{Conn, Result};

use super::*;
use crate::support::{Answer, on_both};

/// The page without what differs from one time to the next.
fn plain(answer: &Answer) -> String {
    let page = Page {
        answer: answer.clone(),
    };
    let form = page.form("sign-in");
    let typed = page.value("login");
    page.html()
        .replace(form.hidden("csrf"), "CSRF")
        .replace(&format!("value=\"{typed}\""), "value=\"LOGIN\"")
}

on_both!(an_organization_and_its_operators_sign_in);
fn an_organization_and_its_operators_sign_in(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    operator(&acme, "otto", "auditor");
    for login in ["acme", "ACME", "acme/olga", "Acme/OLGA", " acme/otto "] {
        let password = if login.contains('/') {
            PASSWORD
        } else {
            &acme.password
        };
        let browser = Browser::signed_in(server, login, password);
        let page = browser.open(server, "/console");
        check_page(&page);
        assert_eq!(page.name(), "overview");
    }
    let lines = audit(&acme, 5);
    assert_eq!(lines[0].0, "operator.signed_in");
    assert_eq!(lines[4].0, "login.succeeded");
    assert!(lines[4].1.starts_with("session:"), "{lines:?}");
}

// Releases before 0.2 took logins with a slash.
on_both!(a_text_that_is_a_login_as_a_whole_is_that_one);
fn a_text_that_is_a_login_as_a_whole_is_that_one(server: &Server) {
    let (acme, older) = (server.organization("acme"), server.organization("older"));
    operator(&acme, "olga", "admin");
    operator(&acme, "otto", "admin");
    let rename = |conn: &mut Conn| -> Result<usize> {
        let rows = organizations::table.filter(organizations::login.eq("older"));
        let values = (
            organizations::login.eq("acme/olga"),
            organizations::login_key.eq("acme/olga"),
            organizations::login_fold.eq(Some("acme/olga")),
        );
        Ok(diesel::update(rows).set(values).execute(conn)?)
    };
    assert_eq!(server.app.db.write_blocking(rename).unwrap(), 1);
    let status = |login: &str, password: &str| {
        let browser = Browser::default();
        browser.sign_in(server, login, password).status
    };
    assert_eq!(status("acme/olga", &older.password), 303);
    assert_eq!(status("acme/olga", PASSWORD), 422);
    assert_eq!(status("acme/otto", PASSWORD), 303);
    // A bare name is an organization's.
    assert_eq!(status("acme", &acme.password), 303);
    assert_eq!(status("otto", PASSWORD), 422);
}

on_both!(whatever_is_wrong_looks_the_same);
fn whatever_is_wrong_looks_the_same(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    operator(&acme, "lan", "sales");
    let inactive = operator(&acme, "gone", "admin");
    acme.patch(&format!("/api/company/operators/{inactive}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    let mut pages = Vec::new();
    for (login, password) in [
        ("acme", "wrong"),
        ("nobody", PASSWORD),
        ("acme/olga", "wrong"),
        ("acme/nobody", PASSWORD),
        ("nobody/olga", PASSWORD),
        ("acme/lan", PASSWORD),
        ("acme/gone", PASSWORD),
        ("a b/\u{202e}", PASSWORD),
    ] {
        let browser = Browser::default();
        let answer = browser.sign_in(server, login, password);
        answer.with_status(422);
        assert!(browser.cookie("lanyard_console").is_none());
        assert!(
            !answer.text().contains(&format!("value=\"{password}\"")),
            "it comes back"
        );
        pages.push(plain(&answer));
    }
    assert!(pages[0].contains("The login or the password is wrong."));
    for page in &pages {
        assert_eq!(*page, pages[0]);
    }
}

on_both!(password_managers_know_the_fields);
fn password_managers_know_the_fields(server: &Server) {
    let page = Browser::default().open(server, "/console/sign-in");
    check_page(&page);
    let field = |name: &str| {
        let field = page
            .html()
            .split(&format!("<input id=\"{name}\""))
            .nth(1)
            .unwrap();
        field.split('>').next().unwrap().to_owned()
    };
    assert!(field("login").contains("autocomplete=\"username\""));
    assert!(field("password").contains("autocomplete=\"current-password\""));
    assert!(page.html().contains("name=\"do\" value=\"sign-in\""));
    assert!(page.html().contains(">Sign in</button>"));
}

on_both!(what_is_missing_is_said_at_its_field);
fn what_is_missing_is_said_at_its_field(server: &Server) {
    let browser = Browser::default();
    let answer = browser.sign_in(server, "", "");
    answer.with_status(422);
    let page = Page { answer };
    check_page(&page);
    assert!(
        page.html()
            .contains("<title>Error: Sign in to the console – Lanyard</title>")
    );
    for field in ["login", "password"] {
        assert!(
            page.html().contains(&format!("href=\"#{field}\"")),
            "{field}"
        );
        assert!(
            page.html().contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    assert_eq!(page.html().matches("aria-invalid=\"true\"").count(), 2);
}

on_both!(
    attempts_are_throttled_as_everywhere,
    "login.throttle=true",
    "login.lockout_after=3"
);
fn attempts_are_throttled_as_everywhere(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::default();
    let mut last = 0;
    for _ in 0..8 {
        let answer = browser.sign_in(server, "acme", "wrong");
        last = answer.status;
        if last == 429 {
            assert!(answer.header("retry-after").is_some());
            assert!(answer.text().contains("Too many attempts"));
            break;
        }
    }
    assert_eq!(last, 429);
    // The API counts the same attempts.
    let api = server
        .post("/api/company/get-token")
        .json(&json!({"login": "acme", "password": acme.password}))
        .send();
    api.with_status(429);
}

on_both!(the_cookie_is_new_at_each_sign_in_and_invalid_after_the_sign_out);
fn the_cookie_is_new_at_each_sign_in_and_invalid_after_the_sign_out(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::default();
    // An id that the browser brings is never adopted.
    let planted = "A".repeat(43);
    browser.set_cookie("lanyard_console", &planted);
    browser
        .sign_in(server, "acme", &acme.password)
        .with_status(303);
    let first = browser.cookie("lanyard_console").unwrap();
    assert_ne!(first, planted);
    let old = browser.copy();
    let again = Browser::default();
    again.set_cookie("lanyard_console", &first);
    // Who is signed in is led on.
    again.get(server, "/console/sign-in").with_status(303);
    let page = browser.open(server, "/console");
    let csrf = page.html().split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap().to_owned();
    let answer = browser.post(
        server,
        "/console/sign-out",
        &[("csrf", &csrf), ("do", "sign-out")],
    );
    answer.with_status(303);
    assert_eq!(
        answer.header("location"),
        Some("/console/sign-in?signed-out=1")
    );
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\""));
    assert!(browser.cookie("lanyard_console").is_none());
    let answer = old.get(server, "/console/operators?status=all");
    answer.with_status(303);
    assert_eq!(
        answer.header("location"),
        Some("/console/sign-in?next=%2Fconsole%2Foperators%3Fstatus%3Dall")
    );
    let page = old.follow(server, &answer);
    assert_eq!(
        page.form("sign-in").hidden("next"),
        "/console/operators?status=all"
    );
}

on_both!(the_second_factor_is_asked_for_and_its_codes_work_once);
fn the_second_factor_is_asked_for_and_its_codes_work_once(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let (_, codes) = totp(&acme, olga);
    let browser = Browser::default();
    let answer = browser.sign_in(server, "acme/olga", PASSWORD);
    let first = browser.cookie("lanyard_console").unwrap();
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert_eq!(page.name(), "second-factor");
    // The password alone opens nothing.
    browser.get(server, "/console").with_status(303);
    let form = page.form("second-factor");
    let wrong = browser.send(server, &form, &[("code", "000000"), ("do", "verify")]);
    wrong.with_status(422);
    let sent = [("recovery", codes[0].as_str()), ("do", "verify")];
    browser.send(server, &form, &sent).with_status(303);
    assert_ne!(browser.cookie("lanyard_console").unwrap(), first);
    assert_eq!(browser.open(server, "/console").name(), "overview");

    // The same code does not work again, and five wrong ones end the attempt.
    let other = Browser::default();
    let answer = other.sign_in(server, "acme/olga", PASSWORD);
    let page = other.follow(server, &answer);
    let form = page.form("second-factor");
    let mut names = Vec::new();
    for _ in 0..5 {
        let answer = other.send(server, &form, &sent);
        answer.with_status(422);
        names.push(Page { answer }.name());
    }
    assert_eq!(
        names,
        [
            "second-factor",
            "second-factor",
            "second-factor",
            "second-factor",
            "sign-in"
        ]
    );
    let fresh = [("recovery", codes[1].as_str()), ("do", "verify")];
    let answer = other.send(server, &form, &fresh);
    answer.with_status(303);
    assert_eq!(answer.header("location"), Some("/console/sign-in"));
}

on_both!(the_root_leads_a_browser_to_the_console);
fn the_root_leads_a_browser_to_the_console(server: &Server) {
    let browser = server
        .get("/")
        .header("accept", "text/html,*/*;q=0.8")
        .send();
    browser.with_status(303);
    assert_eq!(browser.header("location"), Some("/console"));
    server.get("/").send().with_status(404);
    let there = server
        .get("/console/nowhere")
        .header("accept", "text/html")
        .send();
    there.with_status(303);
}
