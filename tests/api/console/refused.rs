//! In which order a form is refused, and that nothing is done then.

use super::*;
use crate::support::on_both;

/// The forms that change something of the organization, each with its fields.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    (
        "/console/operators/new",
        &[("name", "Lan"), ("do", "create")],
    ),
    (
        "/console/api-keys/new",
        &[
            ("name", "x"),
            ("scope", "read"),
            ("expires", "never"),
            ("do", "create"),
        ],
    ),
    (
        "/console/oauth-clients/new",
        &[("name", "x"), ("grant", "password"), ("do", "create")],
    ),
    (
        "/console/roles",
        &[("name", "evil"), ("scope", "admin"), ("do", "create")],
    ),
    ("/console/roles/scopes", &[("name", "evil"), ("do", "set")]),
    (
        "/console/wechat/new",
        &[
            ("app_id", "wxevil"),
            ("secret", "x"),
            ("on_unknown", "create"),
            ("do", "create"),
        ],
    ),
    (
        "/console/rotation/new",
        &[("label", "x"), ("once", "x"), ("do", "create")],
    ),
    (
        "/console/webhooks/new",
        &[
            ("url", "https://example.com/"),
            ("events", "token.revoked"),
            ("once", "x"),
            ("do", "create"),
        ],
    ),
    (
        "/console/organization",
        &[("name", "Evil Ltd"), ("do", "save")],
    ),
    (
        "/console/tokens/revoke",
        &[
            ("jti", "00000000-0000-7000-8000-000000000000"),
            ("do", "revoke"),
        ],
    ),
];

fn names(acme: &Organization<'_>) -> (usize, usize, String) {
    let operators = acme.get("/api/company/operators").send().items().len();
    let keys = acme.get("/api/v1/api-keys").send().items().len();
    let organization = acme.get("/api/company/organization").send().json();
    (
        operators,
        keys,
        organization["name"].as_str().unwrap().to_owned(),
    )
}

fn csrf(server: &Server, browser: &Browser) -> String {
    let page = browser.open(server, "/console/sessions");
    page.form("others").hidden("csrf").to_owned()
}

on_both!(another_site_then_no_session_then_no_token_then_no_right);
fn another_site_then_no_session_then_no_token_then_no_right(server: &Server) {
    let acme = server.organization("acme");
    operator(&acme, "otto", "auditor");
    let auditor = Browser::signed_in(server, "acme/otto", PASSWORD);
    let token = csrf(server, &auditor);
    let before = names(&acme);
    let nobody = Browser::default();
    for (path, fields) in FORMS {
        let with_token: Vec<_> = fields
            .iter()
            .copied()
            .chain([("csrf", token.as_str())])
            .collect();
        // Another site: refused even without a session.
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[
                ("origin", "http://localhost:8080"),
                ("sec-fetch-site", "cross-site"),
            ],
            &[
                ("origin", "http://localhost:8080"),
                ("sec-fetch-site", "same-site"),
            ],
        ] {
            for browser in [&auditor, &nobody] {
                let answer = browser.post_with(server, path, &with_token, headers);
                answer.with_status(403);
                assert!(answer.text().contains("This form was not sent from here"));
            }
        }
        let answer = nobody.post(server, path, &with_token);
        answer.with_status(401);
        assert_eq!(Page { answer }.name(), "sign-in");
        for wrong in ["", "x", &"A".repeat(43)] {
            let fields: Vec<_> = fields.iter().copied().chain([("csrf", wrong)]).collect();
            let answer = auditor.post(server, path, &fields);
            answer.with_status(403);
            assert!(answer.text().contains("This form is out of date"), "{path}");
        }
        let answer = auditor.post(server, path, &with_token);
        answer.with_status(403);
        assert!(
            answer.text().contains("Your role does not allow this"),
            "{path}"
        );
    }
    assert_eq!(names(&acme), before);
}

