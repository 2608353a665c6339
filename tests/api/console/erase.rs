//! Erasing a person: nothing of it is left in any table, and the chain over the audit log stays whole.

use diesel::prelude::*;
use lanyard::audit::verify::verify;
use lanyard::audit::{self, Action, Event, Origin, job};
use lanyard::base::{OperatorId, OrganizationId, Timestamp};
use lanyard::db::schema::{
    deliveries, operator_imports, operators, wechat_openids, wechat_unionids,
};
use lanyard::db::{Conn, Error};
use lanyard::operator as verb;

use super::*;
use crate::pages::dump;
use crate::support::on_both;

/// What identifies the person, in lower case as the dump is.
const CANARIES: [&str; 9] = [
    "canaryfirst nguyễnlast",
    "canary@mail.example",
    "canary-external",
    "canary-username",
    "https://canary.example/avatar",
    "canary-openid",
    "canary-unionid",
    "127.0.0.77",
    "127.0.77.0/24",
];

/// The words of its name, as an index of words would have them.
const WORDS: [&str; 2] = ["canaryfirst", "nguyenlast"];

fn seal(server: &Server) {
    let app = &server.app;
    app.nodes.duty.attend(&app.db).unwrap().unwrap();
    job::seal(&app.db, &app.nodes.duty, app.clock.now()).unwrap();
}

