//! A database that was set back to an earlier moment, as by a restore: no id, token or key of the
//! lost time becomes valid for another owner.

mod command;

use diesel::connection::SimpleConnection;
use lanyard::audit::Origin;
use lanyard::base::{OrganizationId, Sequence};
use lanyard::db::{Conn, Error};
use lanyard::feed;
use lanyard::organization;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both};
use crate::tokens::claims;

fn execute(server: &Server, sql: &str) {
    let run = |conn: &mut Conn| -> Result<(), Error> {
        lanyard::on_backend!(conn, c => c.batch_execute(sql))?;
        Ok(())
    };
    server.app.db.write_blocking(run).unwrap();
}

/// The node that has applied more stops reading the feed, and no revoke waits for it.
fn leave(server: &Server) {
    server.app.nodes.feed.stop();
    server.app.nodes.feed.deregister();
}

/// Removes every entry after `seq` from the feed, as if it had never been written.
fn set_back(server: &Server, seq: Sequence) {
    leave(server);
    execute(
        server,
        &format!(
            "DELETE FROM feed WHERE seq > {seq};
             UPDATE feed_head SET seq = {seq}, mark = (SELECT mark FROM feed WHERE seq = {seq})"
        ),
    );
}

fn judged_by(server: &Server, company: &str, token: &str) -> String {
    let answer = server
        .post("/api/operator/validate-token")
        .bearer(company)
        .json(&json!({"token": token}))
        .send();
    let answer = answer.with_status(200).json();
    answer["error"].as_str().unwrap_or("valid").to_owned()
}

fn revoke_all_of(server: &Server, company: &str, operator: i64) {
    server
        .post(&format!("/api/company/operators/{operator}/revoke-tokens"))
        .bearer(company)
        .send()
        .with_status(204);
}

on_both!(a_token_that_names_a_lost_sequence_is_revoked);
fn a_token_that_names_a_lost_sequence_is_revoked(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let kept = acme.token_for(lan);
    let backup = server.app.nodes.feed.applied();
    for _ in 0..5 {
        revoke_all_of(server, &acme.token, acme.operator("Minh"));
    }
    let lost = acme.token_for(lan);
    let lost_company = acme.another_token();
    set_back(server, backup);
    let restored = server.another(&[]);
    revoke_all_of(&restored, &acme.token, lan);
    assert_eq!(judged_by(&restored, &acme.token, &kept), "Token revoked");
    assert_eq!(judged_by(&restored, &acme.token, &lost), "Token revoked");
    let refused = restored
        .get("/api/company/organization")
        .bearer(&lost_company)
        .send();
    assert_eq!(refused.status, 403, "{refused}");
    // Every node agrees, also one that starts later, and what is issued from now on is valid.
    let third = server.another(&[]);
    assert_eq!(judged_by(&third, &acme.token, &lost), "Token revoked");
    let fresh = third
        .post("/api/operator/get-token")
        .bearer(&acme.token)
        .json(&json!({"id": lan}))
        .send();
    let fresh = fresh.with_status(200).string();
    assert_eq!(judged_by(&restored, &acme.token, &fresh), "valid");
    let head: Sequence = restored.app.db.read_blocking(feed::head).unwrap();
    assert!(head.0 > claims(&lost)["rev"].as_i64().unwrap());
}

on_both!(a_token_that_knows_more_than_the_node_is_judged_once_it_has_come_there);
fn a_token_that_knows_more_than_the_node_is_judged_once_it_has_come_there(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let behind = server.another(&[]);
    // It reads no entries by itself, but can be made to.
    behind.app.nodes.feed.stop();
    let late = Organization::add(server, "late", "open late").log_in();
    let minh = late.operator("Minh");
    let token = late.token_for(minh);
    assert_eq!(judged_by(&behind, &late.token, &token), "valid");
    for _ in 0..3 {
        // No caller waits for this.
        let (db, now) = (&server.app.db, server.app.clock.now());
        organization::resume(db, OrganizationId(acme.id), &Origin::command_line(), now).unwrap();
        server.follow();
    }
    let many: Vec<String> = (0..3).map(|_| acme.token_for(lan)).collect();
    let answer = behind
        .post("/api/operator/validate-tokens")
        .bearer(&acme.another_token())
        .json(&json!({"tokens": many}))
        .send();
    let verdicts = answer.with_status(200).json();
    let valid = |verdict: &Value| verdict["isValid"] == true;
    assert!(verdicts.as_array().unwrap().iter().all(valid), "{verdicts}");
}

on_both!(a_company_token_without_its_organization_is_no_credential);
fn a_company_token_without_its_organization_is_no_credential(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    leave(server);
    execute(
        server,
        &format!(
            "DELETE FROM login_addresses; DELETE FROM operators; DELETE FROM organizations WHERE id = {id}",
            id = acme.id
        ),
    );
    let restored = server.another(&[]);
    let other = restored.organization("other");
    for (path, body) in [
        ("/api/company/operators", json!({"name": "Minh"})),
        ("/api/operator/synchronize", json!([{"name": "Minh"}])),
        (
            "/api/company/webhooks",
            json!({"url": "https://hooks.example.com/", "events": ["token.revoked"]}),
        ),
        ("/api/operator/validate-token", json!({"token": token})),
    ] {
        let refused = restored.post(path).bearer(&acme.token).json(&body).send();
        assert_eq!(refused.status, 401, "{path}: {refused}");
        assert_eq!(refused.json()["error"], "invalid_token");
    }
    assert_eq!(judged_by(&restored, &other.token, &token), "Invalid token");
}

on_both!(an_id_that_is_handed_out_again_leads_no_old_token_to_the_new_organization);
fn an_id_that_is_handed_out_again_leads_no_old_token_to_the_new_organization(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    leave(server);
    execute(
        server,
        &format!(
            "DELETE FROM login_addresses; DELETE FROM scopes; DELETE FROM roles; DELETE FROM operators;
             DELETE FROM organizations WHERE id = {id};
             UPDATE sequences SET value = value - 1 WHERE name IN ('organizations', 'operators')",
            id = acme.id
        ),
    );
    let restored = server.another(&[]);
    let other = restored.organization("other");
    assert_eq!((other.id, other.operator("Minh")), (acme.id, lan));
    let refused = restored
        .get("/api/company/organization")
        .bearer(&acme.token)
        .send();
    assert_eq!(refused.status, 403, "{refused}");
    assert_eq!(judged_by(&restored, &other.token, &token), "Token revoked");
}

on_both!(a_place_beyond_the_head_is_the_beginning);
fn a_place_beyond_the_head_is_the_beginning(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    revoke_all_of(server, &acme.token, lan);
    let head: Sequence = server.app.db.read_blocking(feed::head).unwrap();
    let list = |after: i64| {
        let path = format!("/api/company/revocations?after={after}");
        acme.get(&path).send().items().len()
    };
    assert_eq!((list(0), list(head.0), list(head.0 + 1)), (1, 0, 1));
    let beyond = (head.0 + 1).to_string();
    let call = acme
        .get("/api/company/revocations")
        .header("accept", "text/event-stream")
        .header("last-event-id", &beyond);
    let mut stream = call.events();
    let (rows, shown) = stream.until_head();
    assert_eq!((rows.len(), shown.id), (1, head.0));
    assert_eq!(shown.data["oldestRev"], 0);
}
