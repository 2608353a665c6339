//! No table of the database has the text of a secret that was handed out, and none that was typed.

use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use serde_json::json;

use super::*;
use crate::support::on_both;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Returns the rows of all tables. `tables` selects a query for each table.
fn rows(tables: &str, mut lines: impl FnMut(&str) -> Vec<Line>) -> String {
    let queries = lines(tables);
    let rows = queries.iter().flat_map(|query| lines(&query.line));
    rows.fold(String::new(), |all, row| all + &row.line + "\n")
}

/// Returns every row of every table as text, in lower case. Bytes are in hexadecimal.
pub(crate) fn dump(server: &Server) -> String {
    let url = server.database_url();
    let dump = if let Some(path) = url.strip_prefix("sqlite:") {
        let mut conn = SqliteConnection::establish(path).unwrap();
        let tables = "SELECT 'SELECT ' || (SELECT group_concat('quote(\"' || name || '\")', '||')
                FROM pragma_table_info(t.name)) || ' AS line FROM \"' || t.name || '\"' AS line
            FROM sqlite_master t WHERE t.type = 'table'";
        rows(tables, |query| sql_query(query).load(&mut conn).unwrap())
    } else {
        let mut conn = PgConnection::establish(&url).unwrap();
        let tables = "SELECT format('SELECT t::text AS line FROM %I t', tablename) AS line
            FROM pg_tables WHERE schemaname = 'public'";
        rows(tables, |query| sql_query(query).load(&mut conn).unwrap())
    };
    dump.to_lowercase()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Panics if the dump has one of the secrets, as text or as bytes.
pub(crate) fn search(dump: &str, secrets: &[(&str, String)]) {
    for (what, secret) in secrets {
        assert!(secret.len() >= 6, "{what} is too short to be found");
        let hex = hex(secret.as_bytes());
        for form in [secret.to_lowercase(), hex] {
            assert!(!dump.contains(&form), "{what} is in the database");
        }
        // A JWT without its signature would be of no use, but it is not there either.
        if let Some((head, _)) = secret.rsplit_once('.') {
            assert!(!dump.contains(&head.to_lowercase()), "the claims of {what}");
        }
    }
}

on_both!(
    no_secret_is_in_the_database,
    "oauth.issuer=http://localhost:8080"
);
fn no_secret_is_in_the_database(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    let acme = &scene.acme;
    let mut secrets = vec![
        ("a password", PASSWORD.to_owned()),
        ("the password of the organization", acme.password.clone()),
        ("a company token", acme.token.clone()),
        ("a client secret", scene.secret.clone()),
        ("an operator token", acme.token_for(scene.operator)),
        ("a session", acme.session("lan", PASSWORD)),
    ];
    let rotated = format!("/api/company/clients/{}/rotate-secret", scene.client);
    let rotated = acme.post(&rotated).json(&json!({})).send().json();
    let new = rotated["secret"].as_str().unwrap();
    secrets.push(("a rotated client secret", new.to_owned()));

    // A browser: cookies, tokens against forgery, requests, codes, the second factor.
    let totp = format!("/api/company/operators/{}/totp", scene.operator);
    let made = acme.post(&totp).send().json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    secrets.push(("the secret of a second factor", text(&made["secret"])));
    let codes = made["recoveryCodes"].as_array().unwrap();
    secrets.extend(codes.iter().map(|code| ("a recovery code", text(code))));
    let browser = Browser::new();
    let note = |secrets: &mut Vec<(&str, String)>, page: &Page| {
        let cookie = browser.cookie().unwrap();
        secrets.push(("a cookie", cookie.split_once('=').unwrap().1.to_owned()));
        secrets.push(("a token against forgery", page.hidden("csrf").to_owned()));
        secrets.push(("a request", page.hidden("request").to_owned()));
    };
    let page = browser.open(server, &scene.authorize(&[]));
    note(&mut secrets, &page);
    let answer = browser.sign_in(server, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    note(&mut secrets, &page);
    search(&dump(server), &secrets);
    let fields = [("code", text(&codes[0])), ("do", "verify".to_owned())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let answer = browser.submit(server, &page, &fields);
    let code = value(&returned(&answer, CALLBACK), "code");
    secrets.push(("a code", code.clone()));
    search(&dump(server), &secrets);

    // Tokens of both formats, with a successor in its grace.
    let mut tokens = |client: &str, secret: &str, code: &str| {
        let own = [("client_id", client), ("client_secret", secret)];
        let mut answer = scene.redeem(code, &own).with_status(200).json();
        for _ in 0..2 {
            for member in ["access_token", "refresh_token", "id_token"] {
                if let Some(token) = answer[member].as_str() {
                    secrets.push((member, token.to_owned()));
                }
            }
            let refresh = text(&answer["refresh_token"]);
            let mut fields = own.to_vec();
            fields.extend([
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.as_str()),
            ]);
            let sent = server
                .post("/oauth/token")
                .body("application/x-www-form-urlencoded", form(&fields));
            answer = sent.send().with_status(200).json();
        }
    };
    tokens(&scene.client, &scene.secret, &code);
    let opaque = acme.client(&json!({"name": "Opaque", "redirectUris": [CALLBACK],
        "scopes": ["openid", "profile"], "consent": "skip", "tokenFormat": "opaque"}));
    let (id, secret) = (text(&opaque["id"]), text(&opaque["secret"]));
    let answer = browser.get(server, &scene.authorize(&[("client_id", &id)]));
    let code = value(&returned(&answer, CALLBACK), "code");
    tokens(&id, &secret, &code);
    secrets.push(("a code", code));
    secrets.push(("a client secret", secret));
    assert!(secrets.len() > 30);
    let dump = dump(server);
    search(&dump, &secrets);
    // The search finds what is there.
    for there in [&scene.client, "operator.signed_in", "app.example.com"] {
        assert!(dump.contains(there), "{there}");
    }
    let digest = lanyard::base::Digest::of(&scene.secret);
    assert!(
        dump.contains(&hex(&digest.0)),
        "the digest of the client secret"
    );
}
