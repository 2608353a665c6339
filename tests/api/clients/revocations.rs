//! The kinds of revocation that followers of version 0.1 do not know: only with `?kinds=all`, and
//! as webhook `credential.revoked`.

use serde_json::{Value, json};

use super::{able, sign_in};
use crate::support::{Organization, Server, on_both};

fn rows(acme: &Organization<'_>, query: &str) -> Vec<Value> {
    let answer = acme.get(&format!("/api/company/revocations{query}")).send();
    answer.with_status(200).items()
}

on_both!(
    revocations_of_clients_and_grants_are_listed_only_for_those_who_ask,
    "oauth.issuer=http://localhost:8080"
);
fn revocations_of_clients_and_grants_are_listed_only_for_those_who_ask(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let client = acme.client(&able());
    let id = client["id"].as_str().unwrap();
    let mut known = acme.get("/api/company/revocations").events();
    let mut all = acme.get("/api/company/revocations?kinds=all").events();
    sign_in(&acme, server, &client, lan);
    let grant = acme.get("/api/company/grants").send().items()[0].clone();
    let path = format!("/api/company/grants/{}", grant["id"].as_str().unwrap());
    acme.delete(&path).send().with_status(204);
    acme.post(&format!("/api/company/clients/{id}/revoke-tokens"))
        .send()
        .with_status(204);
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);

    let shown = |rows: &[Value]| -> Vec<Value> {
        let shown = rows.iter().map(|row| {
            let mut row = row.clone();
            let row = row.as_object_mut().unwrap();
            for member in ["seq", "at", "until"] {
                assert!(row.remove(member).is_some_and(|value| !value.is_null()));
            }
            json!(row)
        });
        shown.collect()
    };
    let operator = json!({"kind": "operator", "operatorId": lan});
    let whole = [
        json!({"kind": "grant", "grantId": grant["id"]}),
        json!({"kind": "client", "clientId": id}),
        operator.clone(),
    ];
    assert_eq!(shown(&rows(&acme, "")), std::slice::from_ref(&operator));
    assert_eq!(shown(&rows(&acme, "?kinds=all")), whole);
    acme.get("/api/company/revocations?kinds=some")
        .send()
        .with_status(400);

    let next = |events: &mut crate::support::Events| loop {
        let event = events.next().unwrap();
        if event.name == "revocation" {
            return shown(&[event.data])[0].clone();
        }
    };
    assert_eq!(next(&mut known), operator);
    for row in whole {
        assert_eq!(next(&mut all), row);
    }
}

on_both!(
    webhooks_send_them_as_credential_revoked,
    "oauth.issuer=http://localhost:8080"
);
fn webhooks_send_them_as_credential_revoked(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&able());
    let id = client["id"].as_str().unwrap();
    let hook = |event: &str| {
        let hook = json!({"url": "https://example.com/", "events": [event]});
        let added = acme.post("/api/company/webhooks").json(&hook).send();
        added.with_status(201).json()["id"].as_i64().unwrap()
    };
    let (known, new) = (hook("token.revoked"), hook("credential.revoked"));
    acme.post(&format!("/api/company/clients/{id}/revoke-tokens"))
        .send()
        .with_status(204);
    let sent = |hook: i64| {
        let path = format!("/api/company/webhooks/{hook}/deliveries");
        let items = acme.get(&path).send().items();
        let events = items.iter().map(|item| item["event"].clone());
        events.collect::<Vec<_>>()
    };
    assert!(sent(known).is_empty());
    assert_eq!(sent(new), ["credential.revoked"]);
    acme.delete(&format!("/api/company/operators/{}", acme.operator("Lan")))
        .send()
        .with_status(204);
    assert_eq!(sent(known), ["token.revoked"]);
    assert_eq!(sent(new).len(), 1);
}
