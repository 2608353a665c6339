//! What holds for all acts of the console: who may do them, which ask for a proof, and which only pages
//! and commands have.

use super::laws::{filled, paths, things};
use super::*;
use crate::support::on_both;

/// What an auditor may send, and the import, which is no urlencoded form (`import.rs` tries it).
const NOT_TRIED: [&str; 9] = [
    "/console/tokens/explain",
    "/console/sign-out",
    "/console/session/keep",
    "/console/re-authenticate",
    "/console/account",
    "/console/account/password",
    "/console/account/totp",
    "/console/sessions",
    "/console/operators/import",
];

on_both!(an_auditor_sends_no_form_but_those_about_itself);
fn an_auditor_sends_no_form_but_those_about_itself(server: &Server) {
    let acme = server.organization("acme");
    let things = things(&acme);
    operator(&acme, "otto", "auditor");
    let auditor = Browser::signed_in(server, "acme/otto", PASSWORD);
    let page = auditor.open(server, "/console/sessions");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let before = audit(&acme, 1);
    // Also when the last proof was long ago: the right comes first.
    for wait in [0, 16 * 60] {
        server.wait(wait);
        auditor.open(server, "/console");
        let all = paths("POST");
        assert!(all.len() > 35, "{all:?}");
        for path in all
            .iter()
            .filter(|path| !NOT_TRIED.contains(&path.as_str()))
        {
            let path = filled(path, &things);
            let path = path.split('?').next().unwrap();
            let fields = [("csrf", csrf.as_str()), ("do", "save"), ("once", "x")];
            let answer = auditor.post(server, path, &fields);
            assert_eq!(answer.status, 403, "{path}");
            assert!(
                answer.text().contains("Your role does not allow this"),
                "{path}"
            );
        }
    }
    assert_eq!(audit(&acme, 1), before);
}

on_both!(what_reveals_or_widens_asks_for_a_proof);
fn what_reveals_or_widens_asks_for_a_proof(server: &Server) {
    let acme = server.organization("acme");
    let things = things(&acme);
    let browser = admin(server, &acme);
    server.wait(16 * 60);
    let csrf = browser.open(server, "/console/sessions");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    let before = audit(&acme, 1);
    let (operator, client) = (things.operator, &things.client);
    let base = format!("/console/operators/{operator}");
    let forms: Vec<(String, Vec<(&str, &str)>)> = vec![
        (
            format!("{base}/issue"),
            vec![("minutes", "60"), ("do", "issue")],
        ),
        (
            format!("{base}/reset-second-factor"),
            vec![("do", "reset-second-factor")],
        ),
        (base.clone(), vec![("role", "admin"), ("do", "save")]),
        (base.clone(), vec![("username", "lan"), ("do", "save")]),
        (
            base.clone(),
            vec![("password", "a new one"), ("do", "save")],
        ),
        (base, vec![("make_password", "1"), ("do", "save")]),
        (
            "/console/operators/new".into(),
            vec![("role", "admin"), ("do", "create")],
        ),
        ("/console/api-keys/new".into(), vec![("do", "create")]),
        (
            format!("/console/api-keys/{}/rotate", things.key),
            vec![("do", "rotate")],
        ),
        (
            format!("/console/api-keys/{}", things.key),
            vec![("scope", "read"), ("scope", "write"), ("do", "save")],
        ),
        ("/console/oauth-clients/new".into(), vec![("do", "create")]),
        (
            format!("/console/oauth-clients/{client}/secrets"),
            vec![("do", "add")],
        ),
        ("/console/rotation/new".into(), vec![("do", "create")]),
        (
            format!("/console/rotation/{}/rotate", things.company),
            vec![("do", "rotate")],
        ),
        ("/console/webhooks/new".into(), vec![("do", "create")]),
        (
            format!("/console/webhooks/{}", things.webhook),
            vec![
                ("url", "https://example.com/other"),
                ("events", "token.revoked"),
                ("status", "active"),
                ("do", "save"),
            ],
        ),
        ("/console/wechat/new".into(), vec![("do", "create")]),
        ("/console/wechat/apps/wxlaws".into(), vec![("do", "save")]),
        ("/console/roles".into(), vec![("do", "create")]),
        ("/console/roles/buyers/edit".into(), vec![("do", "save")]),
        (
            "/console/roles/buyers/delete".into(),
            vec![("do", "delete")],
        ),
        ("/console/roles/scopes".into(), vec![("do", "set")]),
        ("/console/account/password".into(), vec![("do", "save")]),
        ("/console/account/totp".into(), vec![("do", "enable")]),
        (
            "/console/organization".into(),
            vec![("console_sign_in", "operators"), ("do", "save")],
        ),
        (
            "/console/organization/password".into(),
            vec![("do", "save")],
        ),
        (
            "/console/organization/revoke-all".into(),
            vec![("do", "revoke-all")],
        ),
    ];
    for (path, fields) in &forms {
        let more = [
            ("csrf", csrf.as_str()),
            ("once", "x"),
            ("name", "x"),
            ("version", "0"),
        ];
        let all = [&fields[..], &more].concat();
        let answer = browser.post(server, path, &all);
        assert_eq!(answer.status, 403, "{path} {fields:?}");
        assert_eq!(Page { answer }.name(), "re-authenticate", "{path}");
    }
    assert_eq!(audit(&acme, 1), before);
}

