//! `GET /api/company/usage`: what an organization did, and what is not known.

use lanyard::base::OrganizationId;
use lanyard::jobs::{Runner, SERVICE};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::{Organization, Server, on_both, table};

/// Gathers and writes what the node has counted, as its jobs do each minute.
fn write(server: &Server) {
    server.app.usage.gather(server.app.clock.now());
    server.app.usage.write(&server.app.db).unwrap();
}

/// Counts live tokens, as the node on duty does every five minutes.
fn count_live(server: &Server) {
    let jobs = SERVICE
        .iter()
        .position(|job| job.name == "count_live_tokens");
    let jobs = &SERVICE[jobs.unwrap()..=jobs.unwrap()];
    let runner = &mut Runner::service(Arc::clone(&server.app), jobs);
    runner.step();
    runner.leave();
}

fn series(acme: &Organization<'_>, range: &str) -> Vec<Value> {
    let path = format!("/api/company/usage?range={range}");
    acme.get(&path).send().with_status(200).items()
}

/// Returns the sum of a member over the points that are known.
fn sum(points: &[Value], member: &str) -> i64 {
    points
        .iter()
        .filter_map(|point| point[member].as_i64())
        .sum()
}

on_both!(what_an_organization_does_is_counted_for_it_alone);
fn what_an_organization_does_is_counted_for_it_alone(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let lan = acme.operator_who_signs_in("lan", "correct horse");
    let (good, revoked) = (acme.token_for(lan), acme.token_for(lan));
    acme.session("lan", "correct horse");
    let wrong = json!({"username": "acme/lan", "password": "wrong"});
    server
        .post("/auth/login")
        .json(&wrong)
        .send()
        .with_status(401);
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": revoked}))
        .send()
        .with_status(204);
    let key = json!({"name": "Reports", "scopes": ["read"], "allowed_ips": ["192.0.2.1"]});
    let key = acme.post("/api/v1/api-keys").json(&key).send();
    let key = key.with_status(201).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    server
        .get("/api/v1/api-keys")
        .bearer(&key)
        .send()
        .with_status(401);
    assert_eq!(acme.judge(&good), "valid");
    assert_eq!(acme.judge(&revoked), "Token revoked");
    acme.post("/api/operator/validate-tokens")
        .json(&json!({"tokens": [good, "x", 7]}))
        .send()
        .with_status(200);
    assert_eq!(other.judge(&good), "Invalid token", "counted for who asks");
    server.wait(86_400);
    assert_eq!(acme.judge(&good), "Token expired");
    write(server);

    let points = series(&acme, "month");
    let expected = [
        ("valid", 2),
        ("expired", 1),
        ("revoked", 1),
        ("invalid", 2),
        ("issuedCompany", 1),
        ("issuedOperator", 2),
        ("issuedOauth", 0),
        ("keyUsed", 0),
        ("keyRefused", 1),
        ("signedIn", 2),
        ("signInRefused", 1),
        ("revokedEntries", 1),
    ];
    for (member, number) in expected {
        assert_eq!(sum(&points, member), number, "{member}");
    }
    let points = series(&other, "month");
    let known = expected.map(|(member, _)| (member, sum(&points, member)));
    let known: Vec<_> = known
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .collect();
    assert_eq!(
        known,
        [("invalid", 1), ("issuedCompany", 1), ("signedIn", 1)]
    );
}

on_both!(a_series_has_every_point_and_null_where_nothing_is_known);
fn a_series_has_every_point_and_null_where_nothing_is_known(server: &Server) {
    let acme = server.organization("acme");
    write(server);
    // No node ran for ten minutes.
    server.wait(600);
    acme.judge("x");
    write(server);
    server.wait(60);
    let answer = acme.get("/api/company/usage?range=hour").send();
    let body = answer.with_status(200).json();
    assert_eq!(
        (&body["range"], &body["step"]),
        (&json!("hour"), &json!(60))
    );
    let points = answer.items();
    assert_eq!(points.len(), 60);
    let invalid = |ago: usize| (&points[59 - ago]["at"], &points[59 - ago]["invalid"]);
    assert_eq!(
        invalid(0),
        (&json!("2030-01-01T00:11:00Z"), &Value::Null),
        "not written yet"
    );
    assert_eq!(invalid(1), (&json!("2030-01-01T00:10:00Z"), &json!(1)));
    assert_eq!(invalid(2).1, &Value::Null);
    assert_eq!(invalid(11), (&json!("2030-01-01T00:00:00Z"), &json!(0)));
    assert_eq!(invalid(12).1, &Value::Null, "before the service began");
    let members: Vec<_> = points[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members.join(" "),
        "at expired invalid issuedCompany issuedOauth issuedOperator keyRefused keyUsed live revoked revokedEntries \
         signInRefused signedIn valid"
    );

    let cases = [
        "",
        "?range=",
        "?range=day",
        "?range=month",
        "?range=year",
        "?range=hour&range=day",
        "?range=HOUR",
    ];
    let read = |case: &&str| acme.get(&format!("/api/company/usage{case}")).send();
    let of = |case: &str| {
        let body = read(&case).with_status(200).json();
        (
            body["range"].clone(),
            body["step"].as_i64().unwrap(),
            body["items"].as_array().unwrap().len(),
        )
    };
    assert_eq!(of(""), (json!("day"), 900, 96));
    assert_eq!(of("?range=month"), (json!("month"), 86_400, 30));
    let statuses = table(cases, read);
    let refused: Vec<_> = statuses
        .lines()
        .filter(|line| line.contains(" → 400"))
        .collect();
    assert_eq!(refused.len(), 3, "{statuses}");
    server.get("/api/company/usage").send().with_status(401);
}

