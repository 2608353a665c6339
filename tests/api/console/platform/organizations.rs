//! Organizations: adding, finding, suspending, the password, the policy, revoking everything.

use super::*;
use crate::console::once::rename;
use crate::support::Organization;

pub(super) const LIST: &str = "/console/platform/organizations";
pub(super) const NEW: &str = "/console/platform/organizations/new";

/// What was done to an organization as a whole, the newest first: action and actor.
fn done_to(server: &Server, id: &str, limit: i64) -> Vec<(String, String)> {
    let target = format!("organization:{id}");
    let read = move |conn: &mut Conn| -> Result<Vec<(String, String)>> {
        Ok(audit::table
            .filter(audit::target.eq(target))
            .order(audit::id.desc())
            .limit(limit)
            .select((audit::action, audit::actor))
            .load(conn)?)
    };
    server.app.db.read_blocking(read).unwrap()
}

fn actor(root: &Root) -> String {
    format!("platform-admin:{}", root.id)
}

/// Logs in with the organization's own password. Returns the status.
fn log_in(server: &Server, login: &str, password: &str) -> u16 {
    let call = server.post("/api/company/get-token");
    let body = serde_json::json!({"login": login, "password": password});
    call.json(&body).send().status
}

on_both!(an_organization_is_added_and_its_password_is_shown_once);
fn an_organization_is_added_and_its_password_is_shown_once(server: &Server) {
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let empty = browser.open(server, LIST);
    check_page(&empty);
    assert!(empty.tag("empty").is_some());
    let page = browser.open(server, NEW);
    check_page(&page);
    let form = page.form("organization");
    let fields = [
        ("login", "acme"),
        ("name", "Acme Việt Nam"),
        ("preset", "all"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let password = page.text_of("secret");
    assert_eq!(password.len(), 32);
    assert_eq!(log_in(server, "acme", &password), 200);
    // The same form makes no second one, and shows nothing again.
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    check_page(&record);
    assert_eq!(record.name(), "platform-organization");
    assert!(!record.html().contains(&password));
    let path = again.header("location").unwrap().to_owned();
    let id = path.rsplit('/').next().unwrap();
    let created = ("organization.created".to_owned(), actor(&root));
    assert_eq!(done_to(server, id, 1), [created]);

    // A login is taken, whatever its case.
    let submit = |fields: &[(&str, &str)]| browser.submit(server, NEW, "organization", fields);
    let taken = submit(&[
        ("login", "ACME"),
        ("name", "x"),
        ("preset", "all"),
        ("do", "create"),
    ]);
    taken.with_status(422);
    assert!(taken.text().contains("id=\"login-error\""));
    for (login, name, field) in [("a/b", "x", "login"), ("b", " ", "name")] {
        let fields = [
            ("login", login),
            ("name", name),
            ("preset", "none"),
            ("do", "create"),
        ];
        let wrong = submit(&fields);
        wrong.with_status(422);
        assert!(wrong.text().contains(&format!("id=\"{field}-error\"")));
    }
    // A password that was typed is not shown.
    let typed = submit(&[
        ("login", "globex"),
        ("name", "Globex"),
        ("password", "typed by hand"),
        ("preset", "none"),
        ("do", "create"),
    ]);
    let record = browser.follow(server, &typed);
    assert!(record.text_of("done").contains("Globex"));
    assert_eq!(log_in(server, "globex", "typed by hand"), 200);
}

/// Opens the page of an act on an organization, and does it.
pub(super) fn act(server: &Server, browser: &Browser, acme: &Organization<'_>, verb: &str) -> Page {
    let path = format!("{LIST}/{}/{verb}", acme.id);
    let page = browser.open(server, &path);
    check_page(&page);
    let answer = browser.send(server, &page.form("confirm"), &[("do", verb)]);
    browser.follow(server, &answer)
}

on_both!(an_organization_is_suspended_and_resumed);
fn an_organization_is_suspended_and_resumed(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.token_for(lan);
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let path = format!("{LIST}/{}/suspend", acme.id);
    let page = browser.open(server, &path);
    assert_eq!(page.data("effect", "data-tokens").as_deref(), Some("2"));
    let done = act(server, &browser, &acme, "suspend");
    check_page(&done);
    assert!(done.data("receipt", "data-sequence").is_some());
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    assert_eq!(log_in(server, "acme", &acme.password), 401);
    // There is nothing left to suspend.
    let page = browser.open(server, &path);
    check_page(&page);
    assert!(!page.has_form("confirm"));
    let csrf = browser.open(server, NEW).form("organization");
    let fields = [("csrf", csrf.hidden("csrf")), ("do", "suspend")];
    browser.post(server, &path, &fields).with_status(200);

    act(server, &browser, &acme, "resume");
    assert_eq!(log_in(server, "acme", &acme.password), 200);
    // What was revoked stays revoked.
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    let actions = ["organization.resumed", "organization.suspended"];
    let lines = actions.map(|action| (action.to_owned(), actor(&root)));
    assert_eq!(done_to(server, &acme.id.to_string(), 2), lines);
}

on_both!(everything_of_an_organization_is_revoked_by_who_types_its_login);
fn everything_of_an_organization_is_revoked_by_who_types_its_login(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("globex");
    let key = serde_json::json!({"name": "CI", "scopes": ["read"]});
    let key = acme.post("/api/v1/api-keys").json(&key).send();
    key.with_status(201);
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let path = format!("{LIST}/{}/revoke-all", acme.id);
    let page = browser.open(server, &path);
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").as_deref(), Some("1"));
    let form = page.form("revoke-all");
    for wrong in ["", "globex"] {
        let fields = [("confirm", wrong), ("do", "revoke-all")];
        let answer = browser.send(server, &form, &fields);
        answer.with_status(422);
        let page = Page { answer };
        check_page(&page);
        assert!(page.html().contains("id=\"confirm-error\""));
    }
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    let fields = [("confirm", " Acme "), ("do", "revoke-all")];
    let answer = browser.send(server, &form, &fields);
    let done = browser.follow(server, &answer);
    let text = done.text_of("done");
    assert!(text.contains("API keys that stay: 1"), "{text}");
    assert_eq!(done.data("receipt", "data-nodes").as_deref(), Some("1"));
    acme.get("/api/company/organization")
        .send()
        .with_status(403);
    other
        .get("/api/company/organization")
        .send()
        .with_status(200);
    assert_eq!(log_in(server, "acme", &acme.password), 200);
    let line = ("organization.tokens_revoked".to_owned(), actor(&root));
    assert_eq!(done_to(server, &acme.id.to_string(), 1), [line]);
}

on_both!(what_cannot_be_said_afterwards_is_not_done);
fn what_cannot_be_said_afterwards_is_not_done(server: &Server) {
    let acme = server.organization("acme");
    let browser = root(server, "root").signed_in(server);
    let path = format!("{LIST}/{}/revoke-all", acme.id);
    let form = browser.open(server, &path).form("revoke-all");
    rename(server, "clients", "clients_away");
    let fields = [("confirm", "acme"), ("do", "revoke-all")];
    let answer = browser.send(server, &form, &fields);
    assert!(answer.status >= 500, "{answer}");
    rename(server, "clients_away", "clients");
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(a_new_password_of_an_organization_leaves_its_tokens_alone);
fn a_new_password_of_an_organization_leaves_its_tokens_alone(server: &Server) {
    let acme = server.organization("acme");
    let own = Browser::signed_in(server, "acme", &acme.password);
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let path = format!("{LIST}/{}/password", acme.id);
    let page = browser.open(server, &path);
    check_page(&page);
    let form = page.form("password-form");
    let answer = browser.send(server, &form, &[("do", "save")]);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let password = page.text_of("secret");
    assert_eq!(log_in(server, "acme", &acme.password), 401);
    assert_eq!(log_in(server, "acme", &password), 200);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    own.get(server, "/console").with_status(303);
    // Sent once more, the form makes no third one.
    let again = browser.send(server, &form, &[("do", "save")]);
    again.with_status(303);
    assert_eq!(log_in(server, "acme", &password), 200);
    let long = "a".repeat(73);
    let fields = [("password", long.as_str()), ("do", "save")];
    let wrong = browser.submit(server, &path, "password-form", &fields);
    wrong.with_status(422);
    let fields = [("password", "typed by hand"), ("do", "save")];
    let answer = browser.submit(server, &path, "password-form", &fields);
    browser.follow(server, &answer);
    assert_eq!(log_in(server, "acme", "typed by hand"), 200);
    let line = ("organization.password_set".to_owned(), actor(&root));
    assert_eq!(
        done_to(server, &acme.id.to_string(), 2),
        [line.clone(), line]
    );
}

on_both!(the_policy_of_an_organization_is_set);
fn the_policy_of_an_organization_is_set(server: &Server) {
    let acme = server.organization("acme");
    let root = root(server, "root");
    let browser = root.signed_in(server);
    let path = format!("{LIST}/{}", acme.id);
    let page = browser.open(server, &path);
    check_page(&page);
    let stale = page.form("policy");
    let fields = [("operator_token_max_seconds", "600"), ("do", "save")];
    let saved = browser.send(server, &stale, &fields);
    browser.follow(server, &saved);
    let policy = || acme.get("/api/company/organization").send().json()["tokenPolicy"].clone();
    assert_eq!(policy()["operatorTokenMaxSeconds"], 600);
    let line = ("organization.updated".to_owned(), actor(&root));
    assert_eq!(done_to(server, &acme.id.to_string(), 1), [line]);
    // Somebody else has changed it meanwhile.
    let fields = [("operator_token_max_seconds", "60"), ("do", "save")];
    let answer = browser.send(server, &stale, &fields);
    answer.with_status(409);
    assert!(Page { answer }.tag("newest").is_some());
    for wrong in ["0", "x"] {
        let fields = [("operator_token_max_seconds", wrong), ("do", "save")];
        let answer = browser.submit(server, &path, "policy", &fields);
        answer.with_status(422);
        let error = "id=\"operator_token_max_seconds-error\"";
        assert!(answer.text().contains(error), "{wrong}");
    }
    assert_eq!(policy()["operatorTokenMaxSeconds"], 600);
}

on_both!(no_page_names_an_operator);
fn no_page_names_an_operator(server: &Server) {
    let acme = server.organization("acme");
    let operators = acme.post("/api/company/operators");
    let olga = serde_json::json!({"name": "Olga Petrova", "email": "olga@acme.example"});
    operators.json(&olga).send().with_status(201);
    let browser = root(server, "root").signed_in(server);
    let record = format!("{LIST}/{}", acme.id);
    for path in [
        "/console/platform",
        LIST,
        &record,
        &format!("{record}/revoke-all"),
        "/console/platform/audit",
        "/console/platform/audit/export?format=jsonl",
    ] {
        let answer = browser.get(server, path);
        answer.with_status(200);
        let text = answer.text();
        for name in ["Olga", "olga@", "operator.created"] {
            // The acts that can be chosen have their words on the page.
            let rows = text.split("<tbody>").nth(1).unwrap_or(text);
            assert!(!rows.contains(name), "{path}: {name}");
        }
    }
    let page = browser.open(server, &record);
    assert!(page.text_of("figure-operators").starts_with('1'));
    for path in [
        format!("{LIST}/4711"),
        format!("{LIST}/0"),
        format!("{LIST}/x/suspend"),
    ] {
        browser.get(server, &path).with_status(404);
    }
}
