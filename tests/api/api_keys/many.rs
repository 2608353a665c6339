//! Organizations with very many keys: the limit, and the end of an operator that has made hundreds.

use actix_web::rt::System;
use diesel::prelude::*;
use diesel::sql_query;
use lanyard::api_key::manage::{
    Maker, MakerEnd, MakerError, NamedKeys, end_maker, end_maker_from_cli,
};
use lanyard::audit::Origin;
use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::{Conn, Result};
use lanyard::on_backend;
use serde_json::json;

use super::{make, text};
use crate::support::{Organization, Server, on_both};

/// Adds keys like the first one of the organization, made by `maker`. They have no text.
fn fill(server: &Server, acme: &Organization<'_>, maker: &str, (from, to): (i64, i64)) {
    let write = |conn: &mut Conn| -> Result<()> {
        let id = match conn {
            Conn::Sqlite(_) => "printf('key_%016d', n.i)",
            Conn::Postgres(_) => "'key_' || lpad(n.i::text, 16, '0')",
        };
        let columns = "name, environment, prefix, start_text, end_text, scopes, role, operator_id, \
                       expires_at, allowed_ips, status, created_at, signing, require_signature";
        let statement = format!(
            "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to}) \
             INSERT INTO api_keys (organization_id, id, created_by, {columns}) \
             SELECT k.organization_id, {id}, '{maker}', {columns} \
             FROM (SELECT * FROM api_keys WHERE organization_id = {} AND status = 'active' ORDER BY created_at, id LIMIT 1) AS k, n",
            acme.id
        );
        on_backend!(conn, c => sql_query(statement).execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(write).unwrap();
}

on_both!(an_organization_has_ten_thousand_keys_at_most);
fn an_organization_has_ten_thousand_keys_at_most(server: &Server) {
    let acme = server.organization("acme");
    let first = make(&acme, &json!({}));
    fill(server, &acme, "system", (1, 9_999));
    make(&acme, &json!({}));
    let body = json!({"name": "one too many"});
    let refused = acme.post("/api/v1/api-keys").json(&body).send();
    refused.with_status(409);
    assert!(refused.text().contains("10000"), "{refused}");
    // A revoked key leaves room for another one.
    let path = format!("/api/v1/api-keys/{}", text(&first, "id"));
    acme.delete(&path).send().with_status(204);
    make(&acme, &json!({}));
    acme.post("/api/v1/api-keys")
        .json(&body)
        .send()
        .with_status(409);
}

/// Ends an operator at the command line, or on a node.
fn end(
    server: &Server,
    maker: Maker,
    by_command: bool,
) -> std::result::Result<NamedKeys, MakerError> {
    let (app, origin) = (&server.app, Origin::command_line());
    if by_command {
        let ended = end_maker_from_cli(&app.db, &maker, &origin, app.clock.now());
        return ended.map(|(keys, _)| keys);
    }
    let ended = System::new().block_on(end_maker(app, maker, origin));
    ended.map(|(keys, _)| keys)
}

on_both!(all_keys_of_an_operator_end_with_it_however_many_they_are);
fn all_keys_of_an_operator_end_with_it_however_many_they_are(server: &Server) {
    let acme = server.organization("acme");
    let others = make(&acme, &json!({}));
    let status = |id: i64| {
        let record = acme.get(&format!("/api/company/operators/{id}")).send();
        record.json()["status"].as_str().unwrap().to_owned()
    };
    let live = || acme.get("/api/v1/api-keys?limit=1000").send().items().len();
    let revoked = || {
        let path = "/api/company/audit?action=api_key.revoked&limit=1000";
        acme.get(path).send().items().len()
    };
    // One more than a piece, and as many as two pieces.
    for (round, (count, by_command)) in [(251, false), (500, true)].into_iter().enumerate() {
        let lan = acme.operator("Lan");
        let from = i64::try_from(round * 1_000).unwrap();
        let before = revoked();
        fill(
            server,
            &acme,
            &format!("operator:{lan}"),
            (from, from + count),
        );
        let maker = |how, with_keys| Maker {
            which: (OrganizationId(acme.id), OperatorId(lan)),
            how,
            with_keys,
        };
        let all = usize::try_from(count).unwrap();
        let stay = end(server, maker(MakerEnd::Deactivate, false), by_command).unwrap();
        assert_eq!((stay.len(), live()), (all, all + 1));
        let gone = end(server, maker(MakerEnd::Delete, true), by_command).unwrap();
        assert_eq!((gone.len(), live()), (all, 1), "the other key stays");
        assert_eq!(revoked() - before, all);
        assert_eq!(status(lan), "deleted");
        // What is refused revokes nothing.
        fill(
            server,
            &acme,
            &format!("operator:{lan}"),
            (from + 600, from + 603),
        );
        let refused = end(server, maker(MakerEnd::Deactivate, true), by_command);
        assert!(
            matches!(refused, Err(MakerError::Operator(_))),
            "{refused:?}"
        );
        assert_eq!(live(), 4);
        end(server, maker(MakerEnd::Delete, true), by_command).unwrap();
        assert_eq!(live(), 1);
    }
    assert_eq!(super::verdict(&acme, &others), "valid");
}