on_both!(two_nodes_add_to_the_same_rows_and_a_stop_in_order_loses_nothing);
fn two_nodes_add_to_the_same_rows_and_a_stop_in_order_loses_nothing(server: &Server) {
    let acme = server.organization("acme");
    {
        let another = server.another(&[]);
        let there = another
            .post("/api/operator/validate-token")
            .bearer(&acme.token);
        there.json(&json!({"token": "x"})).send().with_status(200);
        acme.judge("x");
        write(server);
        let failed = another.app.usage.write(&another.app.db);
        assert_eq!(failed.unwrap(), 0, "nothing was gathered yet");
    }
    assert_eq!(sum(&series(&acme, "hour"), "invalid"), 2);
    assert_eq!(sum(&series(&acme, "day"), "invalid"), 2);
    assert_eq!(sum(&series(&acme, "month"), "invalid"), 2);
}

on_both!(live_tokens_are_counted_without_those_that_are_revoked_or_expired);
fn live_tokens_are_counted_without_those_that_are_revoked_or_expired(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let (lan, olga) = (acme.operator("Lan"), acme.operator("Olga"));
    let second = acme.with_token(&acme.another_token());
    let one = acme.token_for(lan);
    for (company, operator) in [(&acme, lan), (&acme, olga), (&second, olga), (&second, lan)] {
        company.token_for(operator);
    }
    let live = |expected: i64| {
        server.wait(300);
        count_live(server);
        write(server);
        for range in ["hour", "day", "month"] {
            let points = series(&acme, range);
            assert_eq!(points.last().unwrap()["live"], expected, "{range}");
        }
        let points = series(&other, "hour");
        assert_eq!(points.last().unwrap()["live"], 1);
    };
    live(2 + 5);
    let revoke = json!({"token": one});
    acme.post("/api/operator/revoke-token")
        .json(&revoke)
        .send()
        .with_status(204);
    live(2 + 4);
    let path = format!("/api/company/operators/{olga}/revoke-tokens");
    acme.post(&path).send().with_status(204);
    live(2 + 2);
    // With the company token the operator tokens derived from it.
    second
        .post("/api/company/revoke-token")
        .send()
        .with_status(204);
    live(1 + 1);
    server.run(86_400);
    live(1);
    let (app, id) = (&server.app, OrganizationId(acme.id));
    let origin = lanyard::audit::Origin::command_line();
    lanyard::organization::revoke_all(&app.db, id, &origin, app.clock.now()).unwrap();
    server.follow();
    let again = acme.with_token(&acme.another_token());
    server.wait(300);
    count_live(server);
    write(server);
    assert_eq!(series(&again, "hour").last().unwrap()["live"], 1);
    let entries = sum(&series(&again, "month"), "revokedEntries");
    assert_eq!(entries, 4, "one of them by a command");
}

on_both!(
    without_a_ledger_the_number_of_live_tokens_is_unknown,
    "ledger.mode=off"
);
fn without_a_ledger_the_number_of_live_tokens_is_unknown(server: &Server) {
    let acme = server.organization("acme");
    count_live(server);
    write(server);
    let points = series(&acme, "hour");
    let last = points.last().unwrap();
    assert_eq!((&last["live"], &last["valid"]), (&Value::Null, &json!(0)));
}

on_both!(what_a_node_without_a_lease_refuses_is_not_counted);
fn what_a_node_without_a_lease_refuses_is_not_counted(server: &Server) {
    let acme = server.organization("acme");
    let (_, lease) = server.app.tokens.validator.snapshots();
    // The node takes a lease again as soon as it has read the feed.
    let mut judged = 0;
    loop {
        lease.forfeit();
        let call = acme.post("/api/operator/validate-token");
        let answer = call.json(&json!({"token": "x"})).send();
        if answer.status == 503 {
            break;
        }
        judged += 1;
        assert!(judged < 100, "{answer}");
    }
    server.follow();
    assert_eq!(acme.judge("x"), "Invalid token");
    write(server);
    assert_eq!(sum(&series(&acme, "hour"), "invalid"), judged + 1);
}
