//! Writes the pages of the console to files, for people and for `.ci/pages`.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::support::database::Database;

fn put(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// The pages that an admin opens, each with its name.
fn pages(operator: i64, jti: &str, key: &str, client: &str) -> [(&'static str, String); 37] {
    let new_client = |grant: &str| format!("/console/oauth-clients/new?grant={grant}");
    let base = format!("/console/operators/{operator}");
    [
        ("overview", "/console".to_owned()),
        ("operators", "/console/operators".to_owned()),
        (
            "operators-nothing",
            "/console/operators?q=nobody&limit=7".to_owned(),
        ),
        ("operator-new", "/console/operators/new".to_owned()),
        ("operator", base.clone()),
        ("operator-issue", format!("{base}/issue")),
        ("operator-deactivate", format!("{base}/deactivate")),
        ("tokens", "/console/tokens".to_owned()),
        ("token", format!("/console/tokens/{jti}")),
        ("tokens-revoke", format!("/console/tokens/revoke?jti={jti}")),
        ("explain", "/console/tokens/explain".to_owned()),
        ("api-keys", "/console/api-keys".to_owned()),
        ("api-key-new", "/console/api-keys/new".to_owned()),
        ("api-key", key.to_owned()),
        ("api-key-rotate", format!("{key}/rotate")),
        ("api-key-revoke", format!("{key}/revoke")),
        ("oauth-clients", "/console/oauth-clients".to_owned()),
        ("oauth-client-new", new_client("client_credentials")),
        ("oauth-client-new-code", new_client("authorization_code")),
        ("oauth-client", client.to_owned()),
        ("oauth-client-secrets", format!("{client}/secrets")),
        ("oauth-client-tokens", format!("{client}/tokens")),
        ("oauth-client-disable", format!("{client}/disable")),
        ("roles", "/console/roles".to_owned()),
        ("role", "/console/roles/sales/edit".to_owned()),
        ("role-delete", "/console/roles/sales/delete".to_owned()),
        ("scopes", "/console/roles/scopes".to_owned()),
        ("wechat", "/console/wechat".to_owned()),
        ("wechat-new", "/console/wechat/new".to_owned()),
        ("audit", "/console/audit".to_owned()),
        ("organization", "/console/organization".to_owned()),
        ("sessions", "/console/sessions".to_owned()),
        ("account", "/console/account".to_owned()),
        ("account-password", "/console/account/password".to_owned()),
        ("account-totp", "/console/account/totp".to_owned()),
        ("re-authenticate", "/console/re-authenticate".to_owned()),
        ("not-found", "/console/operators/0".to_owned()),
    ]
}

/// The pages about rotation and webhooks, each with its name.
fn pages_of_rotation(company: &str, rotated: &str, webhook: &str) -> Vec<(&'static str, String)> {
    let company = format!("/console/rotation/{company}");
    vec![
        ("rotation", "/console/rotation".to_owned()),
        ("rotation-nothing", "/console/rotation?due=1".to_owned()),
        ("company-token-new", "/console/rotation/new".to_owned()),
        ("company-token", format!("/console/tokens/{rotated}")),
        ("company-token-label", format!("{company}/label")),
        ("company-token-rotate", format!("{company}/rotate")),
        ("company-token-retire", format!("{company}/retire")),
        (
            "company-token-revoke",
            format!("/console/rotation/{rotated}/revoke"),
        ),
        ("webhooks", "/console/webhooks".to_owned()),
        ("webhook-new", "/console/webhooks/new".to_owned()),
        ("webhook", webhook.to_owned()),
        ("webhook-delete", format!("{webhook}/delete")),
    ]
}

/// Rotates a company token, and sends a webhook some messages. Returns the ids of a token that was not
/// rotated and of one that was, and the path of the webhook.
fn rotated_and_told(server: &Server, acme: &Organization<'_>) -> (String, String, String) {
    let old = acme.another_token();
    let label = json!({"label": "Công-ty-trách-nhiệm-hữu-hạn-thương-mại-dịch-vụ-xuất-nhập-khẩu"});
    let jti = super::tokens::jti(&old);
    acme.patch(&format!("/api/company/tokens/{jti}"))
        .json(&label)
        .send()
        .with_status(200);
    server
        .post("/api/company/rotate-token")
        .bearer(&old)
        .send()
        .with_status(200);
    let added = acme
        .post("/api/company/webhooks")
        .json(
            &json!({"url": "https://hooks.example.com/lanyard/a-long-path/of-a-service",
            "events": ["token.revoked", "token.rotation_due", "api_key.new_network"]}),
        )
        .send();
    let id = added.with_status(201).json()["id"].to_string();
    for _ in 0..2 {
        acme.post(&format!("/api/company/webhooks/{id}/test"))
            .send()
            .with_status(202);
    }
    let own = super::tokens::jti(&acme.token);
    (own, jti, format!("/console/webhooks/{id}"))
}

/// `LANYARD_PAGES=FOLDER cargo test --test api console::files -- --ignored` writes
/// `FOLDER/<language>/console-<page>.html`, what pages load under its path, and the headers of pages.
#[test]
#[ignore = "writes files, for people and for .ci/pages"]
#[allow(clippy::too_many_lines, reason = "it is a list of pages")]
fn write_every_page() {
    let folder =
        PathBuf::from(std::env::var_os("LANYARD_PAGES").expect("LANYARD_PAGES is a folder"));
    let server = Server::start(Database::sqlite(), &[]);
    let acme = server.organization("acme");
    let lan = acme.operator("Nguyễn Văn An");
    for name in [
        "Olga Petrovna Ivanova-Wolkenstein von und zu Hohenlohe-Langenburg",
        "Công-ty-trách-nhiệm-hữu-hạn-thương-mại-dịch-vụ-xuất-nhập-khẩu-采购管理系统",
        "王小明",
    ] {
        acme.operator(name);
    }
    let token = acme.token_for(lan);
    acme.token_for(lan);
    let key = acme
        .post("/api/v1/api-keys")
        .json(&json!({"name": "Nightly export", "scopes": ["read", "write"]}))
        .send()
        .json();
    let key = format!("/console/api-keys/{}", key["id"].as_str().unwrap());
    let jti = super::tokens::jti(&token);
    let admin = admin(&server, &acme);
    let own = Browser::signed_in(&server, "acme", &acme.password);
    let nobody = Browser::default();
    let root = platform::root(&server, "root");
    let client = acme.client(&json!({"name": "Shop", "operatorId": lan,
        "grants": ["client_credentials", "authorization_code", "refresh_token"],
        "redirectUris": ["https://shop.example.com/callback"], "scopes": ["openid", "read"]}));
    let client = client["id"].as_str().unwrap();
    acme.post(&format!("/api/company/clients/{client}/rotate-secret"))
        .send()
        .with_status(200);
    let client = format!("/console/oauth-clients/{client}");
    acme.put("/api/v1/roles/sales")
        .json(&json!({"scopes": ["read", "write"], "description": "Sells"}))
        .send()
        .with_status(201);
    acme.post("/api/v1/wechat-apps")
        .json(&json!({"app_id": "wx0123456789abcdef", "secret": "s3cret"}))
        .send()
        .with_status(201);
    let (company, rotated, webhook) = rotated_and_told(&server, &acme);
    let mut pages = pages(lan, &jti, &key, &client).to_vec();
    pages.extend(pages_of_rotation(&company, &rotated, &webhook));
    let mut headers = None;
    for tag in ["en", "zh-CN", "vi"] {
        let mut write = |name: &str, answer: &crate::support::Answer| {
            let html = answer.text();
            assert!(!html.contains('⟦'), "{name}: {html}");
            put(&folder, &format!("{tag}/console-{name}.html"), html);
            headers.get_or_insert_with(|| answer.clone());
        };
        let lang = |path: &str| {
            let joint = if path.contains('?') { '&' } else { '?' };
            format!("{path}{joint}lang={tag}")
        };
        for (name, path) in &pages {
            write(name, &admin.get(&server, &lang(path)));
        }
        write(
            "account-organization",
            &own.get(&server, &lang("/console/account")),
        );
        write("sign-in", &nobody.get(&server, &lang("/console/sign-in")));
        write("sign-in-wrong", &nobody.sign_in(&server, "acme", "wrong"));
        let fields = [("token", token.as_str()), ("do", "explain")];
        let path = "/console/tokens/explain";
        write(
            "explained",
            &admin.submit(&server, path, "explain", &fields),
        );
        let fields = [("do", "create")];
        let path = "/console/api-keys/new";
        write(
            "api-key-wrong",
            &admin.submit(&server, path, "api-key", &fields),
        );
        let fields = [
            ("name", "CI"),
            ("scope", "read"),
            ("expires", "90"),
            ("do", "create"),
        ];
        write(
            "api-key-secret",
            &admin.submit(&server, path, "api-key", &fields),
        );
        let fields = [
            ("grant", "authorization_code"),
            ("redirect_uris", "https://*"),
            ("do", "create"),
        ];
        let path = "/console/oauth-clients/new?grant=authorization_code";
        write(
            "oauth-client-wrong",
            &admin.submit(&server, path, "oauth-client", &fields),
        );
        let operator = lan.to_string();
        let fields = [
            ("name", "Nightly"),
            ("operator", operator.as_str()),
            ("profile", "suitecrm"),
            ("do", "create"),
        ];
        let path = "/console/oauth-clients/new?grant=client_credentials";
        write(
            "oauth-client-secret",
            &admin.submit(&server, path, "oauth-client", &fields),
        );
        let victim = acme.operator("Trần Thị Bích");
        acme.token_for(victim);
        let path = format!("/console/operators/{victim}/deactivate");
        let answer = admin.submit(&server, &path, "confirm", &[("do", "deactivate")]);
        let to = answer.header("location").unwrap().to_owned();
        write("receipt", &admin.get(&server, &to));
        platform::files::write(&server, &root, tag, &mut write);
    }
    let page = nobody.open(&server, "/console/sign-in");
    for mark in ["rel=\"stylesheet\" href=\"", "type=\"module\" src=\""] {
        let path = page
            .html()
            .split(mark)
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        put(&folder, path, server.get(path).send().text());
    }
    let headers = headers.unwrap();
    let names = [
        "content-type",
        "content-security-policy",
        "referrer-policy",
        "permissions-policy",
    ];
    let lines = names.map(|name| format!("{name}: {}\n", headers.header(name).unwrap()));
    put(&folder, "headers-console", &lines.concat());
}
