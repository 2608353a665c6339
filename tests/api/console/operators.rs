//! Operators: add, change, off-board with a receipt, and issue a token.

use super::*;
use crate::support::on_both;

on_both!(an_operator_is_added_once_however_often_the_form_is_sent);
fn an_operator_is_added_once_however_often_the_form_is_sent(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/operators/new");
    check_page(&page);
    let fields = [
        ("name", "Nguyễn <b>An</b>"),
        ("external_id", "x-1"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &page.form("operator"), &fields);
    let record = browser.follow(server, &answer);
    check_page(&record);
    assert_eq!(record.name(), "operator");
    assert!(
        record
            .text_of("done")
            .contains("Nguyễn <b>An</b> was added.")
    );
    assert!(!record.html().contains("<b>An"));
    assert_eq!(audit(&acme, 1)[0].0, "operator.created");
    let again = browser.send(server, &page.form("operator"), &fields);
    again.with_status(303);
    assert_eq!(again.header("location"), answer.header("location"));
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 2);
    // What was done is said once.
    let record = browser.open(server, answer.header("location").unwrap());
    assert!(record.tag("done").is_none());

    // What another operator has is said at its field, and everything typed stays.
    let page = browser.open(server, "/console/operators/new");
    let answer = browser.send(server, &page.form("operator"), &fields);
    answer.with_status(422);
    let page = Page { answer };
    assert!(page.html().contains("id=\"external_id-error\""));
    assert_eq!(page.value("external_id"), "x-1");
}

on_both!(a_password_is_made_and_shown_once);
fn a_password_is_made_and_shown_once(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let path = "/console/operators/new";
    let form = browser.open(server, path).form("operator");
    let fields = [
        ("name", "Mia"),
        ("role", "admin"),
        ("username", "mia"),
        ("email", "mia@acme.example"),
        ("make_password", "1"),
        ("do", "create"),
    ];
    let both = [&fields[..], &[("password", "typed")]].concat();
    let wrong = browser.send(server, &form, &both);
    wrong.with_status(422);
    assert!(wrong.text().contains("id=\"password-error\""));
    assert!(
        wrong
            .text()
            .contains("name=\"make_password\" value=\"1\" checked")
    );
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let made = page.text_of("secret");
    for said in [
        "Shown once. Copy it now.",
        "I have stored it",
        "<textarea readonly id=\"secret\"",
    ] {
        assert!(page.html().contains(said), "{said}");
    }
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    assert!(record.text_of("done").contains("was shown then"));
    assert!(!record.html().contains(&made));
    // By the username, and by the email.
    for login in ["acme/mia", "acme/mia@acme.example"] {
        Browser::signed_in(server, login, &made);
    }
    let path = again.header("location").unwrap().to_owned();
    let fields = [
        ("name", "Mia"),
        ("role", "admin"),
        ("username", "mia"),
        ("make_password", "1"),
        ("do", "save"),
    ];
    let answer = browser.submit(server, &path, "operator", &fields);
    answer.with_status(200);
    let next = Page { answer }.text_of("secret");
    assert_ne!(next, made);
    Browser::signed_in(server, "acme/mia", &next);
}

on_both!(a_record_that_was_changed_meanwhile_is_not_overwritten);
fn a_record_that_was_changed_meanwhile_is_not_overwritten(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{lan}");
    let page = browser.open(server, &path);
    let form = page.form("operator");
    server.wait(1);
    let answer = browser.send(
        server,
        &form,
        &[
            ("name", "Lan A"),
            ("email", "lan@a.example"),
            ("do", "save"),
        ],
    );
    let saved = browser.follow(server, &answer);
    assert!(saved.text_of("done").contains("Lan A was saved."));
    let answer = browser.send(server, &form, &[("name", "Lan B"), ("do", "save")]);
    answer.with_status(409);
    let page = Page { answer };
    assert_eq!(page.value("name"), "Lan B");
    assert!(page.html().contains("data-testid=\"newest\""));
    assert!(page.html().contains("lan@a.example"));
    let stored = acme
        .get(&format!("/api/company/operators/{lan}"))
        .send()
        .json();
    assert_eq!(stored["name"], "Lan A");
}

