//! What holds for all pages and forms: found by the routes, so a new page is checked without being
//! listed here.

use lanyard::http::Resource;

use super::tokens::jti;
use super::*;
use crate::pages::dump;
use crate::support::on_both;

/// Things that the paths of pages name.
pub(super) struct Things {
    pub(super) operator: i64,
    pub(super) token: String,
    pub(super) company: String,
    pub(super) key: String,
    pub(super) client: String,
    pub(super) webhook: i64,
}

pub(super) fn things(acme: &Organization<'_>) -> Things {
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
pub(super) fn filled(path: &str, things: &Things) -> String {
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
pub(super) fn paths(method: &str) -> Vec<String> {
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
