//! Company tokens: issuing, labels, rotating with an overlap, and "this was not me".

use super::tokens::jti;
use super::*;
use crate::support::{Answer, on_both};

/// Whether a company token is accepted.
pub(super) fn works(server: &Server, token: &str) -> bool {
    let answer = server.get("/api/company/organization").bearer(token).send();
    answer.status == 200
}

fn set(acme: &Organization<'_>, policy: &serde_json::Value) {
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": policy}))
        .send()
        .with_status(200);
}

/// Returns the secret that a form was answered with.
pub(super) fn secret(answer: Answer) -> String {
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "secret");
    page.text_of("secret")
}

/// Issues a company token in the console.
pub(super) fn issue(server: &Server, browser: &Browser, label: &str) -> String {
    let fields = [("label", label), ("note", "for the test"), ("do", "create")];
    let path = "/console/rotation/new";
    secret(browser.submit(server, path, "company-token", &fields))
}

on_both!(a_further_company_token_is_issued_once_with_its_label);
fn a_further_company_token_is_issued_once_with_its_label(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/rotation/new");
    check_page(&page);
    let form = page.form("company-token");
    let fields = [("label", "Till 3"), ("note", "new shop"), ("do", "create")];
    let token = secret(browser.send(server, &form, &fields));
    assert!(works(server, &token));
    assert_eq!(audit(&acme, 1)[0].0, "company_token.issued");
    // The same form again: no second token, and no secret.
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    check_page(&record);
    assert!(record.text_of("done").contains("was shown then"));
    for shown in ["Till 3", "new shop", &jti(&token)] {
        assert!(record.html().contains(shown), "{shown}");
    }
    assert!(!record.html().contains(&token));
    let line = acme.get(&format!("/api/company/tokens/{}", jti(&token)));
    let line = line.send().with_status(200).json();
    assert_eq!(line["label"], "Till 3");
    assert_eq!(line["note"], "new shop");
    let list = browser.open(server, "/console/rotation");
    check_page(&list);
    assert_eq!(
        list.html()
            .matches(&format!("<tr data-id=\"{}\"", jti(&token)))
            .count(),
        1
    );
    let path = "/console/rotation/new";
    let long = "x".repeat(201);
    let fields = [("label", long.as_str()), ("do", "create")];
    let wrong = browser.submit(server, path, "company-token", &fields);
    wrong.with_status(422);
    assert!(wrong.text().contains("id=\"label-error\""));
}

on_both!(a_session_that_is_disowned_takes_its_company_tokens_along);
fn a_session_that_is_disowned_takes_its_company_tokens_along(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let token = issue(server, &browser, "Mine");
    let derived = server
        .post("/api/operator/get-token")
        .bearer(&token)
        .json(&json!({"id": lan}))
        .send()
        .string();
    // A thief of the token may have rotated it before the session is disowned.
    let successor = server.post("/api/company/rotate-token").bearer(&token);
    let successor = successor.send().with_status(200).string();
    let page = browser.open(server, "/console/sessions");
    let row = page.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap();
    let record = browser.open(server, &format!("/console/tokens/{}", jti(&token)));
    assert!(record.html().contains(session), "its session");
    acme.post(&format!("/api/company/tokens/{session}/revoke"))
        .send()
        .with_status(204);
    for token in [&token, &successor] {
        assert!(!works(server, token));
    }
    assert_eq!(acme.judge(&derived), "Token revoked");
    assert!(works(server, &acme.token), "what is not of the session");
}

on_both!(a_successor_is_revoked_with_the_session_that_received_it);
fn a_successor_is_revoked_with_the_session_that_received_it(server: &Server) {
    let acme = server.organization("acme");
    let (mine, thief) = (
        admin(server, &acme),
        Browser::signed_in(server, &acme.login, &acme.password),
    );
    let rotate = |browser: &Browser, token: &str| {
        let path = format!("/console/rotation/{}/rotate", jti(token));
        let fields = [("overlap", "policy"), ("do", "rotate")];
        secret(browser.submit(server, &path, "rotate", &fields))
    };
    let disown_session_of = |token: &str| {
        let line = acme.get(&format!("/api/company/tokens/{}", jti(token)));
        let line = line.send().json();
        let session = line["parent"].as_str().unwrap();
        acme.post(&format!("/api/company/tokens/{session}/revoke"))
            .send()
            .with_status(204);
    };
    // The token is of no session, or of another one.
    let (of_none, of_mine) = (acme.another_token(), issue(server, &mine, "Mine"));
    let successors = [rotate(&thief, &of_none), rotate(&thief, &of_mine)];
    disown_session_of(&successors[0]);
    for successor in &successors {
        assert!(!works(server, successor));
    }
    assert!(works(server, &of_none) && works(server, &of_mine));

    // A session that is disowned revokes the successors of its tokens, in whatever session they
    // were issued.
    let first = issue(server, &mine, "Till");
    let other = Browser::signed_in(server, &acme.login, &acme.password);
    let second = rotate(&other, &first);
    disown_session_of(&first);
    assert!(!works(server, &first) && !works(server, &second));
    assert!(works(server, &of_none) && !works(server, &of_mine));
}

