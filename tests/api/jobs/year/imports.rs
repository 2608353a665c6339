//! The jobs of imports of operators, and of the words by which operators are found, day by day.

use diesel::prelude::*;
use lanyard::audit::{Actor, Origin};
use lanyard::base::{ImportId, OperatorId, OrganizationId};
use lanyard::db::schema::{operator_imports, operator_words};
use lanyard::db::{Conn, Result};
use lanyard::operator::import::{StartError, check, claim, rows, save};
use serde_json::json;

use super::{DAYS, Year};
use crate::support::{Organization, Server};

/// Adds an admin, who imports.
fn admin(acme: &Organization<'_>) -> Origin {
    let added = acme
        .post("/api/company/operators")
        .json(&json!({"name": "Olga", "role": "admin"}))
        .send();
    let id = added.with_status(201).json()["id"].as_i64().unwrap();
    Origin {
        actor: Actor::Operator(OperatorId(id)),
        through: None,
        address: None,
        request_id: None,
    }
}

/// Checks a table of one line.
fn checked(server: &Server, acme: &Organization<'_>, origin: &Origin, day: i64) -> ImportId {
    let (app, organization) = (&server.app, OrganizationId(acme.id));
    let lines = rows(&format!("externalId,name\no-{day},Lan\n"))
        .unwrap()
        .lines;
    let now = app.clock.now();
    let write = |conn: &mut Conn| -> Result<ImportId> {
        let checked = check(conn, organization, lines.clone())?;
        let masters = app.tokens.keys.masters();
        save(conn, masters, organization, &checked, origin, now)
    };
    app.db.write_blocking(write).unwrap()
}

fn begin(server: &Server, acme: &Organization<'_>, origin: &Origin, id: ImportId) {
    let (organization, now) = (OrganizationId(acme.id), server.app.clock.now());
    let claim = |conn: &mut Conn| claim(conn, organization, id, origin, now);
    let begun: std::result::Result<_, StartError> = server.app.db.write_blocking(claim);
    begun.unwrap();
}

fn imports(server: &Server) -> i64 {
    let count =
        |conn: &mut Conn| -> Result<i64> { Ok(operator_imports::table.count().get_result(conn)?) };
    server.app.db.read_blocking(count).unwrap()
}

/// One table each day.
pub(super) fn import_operators(server: &Server) {
    let acme = server.organization("acme");
    let olga = admin(&acme);
    let mut year = Year::of(server, "import_operators");
    for day in DAYS {
        let id = checked(server, &acme, &olga, day);
        begin(server, &acme, &olga, id);
        year.pass();
    }
    assert_eq!(year.end(), 365);
    let last = acme.get("/api/company/operators?externalId=o-365").send();
    assert_eq!(last.items().len(), 1);
}

/// What is not applied is gone after an hour, what has ended after a week. In this test the service
/// notes once a day that it has run, so the former stays for a day; the next check of the same account
/// replaces it.
pub(super) fn purge_operator_imports(server: &Server) {
    let acme = server.organization("acme");
    let olga = admin(&acme);
    let mut year = Year::of(server, "purge_operator_imports");
    for day in DAYS {
        let id = checked(server, &acme, &olga, day);
        begin(server, &acme, &olga, id);
        lanyard::operator::import::job::go_on(
            &server.app.db,
            (&*server.app.nodes.feed, &*server.app.metrics),
            server.app.tokens.keys.masters(),
            server.app.clock.now(),
        )
        .unwrap();
        checked(server, &acme, &olga, day);
        year.pass();
        assert_eq!(imports(server), day.min(7) + 1, "day {day}");
    }
    year.end();
}

/// One operator each day, whose words an older release has not written.
pub(super) fn fill_in_operator_words(server: &Server) {
    let acme = server.organization("acme");
    let mut year = Year::of(server, "fill_in_operator_words");
    for day in DAYS {
        acme.operator("Lan");
        let forget = |conn: &mut Conn| -> Result<usize> {
            Ok(diesel::delete(operator_words::table).execute(conn)?)
        };
        server.app.db.write_blocking(forget).unwrap();
        year.pass();
        let count = |conn: &mut Conn| -> Result<i64> {
            Ok(operator_words::table.count().get_result(conn)?)
        };
        assert_eq!(server.app.db.read_blocking(count).unwrap(), 1, "day {day}");
    }
    assert_eq!(year.end(), 365);
}