/// Writes an import that the person has made, and a table that somebody else has checked.
fn imports(conn: &mut Conn, organization: i64, operator: i64) -> Result<(), Error> {
    for (number, state, by) in [(1_i64, "done", Some(operator)), (2, "checked", None)] {
        diesel::insert_into(operator_imports::table)
            .values((
                operator_imports::organization_id.eq(organization),
                operator_imports::id.eq(number),
                operator_imports::state.eq(state),
                operator_imports::lines.eq(0),
                operator_imports::done.eq(0),
                operator_imports::operator_id.eq(by),
                operator_imports::address.eq(by.map(|_| "127.0.0.77")),
                operator_imports::checked_at.eq(0),
                operator_imports::sealed_lines.eq(Vec::<u8>::new()),
                operator_imports::sealed_by.eq("nobody"),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Adds messages to webhooks about the person and its key.
fn messages(conn: &mut Conn, organization: i64, key: &str, now: Timestamp) -> Result<(), Error> {
    for (id, event, data) in [
        (
            "msg_1",
            "api_key.new_network",
            json!({"keyId": key, "name": "till", "network": "127.0.77.0/24"}),
        ),
        (
            "msg_2",
            "api_key.quarantined",
            json!({"keyId": "key_other", "reason": "lost by Canaryfirst Nguyễnlast"}),
        ),
    ] {
        let mut data = data;
        data["organizationId"] = json!(organization);
        let body = json!({"type": event, "data": data});
        // Also to an endpoint of the service.
        for owner in [organization, 0] {
            diesel::insert_into(deliveries::table)
                .values((
                    deliveries::organization_id.eq(owner),
                    deliveries::webhook_id.eq(1_i64),
                    deliveries::id.eq(id),
                    deliveries::event.eq(event),
                    deliveries::body.eq(body.to_string()),
                    deliveries::status.eq("delivered"),
                    deliveries::attempts.eq(1_i64),
                    deliveries::created_at.eq(now.as_micros()),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Adds lines in which others wrote about the person.
fn others(conn: &mut Conn, organization: OrganizationId, now: Timestamp) -> Result<(), Error> {
    for (number, detail) in [
        "asked for by CANARYFIRST NGUYỄNLAST",
        "sent to canary@mail.example",
        "openid canary-openid",
        "no word of anybody",
    ]
    .into_iter()
    .enumerate()
    {
        let event = Event::of(
            &Origin::command_line(),
            Action::RoleUpdated,
            now,
            organization,
        );
        audit::record(conn, &event.target(format!("role:{number}")).detail(detail))?;
    }
    Ok(())
}

/// Adds the person, and uses everything that keeps something of it. Returns its id.
fn person(server: &Server, acme: &Organization<'_>) -> i64 {
    let members = json!({
        "name": "Canaryfirst Nguyễnlast", "email": "Canary@mail.example", "externalId": "canary-external",
        "username": "canary-username", "password": PASSWORD, "role": "auditor",
    });
    let added = acme.post("/api/company/operators").json(&members).send();
    let id = added.with_status(201).json()["id"].as_i64().unwrap();
    totp(acme, id);
    acme.delete(&format!("/api/company/operators/{id}/totp"))
        .send()
        .with_status(204);
    for _ in 0..2 {
        server
            .post("/auth/login")
            .from([127, 0, 0, 77])
            .json(&json!({"username": format!("{}/canary-username", acme.login), "password": PASSWORD}))
            .send()
            .with_status(200);
        seal(server);
    }
    acme.token_for(id);
    let key = json!({"name": "till", "scopes": ["read"], "operator_id": id});
    let key = acme.post("/api/v1/api-keys").json(&key).send();
    let key = key.with_status(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (organization, operator) = (OrganizationId(acme.id), OperatorId(id));
    let now = server.app.clock.now();
    let written = server.app.db.write_blocking(|conn: &mut Conn| {
        diesel::update(operators::table.find((acme.id, id)))
            .set(operators::avatar.eq("https://canary.example/avatar"))
            .execute(conn)?;
        diesel::insert_into(wechat_openids::table)
            .values((
                wechat_openids::organization_id.eq(acme.id),
                wechat_openids::app_id.eq("wx"),
                wechat_openids::openid.eq("canary-openid"),
                wechat_openids::operator_id.eq(id),
                wechat_openids::created_at.eq(0),
            ))
            .execute(conn)?;
        diesel::insert_into(wechat_unionids::table)
            .values((
                wechat_unionids::organization_id.eq(acme.id),
                wechat_unionids::unionid.eq("canary-unionid"),
                wechat_unionids::operator_id.eq(id),
                wechat_unionids::created_at.eq(0),
            ))
            .execute(conn)?;
        imports(conn, acme.id, id)?;
        let event = Event::of(
            &Origin::command_line(),
            Action::ApiKeyNewNetwork,
            now,
            organization,
        );
        audit::record(
            conn,
            &event
                .target(format!("api_key:{key}"))
                .detail("network: 127.0.77.0/24"),
        )?;
        messages(conn, acme.id, &key, now)?;
        others(conn, organization, now)?;
        let event = Event::of(
            &Origin::command_line(),
            Action::OperatorUpdated,
            now,
            organization,
        );
        audit::record(
            conn,
            &event
                .target(format!("operator:{operator}"))
                .detail("was Canaryfirst Nguyễnlast"),
        )?;
        Ok::<_, Error>(())
    });
    written.unwrap();
    id
}

/// Checks that nothing of the person is left, and that the chain is whole.
fn check_gone(server: &Server, acme: &Organization<'_>, id: i64) {
    let dump = dump(server);
    for canary in CANARIES.into_iter().chain(WORDS) {
        assert!(!dump.contains(canary), "{canary} is left");
    }
    assert!(dump.contains("no word of anybody"));
    let read = |conn: &mut Conn| {
        let state = operator_imports::table.select(operator_imports::state);
        Ok::<_, Error>(state.load::<String>(conn)?)
    };
    let imports = server.app.db.read_blocking(read).unwrap();
    assert_eq!(imports, ["done"]);
    seal(server);
    let report = verify(&server.app.db, &[]).unwrap();
    assert_eq!(report.faults, []);
    assert!(report.erased >= 2, "{report:?}");
    assert_eq!(report.state.unsealed, 0);
    let record = acme
        .get(&format!("/api/company/operators/{id}"))
        .send()
        .with_status(200)
        .json();
    assert_eq!(record["status"], "deleted");
    assert_eq!(record["name"], "(erased)");
    for member in ["email", "externalId", "username", "avatar", "tier"] {
        assert_eq!(record[member], json!(null), "{member}");
    }
    let lines = acme
        .get(&format!(
            "/api/company/audit?target=operator:{id}&action=operator.erased"
        ))
        .send();
    assert!(!lines.items().is_empty());
}

on_both!(an_erased_person_is_in_no_table_and_the_chain_is_whole);
fn an_erased_person_is_in_no_table_and_the_chain_is_whole(server: &Server) {
    let acme = server.organization("acme");
    let id = person(server, &acme);
    let token = acme.token_for(id);
    let before = dump(server);
    for canary in CANARIES {
        assert!(before.contains(canary), "{canary} was never there");
    }
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{id}");
    let page = browser.open(server, &format!("{path}/erase"));
    check_page(&page);
    assert!(page.html().contains("<bdi>Canaryfirst Nguyễnlast</bdi>"));
    assert!(page.text_of("effect").contains("backups"));
    let form = page.form("confirm");
    // The notice of another act has the name, and was not shown yet.
    let deactivate = format!("{path}/deactivate");
    browser
        .submit(server, &deactivate, "confirm", &[("do", "deactivate")])
        .with_status(303);
    let answer = browser.send(server, &form, &[("do", "erase")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("done").contains("lines of the audit log"));
    assert!(done.data("receipt", "data-sequence").is_some());
    assert_eq!(acme.judge(&token), "Token revoked");
    check_gone(server, &acme, id);
    // Again, as after restoring a backup.
    let answer = browser.send(server, &form, &[("do", "erase")]);
    browser.follow(server, &answer);
    check_gone(server, &acme, id);
    let other = server.organization("other");
    let foreign = admin(server, &other);
    foreign
        .get(server, &format!("{path}/erase"))
        .with_status(404);
}

on_both!(a_deleted_person_is_erased_from_the_command_line_too);
fn a_deleted_person_is_erased_from_the_command_line_too(server: &Server) {
    let acme = server.organization("acme");
    let id = person(server, &acme);
    acme.delete(&format!("/api/company/operators/{id}"))
        .send()
        .with_status(204);
    let (organization, operator) = (OrganizationId(acme.id), OperatorId(id));
    let (db, now) = (&server.app.db, server.app.clock.now());
    let origin = Origin::command_line();
    let erased = verb::erase_from_cli(db, organization, operator, &origin, now);
    let (erased, receipt) = erased.unwrap();
    assert!(erased.lines > 0 && erased.tokens > 0, "{erased:?}");
    assert!(receipt.is_some());
    check_gone(server, &acme, id);
}

on_both!(an_auditor_sees_no_way_to_erase);
fn an_auditor_sees_no_way_to_erase(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    operator(&acme, "ada", "auditor");
    let browser = Browser::signed_in(server, &format!("{}/ada", acme.login), PASSWORD);
    let path = format!("/console/operators/{lan}");
    assert!(!browser.open(server, &path).html().contains("/erase"));
    browser
        .get(server, &format!("{path}/erase"))
        .with_status(403);
}