on_both!(an_admin_rotates_with_an_overlap_that_the_policy_allows);
fn an_admin_rotates_with_an_overlap_that_the_policy_allows(server: &Server) {
    let acme = server.organization("acme");
    set(&acme, &json!({"rotationGraceSeconds": 7_200}));
    let browser = admin(server, &acme);
    let old = issue(server, &browser, "Till");
    let path = format!("/console/rotation/{}/rotate", jti(&old));
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(page.html().contains("value=\"policy\" checked"));
    assert!(page.html().contains("value=\"3600\""));
    assert!(
        !page.html().contains("value=\"86400\""),
        "longer than the policy"
    );
    for overlap in ["86400", "0", "x", ""] {
        let fields = [("overlap", overlap), ("do", "rotate")];
        let wrong = browser.send(server, &page.form("rotate"), &fields);
        assert_eq!(wrong.status, 422, "{overlap}: {wrong}");
    }
    let form = page.form("rotate");
    let fields = [("overlap", "3600"), ("do", "rotate")];
    let new = secret(browser.send(server, &form, &fields));
    assert!(works(server, &new) && works(server, &old));
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    assert!(record.html().contains(&jti(&new)), "the successor's record");
    let line = acme.get(&format!("/api/company/tokens/{}", jti(&new)));
    assert_eq!(line.send().json()["label"], "Till", "it keeps the label");
    // A program that still has the old one receives the same successor.
    let rotated = server.post("/api/company/rotate-token").bearer(&old).send();
    assert_eq!(jti(&rotated.with_status(200).string()), jti(&new));
    // An admin receives it once only.
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("rotate"));
    assert!(page.html().contains(&jti(&new)));
    server.wait(3_599);
    assert!(works(server, &old));
    server.wait(1);
    assert!(!works(server, &old) && works(server, &new));
}

on_both!(labels_and_what_is_due);
fn labels_and_what_is_due(server: &Server) {
    let acme = server.organization("acme");
    set(&acme, &json!({"rotationPeriodDays": 30}));
    let browser = admin(server, &acme);
    let path = format!("/console/rotation/{}/label", jti(&acme.token));
    let page = browser.open(server, &path);
    check_page(&page);
    let form = page.form("label-form");
    let save = |label: &str| browser.send(server, &form, &[("label", label), ("do", "save")]);
    let answer = save("Back office & co");
    let record = browser.follow(server, &answer);
    assert!(record.text_of("done").contains("Back office & co"));
    assert_eq!(audit(&acme, 1)[0].0, "company_token.labelled");
    // Another admin opened the form before.
    let stale = save("Other");
    stale.with_status(409);
    let page = Page { answer: stale };
    assert!(page.tag("newest").is_some());
    assert_eq!(page.value("label"), "Other");
    let fields = [("label", "Other"), ("do", "save")];
    browser
        .send(server, &page.form("label-form"), &fields)
        .with_status(303);

    let due = || browser.open(server, "/console/rotation?due=1");
    assert!(due().tag("nothing").is_some());
    server.wait(31 * 86_400);
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let page = browser.open(server, "/console/rotation?due=1");
    check_page(&page);
    let row = format!("<tr data-id=\"{}\"", jti(&acme.token));
    assert!(page.html().contains(&row));
    assert!(page.html().contains("Other"));
    assert!(page.tag("signing-keys").is_some());
    assert!(page.tag("next-runs").is_some());
    let odd = browser.open(server, "/console/rotation?due=7&cursor=x");
    check_page(&odd);
    assert!(odd.text_of("ignored").contains("due") || odd.html().contains("due"));
}

on_both!(a_note_is_kept_with_the_token);
fn a_note_is_kept_with_the_token(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{lan}/issue");
    let fields = [("minutes", "60"), ("note", "Ticket 7"), ("do", "issue")];
    let token = secret(browser.submit(server, &path, "issue", &fields));
    assert_eq!(acme.judge(&token), "valid");
    let record = browser.open(server, &format!("/console/tokens/{}", jti(&token)));
    assert!(record.html().contains("Ticket 7"));
    let long = "x".repeat(201);
    let fields = [("minutes", "60"), ("note", long.as_str()), ("do", "issue")];
    let wrong = browser.submit(server, &path, "issue", &fields);
    wrong.with_status(422);
    assert!(wrong.text().contains("id=\"note-error\""));
}

on_both!(a_session_that_has_ended_is_not_called_valid);
fn a_session_that_has_ended_is_not_called_valid(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/sessions");
    let row = page.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap().to_owned();
    let csrf = page.form("others").hidden("csrf").to_owned();
    let path = format!("/api/company/tokens/{session}");
    assert_eq!(acme.get(&path).send().json()["status"], "valid");
    let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
    browser
        .post(server, "/console/sign-out", &fields)
        .with_status(303);
    let line = acme.get(&path).send().json();
    assert_eq!(line["status"], "expired");
    assert_eq!(line["reason"], "session_ended");
    assert_eq!(line["by"]["action"], "session.ended");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let fields = [("token", session.as_str()), ("do", "explain")];
    let answer = browser.submit(server, "/console/tokens/explain", "explain", &fields);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(
        page.data("verdict", "data-reason").unwrap(),
        "session_ended"
    );
}

on_both!(tokens_that_were_revoked_before_are_not_counted);
fn tokens_that_were_revoked_before_are_not_counted(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (one, other) = (acme.token_for(lan), acme.token_for(lan));
    let browser = admin(server, &acme);
    acme.post(&format!("/api/company/tokens/{}/revoke", jti(&one)))
        .send()
        .with_status(204);
    let path = format!(
        "/console/tokens/revoke?jti={}&jti={}",
        jti(&one),
        jti(&other)
    );
    let page = browser.open(server, &path);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "1");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("receipt").contains("1 token is revoked."));
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("confirm"));
}
