//! Ids of another organization on every page that takes one, from the list of routes: the answer is
//! that to an id that does not exist, byte for byte, and nothing changes.

use super::import::check;
use super::import_job::begun;
use super::*;
use crate::support::on_both;

const UUID: &str = "5f0c7dd0-7a43-4a2e-9d4e-000000000000";

/// What is done on some page to a record that is named in its path.
const VERBS: [&str; 20] = [
    "save",
    "issue",
    "revoke",
    "activate",
    "deactivate",
    "delete",
    "erase",
    "reset-second-factor",
    "rotate",
    "retire",
    "add",
    "drop",
    "revoke-all",
    "disable",
    "enable",
    "test",
    "retry",
    "remove",
    "stop",
    "end",
];

/// The beginning of a path, an id of the other organization, and one of the same form that names
/// nothing.
type Ids = Vec<(&'static str, String, &'static str)>;

/// Makes one of everything that a page names in its path.
fn populate(server: &Server, theirs: &Organization<'_>, browser: &Browser) -> Ids {
    let made = |path: &str, members: &serde_json::Value| {
        let answer = theirs.post(path).json(members).send();
        answer.with_status(201).json()
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let job = begun(server, browser);
    let checked = check(
        server,
        browser,
        b"name,email\nCam,nobody\nAn,an@example.com\n",
    );
    let checked = checked.form("apply").hidden("import").to_owned();
    let lan = theirs.operator("Lan");
    let key = made("/api/v1/api-keys", &json!({"name": "theirs"}));
    let webhook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
    let webhook = made("/api/company/webhooks", &webhook);
    made(
        "/api/v1/wechat-apps",
        &json!({"app_id": "wx-theirs", "secret": "s3cret"}),
    );
    let role = theirs.put("/api/v1/roles/theirs");
    role.json(&json!({"scopes": []})).send().with_status(201);
    let client = theirs.client(&json!({"name": "Theirs", "grants": ["client_credentials"]}));
    vec![
        ("/console/operators/import/", checked, UUID),
        ("/console/operators/", lan.to_string(), "999999"),
        ("/console/jobs/", job.to_string(), UUID),
        (
            "/console/api-keys/",
            text(&key["id"]),
            "key_0000000000000000",
        ),
        ("/console/oauth-clients/", text(&client["id"]), UUID),
        ("/console/roles/", "theirs".to_owned(), "nobody"),
        ("/console/rotation/", tokens::jti(&theirs.token), UUID),
        (
            "/console/tokens/",
            tokens::jti(&theirs.token_for(lan)),
            UUID,
        ),
        ("/console/webhooks/", webhook["id"].to_string(), "999999"),
        ("/console/wechat/apps/", "wx-theirs".to_owned(), "wx-nobody"),
    ]
}

/// The routes of the organization's pages with an id, and a method of each: all of them, from the list
/// of routes.
fn routes() -> Vec<(&'static str, &'static str)> {
    let with_an_id = lanyard::server::routes().filter(|(path, _)| {
        path.starts_with("/console/")
            && path.contains('{')
            && !path.starts_with("/console/platform/")
            && !path.starts_with("/console/assets/")
    });
    let each = with_an_id.flat_map(|(path, allow)| {
        let methods = allow.split(", ").filter(|method| *method != "HEAD");
        methods.map(move |method| (path, method))
    });
    let routes: Vec<_> = each.collect();
    assert!(routes.len() > 40, "{routes:?}");
    routes
}

/// Returns the path with an id in place of its parameter.
fn filled(path: &str, id: &str) -> String {
    let (before, rest) = path.split_once('{').unwrap();
    let (_, after) = rest.split_once('}').unwrap();
    format!("{before}{id}{after}")
}

/// Returns everything that the other organization can read of its own.
fn everything(theirs: &Organization<'_>) -> Vec<String> {
    let lists = [
        "/api/company/operators",
        "/api/company/tokens?limit=1000",
        "/api/company/clients",
        "/api/company/webhooks",
        "/api/v1/api-keys",
        "/api/v1/roles",
        "/api/v1/wechat-apps",
    ];
    let read = |path: &&str| theirs.get(path).send().with_status(200).text().to_owned();
    lists.iter().map(read).collect()
}

on_both!(an_id_of_another_on_any_page_names_nothing);
fn an_id_of_another_on_any_page_names_nothing(server: &Server) {
    let (acme, theirs) = (server.organization("acme"), server.organization("theirs"));
    let (browser, own) = (admin(server, &acme), admin(server, &theirs));
    let ids = populate(server, &theirs, &own);
    let csrf = browser.open(server, "/console/sessions");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    let before = everything(&theirs);
    for (path, method) in routes() {
        let (_, foreign, unknown) = ids
            .iter()
            .find(|(begin, ..)| path.starts_with(begin))
            .unwrap_or_else(|| panic!("this table has no ids for {path}"));
        if method == "GET" {
            let ask = |id: &str| browser.get(server, &filled(path, id));
            let nothing = ask(unknown);
            assert_eq!(nothing.status, 404, "{path}: {nothing}");
            assert_eq!(
                ask(foreign).bytes_without(foreign),
                nothing.bytes_without(unknown),
                "{path}"
            );
            // The id is the right one: its owner sees the page.
            let seen = own.get(server, &filled(path, foreign)).status;
            assert_ne!(seen, 404, "{path}");
            continue;
        }
        let mut refused = 0;
        for verb in VERBS {
            let fields = [
                ("csrf", csrf.as_str()),
                ("do", verb),
                ("name", "x"),
                ("minutes", "60"),
                ("version", "1"),
                ("scope", "read"),
                ("overlap", "0"),
                ("confirm", "x"),
            ];
            let ask = |id: &str| browser.post(server, &filled(path, id), &fields);
            let (foreign_answer, nothing) = (ask(foreign), ask(unknown));
            assert_eq!(
                foreign_answer.bytes_without(foreign),
                nothing.bytes_without(unknown),
                "{path} {verb}"
            );
            refused += usize::from(nothing.status == 404);
        }
        assert!(refused > 0, "no verb of this table is one of {path}");
    }
    assert_eq!(everything(&theirs), before);
}
