//! `GET /api/company/operators`: pages and filters.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both, table};

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

fn list(acme: &Organization<'_>, query: &str) -> Value {
    let answer = acme.get(&format!("/api/company/operators{query}")).send();
    answer.with_status(200).json()
}

on_both!(an_empty_list_is_a_page_too);
fn an_empty_list_is_a_page_too(server: &Server) {
    let acme = server.organization("acme");
    assert_snapshot!(acme.get("/api/company/operators").send(), @r#"
    200
    {"items":[],"nextCursor":null}
    "#);
}

on_both!(pages_follow_one_another_and_none_is_shown_twice);
fn pages_follow_one_another_and_none_is_shown_twice(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    for number in 1..=5 {
        acme.operator(&format!("Lan {number}"));
        other.operator("not ours");
    }
    let first = list(&acme, "?limit=2");
    assert_eq!(names(&first), ["Lan 1", "Lan 2"]);
    let cursor = first["nextCursor"].as_str().unwrap();
    // An operator that is added meanwhile comes at the end; one that is deleted is left out.
    acme.operator("Lan 6");
    let second = list(&acme, &format!("?limit=2&cursor={cursor}"));
    assert_eq!(names(&second), ["Lan 3", "Lan 4"]);
    let cursor = second["nextCursor"].as_str().unwrap();
    let third = list(&acme, &format!("?limit=2&cursor={cursor}"));
    assert_eq!(names(&third), ["Lan 5", "Lan 6"]);
    assert_eq!(third["nextCursor"], Value::Null, "it was the last");
}

on_both!(a_page_has_a_hundred_unless_asked_and_at_most_a_thousand);
fn a_page_has_a_hundred_unless_asked_and_at_most_a_thousand(server: &Server) {
    let acme = server.organization("acme");
    let rows: Vec<_> = (0..101)
        .map(|n| json!({"name": format!("Lan {n}")}))
        .collect();
    acme.post("/api/operator/synchronize")
        .json(&json!(rows))
        .send()
        .with_status(200);
    let page = list(&acme, "");
    assert_eq!(names(&page).len(), 100);
    assert!(page["nextCursor"].is_string());
    assert_eq!(names(&list(&acme, "?limit=1000")).len(), 101);
    assert_eq!(names(&list(&acme, "?limit=")).len(), 100);
}

on_both!(a_filter_narrows_the_list);
fn a_filter_narrows_the_list(server: &Server) {
    let acme = server.organization("acme");
    let add = |name: &str, status: &str| {
        let body = json!({"name": name, "externalId": format!("id+{name} 7"), "status": status});
        let added = acme.post("/api/company/operators").json(&body).send();
        added.with_status(201).json()["id"].as_i64().unwrap()
    };
    add("a", "active");
    add("i", "inactive");
    let deleted = add("d", "active");
    acme.delete(&format!("/api/company/operators/{deleted}"))
        .send()
        .with_status(204);

    assert_eq!(names(&list(&acme, "")), ["a", "i"]);
    assert_eq!(names(&list(&acme, "?status=active")), ["a"]);
    assert_eq!(names(&list(&acme, "?status=inactive")), ["i"]);
    assert_eq!(names(&list(&acme, "?status=deleted")), ["d"]);
    assert_eq!(names(&list(&acme, "?externalId=id%2Ba+7")), ["a"]);
    assert_eq!(names(&list(&acme, "?externalId=id%2Bi%207")), ["i"]);
    assert_eq!(
        names(&list(&acme, "?externalId=id%2Bi%207&status=active")),
        [""; 0]
    );
    assert_eq!(names(&list(&acme, "?externalId=%00")), [""; 0]);
    assert_eq!(
        names(&list(&acme, "?externalId=%27%20OR%201%3D1--")),
        [""; 0]
    );
    assert_eq!(names(&list(&acme, "?unknown=parameter")), ["a", "i"]);
}

on_both!(a_query_that_means_nothing_is_refused_by_name);
fn a_query_that_means_nothing_is_refused_by_name(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "limit=0",
            "limit=1001",
            "limit=-1",
            "limit=ten",
            "limit=1.5",
            "limit=99999999999999999999",
            "limit=1&limit=2",
            "cursor=x",
            "cursor=%FF",
            "cursor=Ly8",
            "status=gone",
            "status=active&status=active",
            "externalId=%zz",
            "externalId=%FF",
        ],
        |query| acme.get(&format!("/api/company/operators?{query}")).send(),
    );
    assert_snapshot!(answers, @"
    limit=0 → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=1001 → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=-1 → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=ten → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=1.5 → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=99999999999999999999 → 400 invalid_request: limit must be a whole number from 1 to 1000
    limit=1&limit=2 → 400 invalid_request: limit occurs twice
    cursor=x → 400 invalid_request: cursor must be a nextCursor of an earlier page, unchanged
    cursor=%FF → 400 invalid_request: cursor is not percent-encoded UTF-8
    cursor=Ly8 → 400 invalid_request: cursor must be a nextCursor of an earlier page, unchanged
    status=gone → 400 invalid_request: status must be active, inactive or deleted
    status=active&status=active → 400 invalid_request: status occurs twice
    externalId=%zz → 400 invalid_request: externalId is not percent-encoded UTF-8
    externalId=%FF → 400 invalid_request: externalId is not percent-encoded UTF-8
    ");
}
