//! What holds for all pages and forms: found by the routes, so a new page is checked without being
//! listed here.

use lanyard::http::Resource;

use super::tokens::jti;
use super::*;
use crate::pages::dump;
use crate::support::on_both;

/// Things that the paths of pages name.
struct Things {
    operator: i64,
    token: String,
    company: String,
    key: String,
    client: String,
    webhook: i64,
}

fn things(acme: &Organization<'_>) -> Things {
    let operator = acme.operator("Lan");
    let token = jti(&acme.token_for(operator));
    let key = json!({"name": "CI", "scopes": ["read"]});
    let key = acme.post("/api/v1/api-keys").json(&key).send();
    let key = key.with_status(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let client = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"],
        "scopes": ["read"], "operatorId": operator}));
    let hook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
    let hook = acme.post("/api/company/webhooks").json(&hook).send();
    let app = json!({"app_id": "wxlaws", "secret": "s3cret"});
    acme.post("/api/v1/wechat-apps")
        .json(&app)
        .send()
        .with_status(201);
    let role = json!({"scopes": ["read"]});
    acme.put("/api/v1/roles/buyers")
        .json(&role)
        .send()
        .with_status(201);
    totp(acme, operator);
    Things {
        operator,
        token,
        company: jti(&acme.another_token()),
        key,
        client: client["id"].as_str().unwrap().to_owned(),
        webhook: hook.with_status(201).json()["id"].as_i64().unwrap(),
    }
}

/// Returns a path with something that there is in the place of `{id}`.
fn filled(path: &str, things: &Things) -> String {
    let of = |folder: &str| path.starts_with(folder);
    let id = if of("/console/operators/") {
        things.operator.to_string()
    } else if of("/console/tokens/") {
        things.token.clone()
    } else if of("/console/rotation/") {
        things.company.clone()
    } else if of("/console/api-keys/") {
        things.key.clone()
    } else if of("/console/oauth-clients/") {
        things.client.clone()
    } else if of("/console/webhooks/") {
        things.webhook.to_string()
    } else if of("/console/roles/") {
        "buyers".to_owned()
    } else if of("/console/wechat/") {
        "wxlaws".to_owned()
    } else {
        "1".to_owned()
    };
    let path = path.replace("{id}", &id);
    match path.as_str() {
        "/console/tokens/revoke" => format!("{path}?jti={}", things.token),
        "/console/api-keys/selected" => format!("{path}?key={}", things.key),
        "/console/operators/selected" => format!("{path}?do=revoke&operator={id}"),
        _ => path,
    }
}

/// The paths of an organization's pages with this method, as they are registered.
fn paths(method: &str) -> Vec<String> {
    let of_organization = |path: &&str| {
        !path.starts_with("/console/platform")
            && !path.starts_with("/console/sign-in")
            && !path.starts_with("/console/assets")
    };
    let resources = Resource::gather(vec![lanyard::console::routes()]);
    let with = resources.iter().filter(|one| one.allow().contains(method));
    let paths = with.map(Resource::path).filter(of_organization);
    paths.map(str::to_owned).collect()
}

/// Paths that answer with no page: files, and imports, of which there is none.
fn has_page(path: &str) -> bool {
    !path.contains("export") && !path.contains(".csv") && !path.contains("/jobs/")
}

on_both!(every_page_is_one_of_the_console);
fn every_page_is_one_of_the_console(server: &Server) {
    let acme = server.organization("acme");
    let things = things(&acme);
    let browser = admin(server, &acme);
    let all = paths("GET");
    assert!(all.len() > 50, "{all:?}");
    for path in all.iter().filter(|path| has_page(path)) {
        let path = filled(path, &things);
        let page = browser.open(server, &path);
        check_page(&page);
        let html = page.html();
        for part in [
            "<html lang=\"en\" data-theme=\"auto\">",
            "<a class=\"skip\" href=\"#main\">Skip to content</a>",
            "<main id=\"main\"",
            "<nav class=\"console\" aria-label=\"Console\">",
            "<footer>",
            "data-testid=\"printed\"",
        ] {
            assert!(html.contains(part), "{path}: {part}");
        }
        let body = html
            .split("<body")
            .nth(1)
            .unwrap()
            .split_once('>')
            .unwrap()
            .1;
        assert!(body.trim_start().starts_with("<a class=\"skip\""), "{path}");
        check_forms(&path, html);
        check_tables(&path, html);
    }
}