on_both!(off_boarding_says_before_and_after_what_it_does);
fn off_boarding_says_before_and_after_what_it_does(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let tokens = [acme.token_for(lan), acme.token_for(lan)];
    let browser = admin(server, &acme);
    let page = browser.open(server, &format!("/console/operators/{lan}/deactivate"));
    check_page(&page);
    assert!(
        page.html()
            .contains("<h1>Deactivate <strong><bdi>Lan</bdi></strong>?</h1>")
    );
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "2");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "deactivate")]);
    let done = browser.follow(server, &answer);
    let data = |name: &str| done.data("receipt", name).unwrap();
    assert_eq!(
        (data("data-nodes"), data("data-confirmed")),
        ("1".to_owned(), "1".to_owned())
    );
    assert!(data("data-sequence").parse::<i64>().unwrap() > 0);
    for token in &tokens {
        assert_eq!(acme.judge(token), "Token revoked");
    }
    let lines = audit(&acme, 1);
    assert_eq!(lines[0].0, "operator.deactivated");
    assert!(lines[0].1.starts_with("operator:"));
    // A second time there is nothing left to do, and that is no error.
    let page = browser.open(server, &format!("/console/operators/{lan}/deactivate"));
    assert!(!page.has_form("confirm"));
    for (act, status) in [
        ("activate", "active"),
        ("revoke", "active"),
        ("delete", "deleted"),
    ] {
        let path = format!("/console/operators/{lan}/{act}");
        let answer = browser.submit(server, &path, "confirm", &[("do", act)]);
        browser.follow(server, &answer);
        let stored = acme
            .get(&format!("/api/company/operators/{lan}"))
            .send()
            .json();
        assert_eq!(stored["status"], status, "{act}");
    }
}

on_both!(a_token_is_issued_shown_once_and_revoked_with_the_session_that_issued_it);
fn a_token_is_issued_shown_once_and_revoked_with_the_session_that_issued_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{lan}/issue");
    let page = browser.open(server, &path);
    check_page(&page);
    let form = page.form("issue");
    let answer = browser.send(server, &form, &[("minutes", "60"), ("do", "issue")]);
    answer.with_status(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let page = Page { answer };
    let token = page.text_of("secret");
    assert_eq!(acme.judge(&token), "valid");
    assert!(page.html().contains("/api/operator/validate-token"));
    // Sent again, it makes no second token and shows none.
    let again = browser.send(server, &form, &[("minutes", "60"), ("do", "issue")]);
    let record = browser.follow(server, &again);
    assert!(record.text_of("done").contains("was shown then"));
    let answer = browser.submit(
        server,
        &path,
        "issue",
        &[("minutes", "61"), ("do", "issue")],
    );
    answer.with_status(422);

    let sessions = browser.open(server, "/console/sessions");
    let jti = super::tokens::jti(&token);
    let record = browser.open(server, &format!("/console/tokens/{jti}"));
    assert!(!record.html().contains(&token));
    let row = sessions.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap().to_owned();
    assert!(
        record.html().contains(&session),
        "its parent is the session"
    );
    // "This was not me" revokes what was issued in it.
    let csrf = sessions.form("others").hidden("csrf").to_owned();
    let fields = [
        ("csrf", csrf.as_str()),
        ("session", &session),
        ("do", "disown"),
    ];
    browser
        .post(server, "/console/sessions", &fields)
        .with_status(303);
    browser.get(server, "/console").with_status(303);
    assert_eq!(acme.judge(&token), "Token revoked");
    assert_eq!(audit(&acme, 2)[1].0, "session.disowned");
}

on_both!(a_list_is_filtered_and_turned_page_by_page);
fn a_list_is_filtered_and_turned_page_by_page(server: &Server) {
    let acme = server.organization("acme");
    for number in 0..30 {
        acme.operator(&format!("Operator {number}"));
    }
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/operators?limit=25");
    check_page(&page);
    assert_eq!(page.html().matches("<tr data-id").count(), 25);
    let next = page.html().split("rel=\"next\" href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let second = browser.open(server, &next);
    assert_eq!(second.html().matches("<tr data-id").count(), 6);
    let found = browser.open(server, "/console/operators?q=OLGA");
    assert_eq!(found.html().matches("<tr data-id").count(), 1);
    let nothing = browser.open(server, "/console/operators?q=%00x&status=deleted");
    assert!(nothing.tag("nothing").is_some());
    let odd = browser.open(server, "/console/operators?limit=7&status=odd&cursor=x");
    assert!(odd.html().contains("limit, status"));
}
