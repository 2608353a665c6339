//! One's own account: password and second factor.

use super::*;
use crate::support::on_both;

on_both!(a_new_password_ends_the_other_sessions_only);
fn a_new_password_ends_the_other_sessions_only(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let other = Browser::signed_in(server, "acme/olga", PASSWORD);
    let path = "/console/account/password";
    for (fields, field) in [
        ([("current", ""), ("new", "x")], "current"),
        ([("current", "wrong"), ("new", "x")], "current"),
        ([("current", PASSWORD), ("new", "")], "new"),
    ] {
        let all = [&fields[..], &[("do", "save")]].concat();
        let answer = browser.submit(server, path, "password-form", &all);
        answer.with_status(422);
        assert!(answer.text().contains(&format!("id=\"{field}-error\"")));
    }
    let fields = [
        ("current", PASSWORD),
        ("new", "another one"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, path, "password-form", &fields);
    let page = browser.follow(server, &answer);
    check_page(&page);
    assert!(page.text_of("done").contains("Your password is changed."));
    other.get(server, "/console").with_status(303);
    let ended = acme.get("/api/company/audit?action=session.ended");
    let ended = ended.send().items();
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(ended[0]["actor"].as_str().unwrap().starts_with("operator:"));
    Browser::signed_in(server, "acme/olga", "another one");
}

on_both!(a_new_password_needs_a_proof_of_late);
fn a_new_password_needs_a_proof_of_late(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let path = "/console/account/password";
    server.wait(16 * 60);
    let fields = [
        ("current", PASSWORD),
        ("new", "another one"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, path, "password-form", &fields);
    answer.with_status(403);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "re-authenticate");
    Browser::signed_in(server, "acme/olga", PASSWORD);
    let proof = [("password", PASSWORD), ("do", "confirm")];
    let answer = browser.send(server, &page.form("re-authenticate"), &proof);
    let page = browser.follow(server, &answer);
    assert_eq!(page.name(), "account-password");
    let answer = browser.send(server, &page.form("password-form"), &fields);
    let page = browser.follow(server, &answer);
    assert!(page.text_of("done").contains("Your password is changed."));
}

on_both!(a_second_factor_is_in_force_after_a_right_code);
fn a_second_factor_is_in_force_after_a_right_code(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let other = Browser::signed_in(server, "acme/olga", PASSWORD);
    let page = browser.open(server, "/console/account/totp");
    check_page(&page);
    assert!(page.html().contains("<svg"));
    let secret = page
        .html()
        .split("data-testid=\"totp-secret\"")
        .nth(1)
        .unwrap();
    let secret = secret
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let form = page.form("totp");
    let wrong = browser.send(server, &form, &[("code", "000000"), ("do", "enable")]);
    wrong.with_status(422);
    assert!(wrong.text().contains(&secret), "the same secret again");
    Browser::signed_in(server, "acme/olga", PASSWORD);
    let code = crate::sessions::code(&secret, server.app.clock.now());
    let answer = browser.send(server, &form, &[("code", &code), ("do", "enable")]);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "account-recovery-codes");
    let codes = page
        .html()
        .split("data-testid=\"recovery-codes\"")
        .nth(1)
        .unwrap();
    let codes = codes.split("</ol>").next().unwrap();
    assert_eq!(codes.matches("<li>").count(), 10);
    // This session goes on, the others end, and the next sign-in asks for a code.
    assert_eq!(browser.open(server, "/console").name(), "overview");
    other.get(server, "/console").with_status(303);
    let next = Browser::default();
    let answer = next.sign_in(server, "acme/olga", PASSWORD);
    assert_eq!(next.follow(server, &answer).name(), "second-factor");

    let answer = browser.submit(
        server,
        "/console/account/totp",
        "confirm",
        &[("do", "disable")],
    );
    let page = browser.follow(server, &answer);
    assert!(
        page.text_of("done")
            .contains("Your second factor is removed.")
    );
    // What had ended stays so.
    other.get(server, "/console").with_status(303);
    Browser::signed_in(server, "acme/olga", PASSWORD);
}

on_both!(the_account_of_the_organization_has_neither_page);
fn the_account_of_the_organization_has_neither_page(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let page = browser.open(server, "/console/account");
    check_page(&page);
    for path in ["/console/account/password", "/console/account/totp"] {
        browser.get(server, path).with_status(404);
    }
}