/// Each form says where it goes, carries the token, and each of its buttons has a verb.
fn check_forms(path: &str, html: &str) {
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        let (tag, inside) = form.split_once('>').unwrap();
        if tag.contains("method=\"dialog\"") {
            continue;
        }
        assert!(tag.contains(" action=\"/console"), "{path}: {tag}");
        if tag.contains("method=\"get\"") {
            assert!(!inside.contains("name=\"csrf\""), "{path}: {tag}");
            continue;
        }
        assert!(tag.contains("method=\"post\""), "{path}: {tag}");
        let first = inside.trim_start();
        assert!(
            first.starts_with("<input type=\"hidden\" name=\"csrf\""),
            "{path}: {tag}"
        );
        for button in inside.split("<button").skip(1) {
            let button = button.split('>').next().unwrap();
            let is_named = button.contains(" name=\"do\" value=\"");
            assert!(
                is_named && !button.contains("value=\"\""),
                "{path}: {button}"
            );
        }
    }
}

/// Each table has a caption, heads of rows and columns, ids, and a region that alone may scroll.
fn check_tables(path: &str, html: &str) {
    let parts: Vec<_> = html.split("<table").collect();
    for pair in parts.windows(2) {
        let before = pair[0].rsplit("<div").next().unwrap();
        let region = "class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"";
        assert!(before.contains(region), "{path}: {before}");
        let table = pair[1].split("</table>").next().unwrap();
        assert!(table.starts_with(" data-testid=\""), "{path}");
        assert!(
            table.contains("<caption>") && table.contains("<th scope=\"col\">"),
            "{path}"
        );
        for row in table.split("<tr data-id=\"").skip(1) {
            assert!(
                row.contains("<th scope=\"row\" data-label=\""),
                "{path}: {row}"
            );
        }
    }
}

on_both!(navigation_has_the_words_of_the_guides_and_marks_where_one_is);
fn navigation_has_the_words_of_the_guides_and_marks_where_one_is(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/api-keys/new");
    let nav = page.html().split("<nav class=\"console\"").nth(1).unwrap();
    let nav = nav.split("</nav>").next().unwrap();
    let words: Vec<_> = nav
        .split("<a href=\"")
        .skip(1)
        .map(|link| link.split_once('>').unwrap().1.split('<').next().unwrap())
        .collect();
    let expected = [
        "Overview",
        "Operators",
        "Tokens",
        "Rotation",
        "Audit log",
        "API Keys",
        "OAuth2 Clients and Tokens",
        "Webhooks",
        "Roles and scopes",
        "WeChat apps",
        "Organization",
        "Sessions",
        "My account",
    ];
    assert_eq!(words, expected);
    let settings = nav.find(">Settings<").unwrap();
    assert!(nav.find("Audit log").unwrap() < settings && settings < nav.find("API Keys").unwrap());
    assert_eq!(nav.matches("aria-current=\"page\"").count(), 1);
    assert!(nav.contains("href=\"/console/api-keys\" aria-current=\"page\""));
}

on_both!(opening_pages_changes_nothing);
fn opening_pages_changes_nothing(server: &Server) {
    let acme = server.organization("acme");
    let things = things(&acme);
    let browser = admin(server, &acme);
    browser.open(server, "/console");
    let before = dump(server);
    for path in paths("GET").iter().filter(|path| has_page(path)) {
        browser.open(server, &filled(path, &things));
    }
    let after = dump(server);
    let lines = |dump: &str| -> Vec<String> { dump.lines().map(str::to_owned).collect() };
    let (before, after) = (lines(&before), lines(&after));
    let changed: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(changed.is_empty(), "{changed:#?}");
    assert_eq!(before.len(), after.len());
}

/// What an auditor may send.
const OWN: [&str; 8] = [
    "/console/tokens/explain",
    "/console/sign-out",
    "/console/session/keep",
    "/console/re-authenticate",
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
        for path in all.iter().filter(|path| !OWN.contains(&path.as_str())) {
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
        ("/console/wechat/new".into(), vec![("do", "create")]),
        ("/console/roles".into(), vec![("do", "create")]),
        ("/console/roles/buyers/edit".into(), vec![("do", "save")]),
        ("/console/roles/scopes".into(), vec![("do", "set")]),
        ("/console/account/password".into(), vec![("do", "save")]),
        ("/console/account/totp".into(), vec![("do", "enable")]),
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

on_both!(revoking_is_never_slowed_down);
fn revoking_is_never_slowed_down(server: &Server) {
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
        assert!([400, 404, 405].contains(&answer.status), "{answer}");
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
    refused(acme.patch("/api/company/organization").json(&rule).send());
    refused(acme.get("/api/platform/organizations").send());
    let organization = acme.get("/api/company/organization").send().json();
    assert_eq!(organization["consoleSignIn"], "anyone");
}
