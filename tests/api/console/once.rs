//! A form that makes something has a field `once`. What was done is said on one page.

use diesel::prelude::*;
use diesel::sql_query;
use lanyard::db::schema::{console_forms, ledger};
use lanyard::db::{Conn, Error};
use lanyard::on_backend;

use super::*;
use crate::support::on_both;

on_both!(a_form_without_its_field_once_makes_nothing);
fn a_form_without_its_field_once_makes_nothing(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let key = acme
        .post("/api/v1/api-keys")
        .json(&json!({"name": "CI", "scopes": ["read"]}))
        .send()
        .with_status(201)
        .json();
    let id = key["id"].as_str().unwrap();
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/sessions");
    let csrf = page.form("others").hidden("csrf").to_owned();
    let forms = [
        (
            "/console/operators/new".to_owned(),
            vec![("name", "Lan"), ("do", "create")],
        ),
        (
            "/console/api-keys/new".to_owned(),
            vec![
                ("name", "x"),
                ("scope", "read"),
                ("expires", "never"),
                ("do", "create"),
            ],
        ),
        (
            format!("/console/operators/{lan}/issue"),
            vec![("minutes", "60"), ("do", "issue")],
        ),
        (
            format!("/console/api-keys/{id}/rotate"),
            vec![("overlap", "0"), ("do", "rotate")],
        ),
        (
            "/console/rotation/new".to_owned(),
            vec![("label", "x"), ("do", "create")],
        ),
        (
            format!(
                "/console/rotation/{}/rotate",
                super::tokens::jti(&acme.token)
            ),
            vec![("overlap", "policy"), ("do", "rotate")],
        ),
        (
            "/console/webhooks/new".to_owned(),
            vec![
                ("url", "https://example.com/"),
                ("events", "token.revoked"),
                ("do", "create"),
            ],
        ),
    ];
    let absent_or_empty: [&[(&str, &str)]; 2] = [&[], &[("once", "")]];
    for (path, fields) in &forms {
        for once in absent_or_empty {
            let all = [&fields[..], once, &[("csrf", csrf.as_str())]].concat();
            let answer = browser.post(server, path, &all);
            assert_eq!(answer.status, 400, "{path} {once:?}");
        }
    }
    assert_eq!(acme.get("/api/company/operators").send().items().len(), 2);
    assert_eq!(acme.get("/api/v1/api-keys").send().items().len(), 1);
    assert_eq!(audit(&acme, 1)[0].0, "operator.signed_in");
}

on_both!(what_an_act_leaves_to_say_is_said_once);
fn what_an_act_leaves_to_say_is_said_once(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let fields = [("name", "Lan"), ("do", "create")];
    let answer = browser.submit(server, "/console/operators/new", "operator", &fields);
    let page = browser.follow(server, &answer);
    assert!(page.text_of("done").contains("Lan was added."));
    let page = browser.follow(server, &answer);
    assert!(page.tag("done").is_none());
}

on_both!(a_form_whose_token_could_not_be_issued_was_not_sent);
fn a_form_whose_token_could_not_be_issued_was_not_sent(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let browser = admin(server, &acme);
    let form = browser
        .open(server, &format!("/console/operators/{lan}/issue"))
        .form("issue");
    let fields = [("minutes", "60"), ("do", "issue")];
    // The last thing that the transaction writes cannot be written.
    let rename = |from: &str, to: &str| {
        let statement = format!("ALTER TABLE {from} RENAME TO {to}");
        let rename = |conn: &mut Conn| {
            on_backend!(conn, c => sql_query(&statement).execute(c))?;
            Ok::<_, Error>(())
        };
        server.app.db.write_blocking(rename).unwrap();
    };
    let counts = || {
        let count = |conn: &mut Conn| -> Result<(i64, i64), Error> {
            let tokens = ledger::table.filter(ledger::kind.eq("operator"));
            let forms = console_forms::table.count().get_result(conn)?;
            Ok((forms, tokens.count().get_result(conn)?))
        };
        server.app.db.read_blocking(count).unwrap()
    };
    rename("audit", "audit_away");
    let failed = browser.send(server, &form, &fields);
    assert!(failed.status >= 500, "{failed}");
    assert_eq!(counts(), (0, 0), "neither the form nor the token is there");
    rename("audit_away", "audit");
    let issued = browser.send(server, &form, &fields);
    let token = Page { answer: issued }.text_of("secret");
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(audit(&acme, 1)[0].0, "operator_token.issued");
    browser.send(server, &form, &fields);
    assert_eq!(counts(), (1, 1), "the same form makes no second token");
}
