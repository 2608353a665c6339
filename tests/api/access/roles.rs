//! `GET /api/v1/roles`, `GET, PUT, DELETE …/{name}`.

use std::thread;

use diesel::prelude::*;
use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::db;
use lanyard::operator::{self, NewOperator, OperatorStatus, Profile};
use serde_json::{Value, json};

use crate::support::database::Database;
use crate::support::{Answer, Organization, Server, on_both, table};

fn put(acme: &Organization<'_>, name: &str, body: &Value) -> Answer {
    acme.call("PUT", &format!("/api/v1/roles/{name}"))
        .json(body)
        .send()
}

on_both!(a_role_is_defined_changed_and_removed);
fn a_role_is_defined_changed_and_removed(server: &Server) {
    let acme = server.organization("acme");
    assert_snapshot!(acme.get("/api/v1/roles").send(), @r#"
    200
    {
      "items": [
        {"name":"admin","scopes":["admin"],"description":"Everything"},
        {"name":"auditor","scopes":[],"description":"Reads the console"},
        {"name":"customer","scopes":["read"],"description":"The customer's own data"},
        {"name":"marketing","scopes":["analytics","read","write"],"description":"Campaigns and promotions"},
        {"name":"tenant","scopes":["read","write"],"description":"The tenant's own data"},
      ],
      "nextCursor": null,
    }
    "#);
    let added = put(
        &acme,
        "sales",
        &json!({"scopes": ["write", "read", "email"]}),
    );
    assert_snapshot!(added, @r#"
    201
    location: /api/v1/roles/sales
    {"name":"sales","scopes":["email","read","write"],"description":null}
    "#);
    // Whoever changes a role may be taking rights away.
    for _ in 0..2 {
        let changed = put(
            &acme,
            "sales",
            &json!({"scopes": ["read"], "description": "Sells"}),
        );
        assert!(changed.header("revocation-sequence").is_some());
        changed.with_status(200);
    }
    assert_eq!(
        acme.get("/api/v1/roles/sales")
            .send()
            .with_status(200)
            .json(),
        json!({"name": "sales", "scopes": ["read"], "description": "Sells"})
    );
    let remove = || acme.delete("/api/v1/roles/sales").send();
    let lan = json!({"name": "Lan", "role": "sales"});
    let lan = acme.post("/api/company/operators").json(&lan).send();
    assert_snapshot!(remove(), @r#"
    409
    {"error":"conflict","error_description":"it is in use by the operator 1; change that first"}
    "#);
    acme.delete(lan.header("location").unwrap())
        .send()
        .with_status(204);
    remove().with_status(204);
    remove().with_status(404);
    acme.get("/api/v1/roles/sales").send().with_status(404);
    let log = acme.get("/api/company/audit?action=role.updated").send();
    assert_eq!(log.items().len(), 3);
}

on_both!(what_cannot_be_a_role_is_refused);
fn what_cannot_be_a_role_is_refused(server: &Server) {
    let acme = server.organization("acme");
    for name in ["admin", "auditor"] {
        put(&acme, name, &json!({"scopes": []})).with_status(409);
        let path = format!("/api/v1/roles/{name}");
        acme.delete(&path).send().with_status(409);
    }
    put(&acme, "Sales", &json!({"scopes": []})).with_status(400);
    let answers = table(
        [
            "{}",
            r#"{"scopes":null}"#,
            r#"{"scopes":"read"}"#,
            r#"{"scopes":["sales"]}"#,
            r#"{"scopes":["Not a scope"]}"#,
        ],
        |body| {
            acme.call("PUT", "/api/v1/roles/sales")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: missing member `scopes` at line 1 column 2
    {"scopes":null} → 400 invalid_request: scopes: invalid type: null, expected an array at line 1 column 14
    {"scopes":"read"} → 400 invalid_request: scopes: invalid type: string "read", expected an array at line 1 column 16
    {"scopes":["sales"]} → 400 invalid_request: scopes: "sales" is not a scope that the organization has defined
    {"scopes":["Not a scope"]} → 400 invalid_request: scopes: "Not a scope" is not a scope that the organization has defined
    "#);
    put(&acme, "sales", &json!({"scopes": []})).with_status(201);
    let other = server.organization("other");
    other.get("/api/v1/roles/sales").send().with_status(404);
    let operator = acme.token_for(acme.operator("Lan"));
    server
        .get("/api/v1/roles")
        .bearer(&operator)
        .send()
        .with_status(403);
}

on_both!(an_admin_who_signed_in_manages_roles_and_nobody_else_does);
fn an_admin_who_signed_in_manages_roles_and_nobody_else_does(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    let session = acme.session("lan", "open sesame");
    let put = || {
        let call = server.call("PUT", "/api/v1/roles/sales").bearer(&session);
        call.json(&json!({"scopes": ["read"]})).send().status
    };
    assert_eq!(put(), 403);
    let set = |role: &str| {
        let path = format!("/api/company/operators/{lan}");
        let answer = acme.patch(&path).json(&json!({"role": role})).send();
        answer.with_status(200);
    };
    set("admin");
    assert_eq!(put(), 201);
    set("marketing");
    assert_eq!(put(), 403);
    let log = acme.get("/api/company/audit?action=role.updated").send();
    assert_eq!(log.items()[0]["actor"], format!("operator:{lan}"));
    // Clients are the organization's own.
    set("admin");
    let clients = server.get("/api/company/clients").bearer(&session).send();
    clients.with_status(403);
}

/// Both calls cannot succeed: the role is given in a transaction that is still open when its removal
/// begins.
#[test]
fn a_role_that_is_being_given_is_not_removed() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let server = Server::start(database, &[]);
    let acme = server.organization("acme");
    put(&acme, "sales", &json!({"scopes": ["read"]})).with_status(201);
    let new = NewOperator {
        profile: Profile {
            name: "Lan".to_owned(),
            role: Some("sales".to_owned()),
            ..Profile::default()
        },
        password: None,
        status: OperatorStatus::Active,
    };
    let (app, organization) = (&server.app, OrganizationId(acme.id));
    let remove = || acme.delete("/api/v1/roles/sales").send().status;
    thread::scope(|scope| {
        let removal = app.db.write_blocking(|conn| {
            let (origin, now) = (Origin::command_line(), app.clock.now());
            operator::add(conn, organization, new, &origin, now).unwrap();
            let removal = scope.spawn(remove);
            while !removal.is_finished() && !somebody_waits_for_a_lock(&server) {
                thread::yield_now();
            }
            Ok::<_, db::Error>(removal)
        });
        assert_eq!(removal.unwrap().join().unwrap(), 409);
    });
    acme.get("/api/v1/roles/sales").send().with_status(200);
}

fn somebody_waits_for_a_lock(server: &Server) -> bool {
    let mut conn = PgConnection::establish(&server.database_url()).unwrap();
    let waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    diesel::sql_query(waiting).execute(&mut conn).unwrap() > 0
}