on_both!(an_auditor_sees_every_page_and_no_form_that_changes_something);
fn an_auditor_sees_every_page_and_no_form_that_changes_something(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let client = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"]}));
    let client = client["id"].as_str().unwrap();
    operator(&acme, "otto", "auditor");
    let auditor = Browser::signed_in(server, "acme/otto", PASSWORD);
    for path in [
        "/console".to_owned(),
        "/console/operators".to_owned(),
        format!("/console/operators/{lan}"),
        "/console/tokens".to_owned(),
        "/console/tokens/explain".to_owned(),
        "/console/rotation".to_owned(),
        format!("/console/tokens/{}", super::tokens::jti(&acme.token)),
        "/console/api-keys".to_owned(),
        "/console/oauth-clients".to_owned(),
        format!("/console/oauth-clients/{client}"),
        format!("/console/oauth-clients/{client}/tokens"),
        "/console/roles".to_owned(),
        "/console/roles/admin/edit".to_owned(),
        "/console/roles/scopes".to_owned(),
        "/console/wechat".to_owned(),
        "/console/webhooks".to_owned(),
        "/console/audit".to_owned(),
        "/console/organization".to_owned(),
        "/console/sessions".to_owned(),
        "/console/account".to_owned(),
        "/console/account/password".to_owned(),
        "/console/account/totp".to_owned(),
    ] {
        let page = auditor.open(server, &path);
        check_page(&page);
        for form in [
            "operator",
            "organization-form",
            "select",
            "save",
            "role",
            "scope",
        ] {
            assert!(!page.has_form(form), "{path}");
        }
    }
    for path in [
        "/console/operators/new".to_owned(),
        format!("/console/operators/{lan}/issue"),
        format!("/console/operators/{lan}/deactivate"),
        "/console/tokens/revoke".to_owned(),
        "/console/api-keys/new".to_owned(),
        "/console/rotation/new".to_owned(),
        format!(
            "/console/rotation/{}/rotate",
            super::tokens::jti(&acme.token)
        ),
        "/console/webhooks/new".to_owned(),
    ] {
        let answer = auditor.get(server, &path);
        answer.with_status(403);
        assert!(answer.text().contains("Your role does not allow this"));
    }
    // Explaining changes nothing.
    let fields = [("token", token.as_str()), ("do", "explain")];
    let answer = auditor.submit(server, "/console/tokens/explain", "explain", &fields);
    let page = Page { answer };
    assert_eq!(page.data("verdict", "data-status").unwrap(), "valid");
}

on_both!(what_reveals_something_asks_again_who_it_is_and_keeps_the_form);
fn what_reveals_something_asks_again_who_it_is_and_keeps_the_form(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    server.wait(16 * 60);
    let page = browser.open(server, "/console/api-keys/new");
    let fields = [
        ("name", "Nightly & job"),
        ("environment", "test"),
        ("scope", "read"),
        ("expires", "30"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &page.form("api-key"), &fields);
    answer.with_status(403);
    let page = Page { answer };
    check_page(&page);
    assert_eq!(page.name(), "re-authenticate");
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 0);
    let form = page.form("re-authenticate");
    let wrong = browser.send(server, &form, &[("password", "wrong"), ("do", "confirm")]);
    wrong.with_status(422);
    let before = browser.cookie("lanyard_console").unwrap();
    let answer = browser.send(server, &form, &[("password", PASSWORD), ("do", "confirm")]);
    let page = Page { answer };
    page.answer.with_status(200);
    assert_ne!(
        browser.cookie("lanyard_console").unwrap(),
        before,
        "the id is new"
    );
    assert_eq!(page.name(), "api-key-new");
    assert_eq!(page.value("name"), "Nightly & job");
    assert!(page.html().contains("value=\"read\" checked"));
    // It was not sent by itself.
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 0);
    let answer = browser.send(server, &page.form("api-key"), &fields);
    assert_eq!(Page { answer }.name(), "secret");
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 1);
}

on_both!(a_form_outlives_its_session_but_only_for_the_same_person);
fn a_form_outlives_its_session_but_only_for_the_same_person(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    operator(&acme, "mia", "admin");
    let page = browser.open(server, "/console/operators/new");
    let form = page.form("operator");
    server.wait(31 * 60);
    let fields = [
        ("name", "Trần Thị Lan"),
        ("email", "lan@acme.example"),
        ("password", "hush hush"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(401);
    assert!(!answer.text().contains("hush"));
    let page = Page { answer };
    let form = page.form("sign-in");
    let sign_in = |login: &str| {
        let fields = [("login", login), ("password", PASSWORD), ("do", "sign-in")];
        browser.copy().send(server, &form, &fields)
    };
    let other = sign_in("acme/mia");
    other.with_status(303);
    let answer = sign_in("acme/olga");
    let page = Page { answer };
    page.answer.with_status(200);
    assert_eq!(page.name(), "operator-new");
    assert_eq!(page.value("name"), "Trần Thị Lan");
    assert_eq!(page.value("email"), "lan@acme.example");
    assert_eq!(page.value("password"), "");
    let listed = acme.get("/api/company/operators").send().items();
    assert_eq!(listed.len(), 2);
    // After a quarter of an hour the form is forgotten.
    server.wait(16 * 60);
    sign_in("acme/olga").with_status(303);
}
