//! Forms that were kept while their person signed in again.

use super::*;
use crate::support::{Answer, on_both};

/// Signs in with the sign-in page that answered a form.
fn sign_in(server: &Server, browser: &Browser, form: &browser::Form) -> Answer {
    let fields = [
        ("login", "acme/olga"),
        ("password", PASSWORD),
        ("do", "sign-in"),
    ];
    browser.send(server, form, &fields)
}

on_both!(who_may_no_longer_change_a_record_gets_no_form_back);
fn who_may_no_longer_change_a_record_gets_no_form_back(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let pages = [
        (format!("/console/operators/{lan}"), "operator"),
        ("/console/operators/new".to_owned(), "operator"),
        (format!("/console/operators/{lan}/issue"), "issue"),
        ("/console/api-keys/new".to_owned(), "api-key"),
        ("/console/oauth-clients/new".to_owned(), "oauth-client"),
        ("/console/roles".to_owned(), "role"),
        ("/console/wechat/new".to_owned(), "wechat-app"),
        ("/console/rotation/new".to_owned(), "company-token"),
        (
            format!(
                "/console/rotation/{}/label",
                super::tokens::jti(&acme.token)
            ),
            "label-form",
        ),
        ("/console/webhooks/new".to_owned(), "webhook"),
        ("/console/organization".to_owned(), "organization-form"),
    ];
    let forms = pages.map(|(path, id)| {
        let form = browser.open(server, &path).form(id);
        (path, form)
    });
    server.wait(31 * 60);
    let kept = forms.map(|(path, form)| {
        let answer = browser.send(server, &form, &[("name", "x"), ("do", "save")]);
        answer.with_status(401);
        (path, Page { answer }.form("sign-in"))
    });
    acme.patch(&format!("/api/company/operators/{olga}"))
        .json(&json!({"role": "auditor"}))
        .send()
        .with_status(200);
    for (path, form) in kept {
        assert!(!form.hidden("resume").is_empty());
        let answer = sign_in(server, &browser.copy(), &form);
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some(path.as_str()));
    }
}

on_both!(signing_out_after_the_end_of_the_session_leads_to_a_page);
fn signing_out_after_the_end_of_the_session_leads_to_a_page(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    for path in ["/console/sign-out", "/console/session/keep"] {
        let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
        let page = browser.open(server, "/console/sessions");
        let csrf = page.form("others").hidden("csrf").to_owned();
        server.wait(31 * 60);
        let answer = browser.post(server, path, &[("csrf", csrf.as_str())]);
        answer.with_status(401);
        let answer = sign_in(server, &browser, &Page { answer }.form("sign-in"));
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some("/console"), "{path}");
        assert_eq!(browser.follow(server, &answer).name(), "overview");
    }
}

/// Ends the session of an operator by an act.
type Act = fn(&Server, &Organization<'_>, i64);

on_both!(a_form_is_kept_when_an_act_has_ended_its_session);
fn a_form_is_kept_when_an_act_has_ended_its_session(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    operator(&acme, "mia", "admin");
    let acts: [(&str, Act); 3] = [
        ("end others", |server, _, _| {
            let other = Browser::signed_in(server, "acme/olga", PASSWORD);
            let fields = [("do", "end-others")];
            other
                .submit(server, "/console/sessions", "others", &fields)
                .with_status(303);
        }),
        ("a role and back", |_, acme, olga| {
            for role in ["auditor", "admin"] {
                acme.patch(&format!("/api/company/operators/{olga}"))
                    .json(&json!({"role": role}))
                    .send()
                    .with_status(200);
            }
        }),
        ("a second factor and back", |_, acme, olga| {
            totp(acme, olga);
            acme.delete(&format!("/api/company/operators/{olga}/totp"))
                .send()
                .with_status(204);
        }),
    ];
    for (name, act) in acts {
        let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
        let path = "/console/operators/new";
        let form = browser.open(server, path).form("operator");
        act(server, &acme, olga);
        let answer = browser.send(server, &form, &[("name", "Lan"), ("do", "create")]);
        answer.with_status(401);
        let page = Page { answer };
        assert!(page.html().contains("name=\"resume\""), "{name}");
        // Somebody else does not see what was typed.
        let fields = [
            ("login", "acme/mia"),
            ("password", PASSWORD),
            ("do", "sign-in"),
        ];
        let answer = browser.copy().send(server, &page.form("sign-in"), &fields);
        answer.with_status(303);
        assert_eq!(answer.header("location"), Some("/console"), "{name}");
        let answer = sign_in(server, &browser, &page.form("sign-in"));
        answer.with_status(200);
        let back = Page { answer };
        assert_eq!(back.name(), "operator-new", "{name}");
        assert_eq!(back.value("name"), "Lan", "{name}");
    }
}

on_both!(a_form_of_the_organizations_own_account_is_kept_when_an_act_has_ended_its_session);
fn a_form_of_the_organizations_own_account_is_kept_when_an_act_has_ended_its_session(
    server: &Server,
) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let form = browser
        .open(server, "/console/operators/new")
        .form("operator");
    let other = Browser::signed_in(server, "acme", &acme.password);
    let fields = [("do", "end-others")];
    other
        .submit(server, "/console/sessions", "others", &fields)
        .with_status(303);
    let answer = browser.send(server, &form, &[("name", "Lan"), ("do", "create")]);
    answer.with_status(401);
    let fields = [
        ("login", "acme"),
        ("password", acme.password.as_str()),
        ("do", "sign-in"),
    ];
    let form = Page { answer }.form("sign-in");
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    assert_eq!(Page { answer }.value("name"), "Lan");
}

on_both!(nothing_is_kept_for_an_operator_who_may_not_sign_in_any_more);
fn nothing_is_kept_for_an_operator_who_may_not_sign_in_any_more(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let form = browser
        .open(server, "/console/operators/new")
        .form("operator");
    acme.delete(&format!("/api/company/operators/{olga}"))
        .send()
        .with_status(204);
    let answer = browser.send(server, &form, &[("name", "Lan"), ("do", "create")]);
    answer.with_status(401);
    assert!(!answer.text().contains("name=\"resume\""));
}
