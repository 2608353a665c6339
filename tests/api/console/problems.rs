//! What cannot be answered is a page in the person's language, and for programs an error of the API.

use super::*;
use crate::support::{Answer, on_both};

/// Sends a call of a person who reads Vietnamese.
fn in_vietnamese(call: crate::support::client::Call<'_>) -> Page {
    let call = call.header("cookie", "lanyard_lang=vi");
    let answer = call.header("accept-language", "en").send();
    Page { answer }
}

on_both!(faults_are_pages_in_the_language_of_the_person);
fn faults_are_pages_in_the_language_of_the_person(server: &Server) {
    let large = || {
        server
            .post("/console/sign-in")
            .body(FORM, "a=".repeat(40_000))
    };
    let json = || {
        let call = server.post("/console/sign-in");
        call.body("application/json", "{}")
    };
    let method = || server.get("/console/sign-out");
    for (call, status, said) in [
        (large(), 413, "quá lớn"),
        (json(), 415, "Không đọc được"),
        (method(), 405, "Không có trang này"),
    ] {
        let page = in_vietnamese(call);
        page.answer.with_status(status);
        check_page(&page);
        assert_eq!(page.name(), "problem");
        assert!(page.html().contains("<html lang=\"vi\""), "{status}");
        assert!(page.html().contains(said), "{status}: {}", page.html());
        let id = page.answer.header("x-request-id").unwrap();
        assert!(page.html().contains(id), "{status}");
        assert!(page.html().contains("href=\"/console\""), "the way back");
        let again = "href=\"/console/sign-in\">Mở lại trang";
        assert_eq!(page.html().contains(again), status != 405, "{status}");
    }
    assert_eq!(method().send().header("allow"), Some("POST"));
    for (call, status, code) in [
        (large(), 413, "payload_too_large"),
        (json(), 415, "unsupported_media_type"),
        (method(), 405, "method_not_allowed"),
    ] {
        let answer = call.header("accept", "application/json").send();
        answer.with_status(status);
        assert_eq!(answer.json()["error"], code);
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

on_both!(
    what_cannot_be_hashed_now_is_a_page_that_leads_back,
    "login.throttle=false",
    "login.hash_queue=1",
    "login.bcrypt_cost=11"
);
fn what_cannot_be_hashed_now_is_a_page_that_leads_back(server: &Server) {
    let page = Browser::default();
    let form = page.open(server, "/console/sign-in").form("sign-in");
    let browsers: Vec<_> = (0..8).map(|_| page.copy()).collect();
    let sent: Vec<Answer> = std::thread::scope(|scope| {
        let form = &form;
        let callers: Vec<_> = browsers
            .into_iter()
            .map(|browser| {
                scope.spawn(move || {
                    let fields = [("login", "nobody"), ("password", "x"), ("do", "sign-in")];
                    browser.send(server, form, &fields)
                })
            })
            .collect();
        let callers = callers.into_iter();
        callers.map(|caller| caller.join().unwrap()).collect()
    });
    let full = sent.into_iter().find(|answer| answer.status == 503);
    let page = Page {
        answer: full.unwrap(),
    };
    check_page(&page);
    assert_eq!(page.name(), "problem");
    assert!(page.answer.header("retry-after").is_some());
    assert!(page.html().contains("href=\"/console/sign-in\""));
}

on_both!(a_program_gets_the_error_of_the_api);
fn a_program_gets_the_error_of_the_api(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "audrey", "auditor");
    let browser = admin(server, &acme);
    let auditor = Browser::signed_in(server, "acme/audrey", PASSWORD);
    let page = browser.open(server, "/console/operators/new");
    let form = page.form("operator");
    let program = ("accept", "application/json");
    let own = ("origin", browser::ORIGIN);
    let error = |answer: &Answer, status: u16| {
        answer.with_status(status);
        let body = answer.json();
        assert!(body["error_description"].is_string(), "{body}");
        let policy = answer.header("content-security-policy");
        assert!(policy.unwrap().starts_with("default-src 'none'"));
        let kind = answer.header("content-type").unwrap();
        assert!(kind.starts_with("application/json"), "{kind}");
        body["error"].as_str().unwrap().to_owned()
    };
    let send = |browser: &Browser, fields: &[(&str, &str)]| {
        let hidden = form.hidden.iter();
        let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain(fields.iter().copied()).collect();
        browser.post_with(server, &form.action, &all, &[own, program])
    };
    let refused = send(&browser, &[("name", ""), ("do", "create")]);
    assert_eq!(error(&refused, 422), "invalid_request");
    let page = auditor.open(server, "/console/sessions");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let fields = [("csrf", csrf.as_str()), ("do", "create")];
    let not_allowed = auditor.post_with(server, &form.action, &fields, &[own, program]);
    assert_eq!(error(&not_allowed, 403), "forbidden");
    // What it is, and what can be done.
    let said = "Your role does not allow this – An auditor sees every page and changes nothing. Ask \
                somebody with the role admin.";
    assert_eq!(not_allowed.json()["error_description"], said);
    let nobody = send(&Browser::default(), &[("do", "create")]);
    assert_eq!(error(&nobody, 401), "invalid_credentials");
    let record = format!("/console/operators/{}", acme.operator("Lan"));
    let version = browser.open(server, &record).form("operator");
    let rename = |name: &str, headers: &[(&str, &str)]| {
        let hidden = version.hidden.iter();
        let hidden = hidden.map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = hidden.chain([("name", name), ("do", "save")]).collect();
        browser.post_with(server, &version.action, &all, headers)
    };
    rename("Lan Anh", &[own]).with_status(303);
    assert_eq!(error(&rename("Lan", &[own, program]), 409), "conflict");
    let answer = browser.post_with(server, "/console/operators/999999", &[], &[own, program]);
    assert_eq!(error(&answer, 403), "forbidden", "no csrf");
}
