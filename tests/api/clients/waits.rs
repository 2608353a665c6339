//! Only what takes something away waits for other nodes.

use std::time::Duration;

use diesel::prelude::*;
use lanyard::base::clock;
use lanyard::db::Result;
use lanyard::db::schema::nodes;
use lanyard::on_backend;
use serde_json::json;

use super::{able, ask, sign_in};
use crate::support::{Answer, Server, on_both};

/// The lease of a node that applies nothing: a call that waits for it waits that long.
const LEASE: Duration = Duration::from_mins(1);

fn register_silent_node(server: &Server) {
    let now = server.app.clock.now();
    let row = (
        nodes::id.eq(1),
        nodes::name.eq("silent"),
        nodes::lease.eq(i64::try_from(LEASE.as_micros()).unwrap()),
        nodes::applied_seq.eq(0),
        nodes::beats.eq(0),
        nodes::started_at.eq(now),
        nodes::seen_at.eq(now),
    );
    let insert = |conn: &mut _| -> Result<()> {
        on_backend!(conn, c => diesel::insert_into(nodes::table).values(row).execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(insert).unwrap();
}

on_both!(a_client_that_revokes_what_is_not_its_own_waits_for_no_node);
fn a_client_that_revokes_what_is_not_its_own_waits_for_no_node(server: &Server) {
    let (acme, rival) = (server.organization("acme"), server.organization("rival"));
    let shop = acme.client(&able());
    let mut others = Vec::new();
    for organization in [&acme, &rival] {
        let client = organization.client(&able());
        let theirs = sign_in(organization, server, &client, organization.operator("Lan"));
        for member in ["access_token", "refresh_token"] {
            others.push(theirs[member].as_str().unwrap().to_owned());
        }
    }
    register_silent_node(server);
    let begun = clock::boot_time();
    for token in others
        .iter()
        .map(String::as_str)
        .chain(["unknown", "a.b.c"])
    {
        let answer = ask(server, &shop, "/oauth/revoke", &format!("token={token}"));
        assert_eq!(answer.with_status(200).header("revocation-sequence"), None);
    }
    let took = clock::boot_time().saturating_sub(begun);
    assert!(took < LEASE, "{took:?}");
}

on_both!(what_only_gives_waits_for_no_node);
fn what_only_gives_waits_for_no_node(server: &Server) {
    let acme = server.organization("acme");
    // Its signing key is the first of its kind, for which every node is waited for.
    let shop = acme.client(&json!({"name": "Shop", "scopes": ["read"]}));
    let shop = format!("/api/company/clients/{}", shop["id"].as_str().unwrap());
    let lan = format!("/api/company/operators/{}", acme.operator("Lan"));
    let status = |status: &str| acme.patch(&lan).json(&json!({"status": status})).send();
    status("inactive").with_status(200);
    register_silent_node(server);

    let begun = clock::boot_time();
    let gives = |answer: Answer, status: u16| {
        answer.with_status(status);
        assert!(answer.header("revocation-sequence").is_none());
    };
    let another = json!({"name": "Another"});
    gives(acme.post("/api/company/clients").json(&another).send(), 201);
    let wider = json!({"scopes": ["read", "write"]});
    gives(acme.patch(&shop).json(&wider).send(), 200);
    gives(acme.post(&format!("{shop}/rotate-secret")).send(), 200);
    gives(acme.put("/api/v1/scopes/sell").send(), 201);
    let role = json!({"scopes": ["sell"]});
    gives(acme.put("/api/v1/roles/sales").json(&role).send(), 201);
    let api = json!({"uri": "https://api.example.com", "name": "API"});
    let resource = acme.post("/api/company/resources").json(&api).send();
    let place = resource.header("location").unwrap().to_owned();
    gives(resource, 201);
    gives(status("active"), 200);
    for change in [
        json!({"name": "Acme Ltd"}),
        json!({"capScopesByRole": false}),
    ] {
        let path = "/api/company/organization";
        gives(acme.patch(path).json(&change).send(), 200);
    }
    // This node has it all.
    let all = json!({"name": "All", "scopes": ["sell"], "audience": ["https://api.example.com"]});
    let all = acme.client(&all);
    let all = format!("/api/company/clients/{}", all["id"].as_str().unwrap());
    gives(acme.delete(&place).send(), 409);
    let took = clock::boot_time().saturating_sub(begun);
    assert!(took < LEASE, "{took:?}");

    // What takes something away waits for the silent node, which confirms now.
    let confirm = |conn: &mut _| -> Result<()> {
        let silent = nodes::table.find(1);
        on_backend!(conn, c => diesel::update(silent)
            .set(nodes::applied_seq.eq(i64::from(i32::MAX)))
            .execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(confirm).unwrap();
    let removed = acme.delete(&all).send();
    assert_eq!(removed.header("revocation-nodes"), Some("2"));
    assert_eq!(removed.header("revocation-confirmed"), Some("2"));
}