on_both!(revoking_asks_for_no_proof);
fn revoking_asks_for_no_proof(server: &Server) {
    let acme = server.organization("acme");
    let things = things(&acme);
    let another = acme.operator("Mai");
    acme.token_for(another);
    let browser = admin(server, &acme);
    server.wait(16 * 60);
    let (operator, key, client) = (things.operator, &things.key, &things.client);
    let company = &things.company;
    for (path, verb) in [
        (
            format!("/console/tokens/revoke?jti={}", things.token),
            "revoke",
        ),
        (
            format!("/console/operators/selected?do=revoke&operator={another}"),
            "revoke",
        ),
        (format!("/console/operators/{operator}/revoke"), "revoke"),
        (
            format!("/console/operators/{operator}/deactivate"),
            "deactivate",
        ),
        (format!("/console/operators/{operator}/delete"), "delete"),
        (format!("/console/operators/{operator}/erase"), "erase"),
        (format!("/console/api-keys/{key}/revoke"), "revoke"),
        (
            format!("/console/oauth-clients/{client}/revoke-all"),
            "revoke-all",
        ),
        (
            format!("/console/oauth-clients/{client}/disable"),
            "disable",
        ),
        (format!("/console/oauth-clients/{client}/delete"), "delete"),
        (format!("/console/rotation/{company}/retire"), "retire"),
        (format!("/console/rotation/{company}/revoke"), "revoke"),
    ] {
        let page = browser.open(server, &path);
        check_page(&page);
        // The question, what will happen, one button, and a way back; nothing has to be typed.
        let html = page.html();
        assert!(html.contains("?</h1>"), "{path}");
        assert!(page.tag("effect").is_some(), "{path}");
        let form = html.split(" id=\"confirm\"").nth(1).unwrap();
        let form = form.split("</form>").next().unwrap();
        let button = format!("name=\"do\" value=\"{verb}\" class=\"danger\"");
        assert!(form.contains(&button), "{path}: {form}");
        assert!(form.contains(">Cancel</a>"), "{path}");
        assert!(
            !form.contains("type=\"text\"") && !form.contains("type=\"password\""),
            "{path}"
        );
        let answer = browser.send(server, &page.form("confirm"), &[("do", verb)]);
        let done = browser.follow(server, &answer);
        assert!(done.tag("receipt").is_some(), "{path}");
        let main = done
            .html()
            .split("<main")
            .nth(1)
            .unwrap()
            .split_once('>')
            .unwrap()
            .1;
        let first = main.trim_start();
        assert!(
            first.starts_with("<div class=\"done\" role=\"status\""),
            "{path}"
        );
    }
}

on_both!(what_only_the_console_does_has_no_call);
fn what_only_the_console_does_has_no_call(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let refused = |answer: crate::support::Answer| {
        assert!([404, 405].contains(&answer.status), "{answer}");
    };
    refused(
        acme.post("/api/company/tokens")
            .json(&json!({"label": "x"}))
            .send(),
    );
    refused(
        acme.put("/api/company/password")
            .json(&json!({"password": "x"}))
            .send(),
    );
    refused(acme.post("/api/company/revoke-all").send());
    refused(acme.post("/api/company/organization/revoke-all").send());
    refused(
        acme.post(&format!("/api/company/operators/{lan}/erase"))
            .send(),
    );
    refused(acme.get("/api/company/sessions").send());
    let rule = json!({"consoleSignIn": "operators"});
    // A member that the call does not know is passed over.
    acme.patch("/api/company/organization")
        .json(&rule)
        .send()
        .with_status(200);
    refused(acme.get("/api/platform/organizations").send());
    let organization = acme.get("/api/company/organization").send().json();
    assert_eq!(organization["consoleSignIn"], "anyone");
}
