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
            format!("/console/operators/{lan}"),
            vec![
                ("name", "Lan"),
                ("version", "0"),
                ("make_password", "1"),
                ("do", "save"),
            ],
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

/// Gives a table of the database another name.
pub(super) fn rename(server: &Server, from: &str, to: &str) {
    let statement = format!("ALTER TABLE {from} RENAME TO {to}");
    let rename = |conn: &mut Conn| {
        on_backend!(conn, c => sql_query(&statement).execute(c))?;
        Ok::<_, Error>(())
    };
    server.app.db.write_blocking(rename).unwrap();
}

on_both!(a_form_makes_one_password_for_an_operator);
fn a_form_makes_one_password_for_an_operator(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let lan = operator(&acme, "lan", "auditor");
    let path = format!("/console/operators/{lan}");
    let form = browser.open(server, &path).form("operator");
    let fields = [
        ("name", "lan"),
        ("role", "auditor"),
        ("username", "lan"),
        ("make_password", "1"),
        ("do", "save"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let made = Page { answer }.text_of("secret");
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    assert_eq!(record.name(), "operator");
    assert!(record.text_of("done").contains("was shown then"));
    Browser::signed_in(server, "acme/lan", &made);
}

on_both!(a_form_with_other_faults_is_refused_before_its_password_is_hashed);
fn a_form_with_other_faults_is_refused_before_its_password_is_hashed(server: &Server) {
    let acme = server.organization("acme");
    let lan = operator(&acme, "lan", "auditor");
    let browser = admin(server, &acme);
    // A hash takes days there.
    let slow = server.another(&["login.bcrypt_cost=31"]);
    let record = format!("/console/operators/{lan}");
    for (path, verb) in [("/console/operators/new", "create"), (&record, "save")] {
        let form = browser.open(&slow, path).form("operator");
        for password in [("password", "a new one"), ("make_password", "1")] {
            let fields = [("name", ""), password, ("do", verb)];
            let answer = browser.send(&slow, &form, &fields);
            assert_eq!(answer.status, 422, "{path} {password:?}");
            assert!(answer.text().contains("id=\"name-error\""));
        }
        let long = "a".repeat(73);
        let fields = [("name", ""), ("password", long.as_str()), ("do", verb)];
        let answer = browser.send(&slow, &form, &fields);
        for field in ["name", "password"] {
            let error = format!("id=\"{field}-error\"");
            assert!(answer.text().contains(&error), "{path} {field}");
        }
    }
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
    let counts = || {
        let count = |conn: &mut Conn| -> Result<(i64, i64), Error> {
            let tokens = ledger::table.filter(ledger::kind.eq("operator"));
            let forms = console_forms::table.count().get_result(conn)?;
            Ok((forms, tokens.count().get_result(conn)?))
        };
        server.app.db.read_blocking(count).unwrap()
    };
    // The last thing that the transaction writes cannot be written.
    rename(server, "audit", "audit_away");
    let failed = browser.send(server, &form, &fields);
    assert!(failed.status >= 500, "{failed}");
    assert_eq!(counts(), (0, 0), "neither the form nor the token is there");
    rename(server, "audit_away", "audit");
    let issued = browser.send(server, &form, &fields);
    let token = Page { answer: issued }.text_of("secret");
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(audit(&acme, 1)[0].0, "operator_token.issued");
    browser.send(server, &form, &fields);
    assert_eq!(counts(), (1, 1), "the same form makes no second token");
}
