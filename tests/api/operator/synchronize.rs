//! `POST /api/operator/synchronize`: the chat platform sends its list.

mod one_by_one;
mod refused;
mod speed;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};

fn synchronize(acme: &Organization<'_>, rows: &Value) -> Answer {
    acme.post("/api/operator/synchronize").json(rows).send()
}

fn outcomes(answer: &Answer) -> Vec<String> {
    let body = answer.with_status(200).json();
    let outcome = |row: &Value| row["outcome"].as_str().unwrap().to_owned();
    body.as_array().unwrap().iter().map(outcome).collect()
}

fn operators(acme: &Organization<'_>) -> Vec<Value> {
    acme.get("/api/company/operators?limit=1000").send().items()
}

on_both!(what_is_new_is_added_what_differs_is_changed_what_is_so_stays);
fn what_is_new_is_added_what_differs_is_changed_what_is_so_stays(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let list = json!([
        {"externalId": "chat-2", "name": "Minh", "email": "minh@example.com"},
        {"id": lan, "name": "Lan Anh", "externalId": "chat-1"},
        {"name": "Nobody's id"},
    ]);
    assert_snapshot!(synchronize(&acme, &list), @r#"
    200
    [
      {
        "outcome": "created",
        "operator": {
          "id": 2,
          "organizationId": 1,
          "name": "Minh",
          "externalId": "chat-2",
          "email": "minh@example.com",
          "role": null,
          "username": null,
          "tier": null,
          "avatar": null,
          "secondFactor": false,
          "status": "active",
          "version": 1893456000000000,
          "createdAt": "2030-01-01T00:00:00Z",
        },
      },
      {
        "outcome": "updated",
        "operator": {
          "id": 1,
          "organizationId": 1,
          "name": "Lan Anh",
          "externalId": "chat-1",
          "email": null,
          "role": null,
          "username": null,
          "tier": null,
          "avatar": null,
          "secondFactor": false,
          "status": "active",
          "version": 1893456000000001,
          "createdAt": "2030-01-01T00:00:00Z",
        },
      },
      {
        "outcome": "created",
        "operator": {
          "id": 3,
          "organizationId": 1,
          "name": "Nobody's id",
          "externalId": null,
          "email": null,
          "role": null,
          "username": null,
          "tier": null,
          "avatar": null,
          "secondFactor": false,
          "status": "active",
          "version": 1893456000000000,
          "createdAt": "2030-01-01T00:00:00Z",
        },
      },
    ]
    "#);
    let again = json!([
        {"externalId": "chat-2", "name": "Minh", "email": "minh@example.com"},
        {"externalId": "chat-1", "role": "admin"},
        {"externalId": "chat-2", "status": "inactive"},
        {"externalId": "chat-2", "email": null},
        {"id": lan},
    ]);
    let answer = synchronize(&acme, &again);
    assert_eq!(
        outcomes(&answer),
        ["unchanged", "updated", "updated", "updated", "unchanged"]
    );
    assert_eq!(answer.json()[4]["operator"]["role"], "admin");
    assert_eq!(operators(&acme).len(), 3);
}

/// Returns the external ids of the operators, by id.
fn names(acme: &Organization<'_>) -> Vec<String> {
    let name = |row: &Value| {
        format!(
            "{} {} {}",
            row["id"],
            row["externalId"].as_str().unwrap_or("-"),
            row["email"].as_str().unwrap_or("-")
        )
    };
    operators(acme).iter().map(name).collect()
}

on_both!(the_end_state_counts_and_not_the_order_of_the_list);
fn the_end_state_counts_and_not_the_order_of_the_list(server: &Server) {
    let acme = server.organization("acme");
    let list = json!([
        {"name": "A", "externalId": "x", "email": "a@b"},
        {"name": "B", "externalId": "y", "email": "Ô@b"},
        {"name": "C", "externalId": "z"},
    ]);
    synchronize(&acme, &list).with_status(200);

    // Two operators exchange their ids, in either order.
    let swap = json!([{"id": 1, "externalId": "y"}, {"id": 2, "externalId": "x"}]);
    let answer = synchronize(&acme, &swap);
    assert_eq!(outcomes(&answer), ["updated", "updated"]);
    assert_eq!(answer.json()[0]["operator"]["externalId"], "y");
    assert_eq!(names(&acme), ["1 y a@b", "2 x Ô@b", "3 z -"]);
    let back = json!([{"id": 2, "externalId": "y"}, {"id": 1, "externalId": "x"}]);
    synchronize(&acme, &back).with_status(200);
    assert_eq!(names(&acme), ["1 x a@b", "2 y Ô@b", "3 z -"]);

    // The same holds for emails, which are equal in every composition of their letters; and for a
    // cycle of three.
    let swap = json!([{"id": 1, "email": "o\u{302}@B"}, {"id": 2, "email": "A@b"}]);
    synchronize(&acme, &swap).with_status(200);
    assert_eq!(names(&acme), ["1 x o\u{302}@B", "2 y A@b", "3 z -"]);
    let circle = json!([
        {"id": 1, "externalId": "y"}, {"id": 2, "externalId": "z"}, {"id": 3, "externalId": "x"},
    ]);
    synchronize(&acme, &circle).with_status(200);
    assert_eq!(names(&acme), ["1 y o\u{302}@B", "2 z A@b", "3 x -"]);

    // An id that one row gives up is free for a new operator, whichever row comes first.
    for (list, end) in [
        (
            json!([{"name": "D", "email": "a@b"}, {"id": 2, "email": null}]),
            "4 - a@b",
        ),
        (
            json!([{"externalId": "x", "name": "E"}, {"id": 3, "externalId": "w"}]),
            "5 x -",
        ),
    ] {
        synchronize(&acme, &list).with_status(200);
        assert_eq!(names(&acme).last().unwrap(), end);
    }

    // If two rows would have the same value in the end, no row of the list is applied.
    let before = operators(&acme);
    for (list, index) in [
        (
            json!([{"id": 1, "externalId": "v"}, {"id": 2, "externalId": "v"}]),
            1,
        ),
        (
            json!([{"id": 2, "externalId": "v"}, {"name": "F", "externalId": "v"}]),
            1,
        ),
        (
            json!([{"name": "F", "externalId": "v"}, {"id": 2, "externalId": "v"}]),
            1,
        ),
        (
            json!([{"id": 1, "email": "q@b"}, {"id": 2, "email": "Q@b"}]),
            1,
        ),
        (
            json!([{"id": 1, "externalId": "z"}, {"id": 3, "name": "G"}]),
            0,
        ),
        (
            json!([{"id": 3, "name": "G"}, {"name": "H", "email": "A@B"}]),
            1,
        ),
    ] {
        let answer = synchronize(&acme, &list);
        let shown = answer.with_status(409).json()["error_description"].to_string();
        assert!(shown.contains(&format!("[{index}]")), "{list}: {shown}");
        assert_eq!(operators(&acme), before, "{list}");
    }
}

on_both!(a_thousand_in_one_call_and_no_more);
fn a_thousand_in_one_call_and_no_more(server: &Server) {
    let acme = server.organization("acme");
    let list = |count: usize| -> Value {
        let rows = (0..count)
            .map(|n| json!({"externalId": format!("chat-{n}"), "name": format!("Lan {n}")}));
        Value::Array(rows.collect())
    };
    assert_snapshot!(synchronize(&acme, &list(1_001)), @r#"
    400
    {"error":"invalid_request","error_description":"more than 1000 operators; send them in several calls"}
    "#);
    assert!(operators(&acme).is_empty());
    assert_eq!(
        outcomes(&synchronize(&acme, &list(1_000))),
        ["created"; 1_000]
    );
    assert_eq!(
        outcomes(&synchronize(&acme, &list(1_000))),
        ["unchanged"; 1_000]
    );
    assert_eq!(operators(&acme).len(), 1_000);
}

on_both!(whoever_leaves_the_team_loses_the_tokens);
fn whoever_leaves_the_team_loses_the_tokens(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let (lans, minhs) = (acme.token_for(lan), acme.token_for(minh));
    let list = json!([{"id": lan, "status": "inactive"}, {"id": minh, "name": "Minh II"}]);
    synchronize(&acme, &list).with_status(200);
    assert_eq!(acme.judge(&lans), "Token revoked");
    assert_eq!(acme.judge(&minhs), "valid");
    let list = json!([{"id": lan, "status": "active"}]);
    synchronize(&acme, &list).with_status(200);
    assert_eq!(acme.judge(&lans), "Token revoked");
    assert_eq!(acme.judge(&acme.token_for(lan)), "valid");
}

on_both!(an_external_id_of_the_deleted_is_free_again);
fn an_external_id_of_the_deleted_is_free_again(server: &Server) {
    let acme = server.organization("acme");
    let list = json!([{"externalId": "chat-1", "name": "Lan"}]);
    let first = synchronize(&acme, &list).json()[0]["operator"]["id"].clone();
    acme.delete(&format!("/api/company/operators/{first}"))
        .send()
        .with_status(204);
    let answer = synchronize(&acme, &list);
    assert_eq!(outcomes(&answer), ["created"]);
    assert_ne!(answer.json()[0]["operator"]["id"], first);
}

on_both!(two_lists_at_once_come_one_after_the_other);
fn two_lists_at_once_come_one_after_the_other(server: &Server) {
    let acme = server.organization("acme");
    let rows = (0..50).map(|n| json!({"externalId": format!("chat-{n}"), "name": "Lan"}));
    let list = Value::Array(rows.collect());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| synchronize(&acme, &list).with_status(200).status);
        }
    });
    assert_eq!(operators(&acme).len(), 50);
}
