//! Whatever names a record, in a body or a query: if the record is another organization's, the answer
//! is that to a record that does not exist, byte for byte. The table is compared with the `OpenAPI`
//! document, so a new member cannot be forgotten.

mod table;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::table::Named::{
    Client, CompanyToken, Message, Operator, OperatorToken, OtherId, Request, Resource, Scope,
};
use self::table::{Call, IN_ANOTHERS, NAMING_NOTHING, Named, TABLE};
use crate::support::database::Database;
use crate::support::{Answer, Organization, Server, on_both};

/// Parts of members for which the two requests of the owner have the same answer, or which would revoke
/// what this test needs.
const NOT_COMPARED: [&str; 5] = ["revoke-token", "/retry", "/grants", "clientId", " actor"];

/// Whether a member or a parameter may name a record, by its name.
fn may_name(name: &str) -> bool {
    let whole = [
        "id",
        "token",
        "tokens",
        "key",
        "keys",
        "jti",
        "actor",
        "target",
        "created_by",
        "scopes",
        "role",
        "audience",
        "resource",
        "parent",
    ];
    let ends = ["_id", "Id", "_ids", "Ids"];
    whole.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}

/// Returns the names of the members of a body: those of an object, or of the objects of an array.
fn members(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return members(document, &document["components"]["schemas"][name]);
    }
    if schema["items"].is_object() {
        return members(document, &schema["items"]);
    }
    let properties = schema["properties"].as_object();
    let names = properties
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone());
    names.collect()
}

#[test]
fn every_member_that_may_name_a_record_is_in_a_table() {
    let document = serde_json::to_value(lanyard::server::openapi()).unwrap();
    let mut found = BTreeSet::new();
    for (path, calls) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/api/") {
            continue;
        }
        for (method, call) in calls.as_object().unwrap() {
            let mut names = Vec::new();
            let content = call["requestBody"]["content"].as_object();
            for (_, body) in content.into_iter().flatten() {
                names.extend(members(&document, &body["schema"]));
            }
            let parameters = call["parameters"].as_array().into_iter().flatten();
            let queries = parameters.filter(|parameter| parameter["in"] == "query");
            names.extend(queries.map(|one| one["name"].as_str().unwrap().to_owned()));
            let method = method.to_uppercase();
            let naming = names.iter().filter(|name| may_name(name));
            found.extend(naming.map(|name| format!("{method} {path} {name}")));
        }
    }
    let listed = TABLE.iter().map(|(member, ..)| *member);
    let listed = listed.chain(IN_ANOTHERS).chain(NAMING_NOTHING);
    let listed: BTreeSet<_> = listed.map(str::to_owned).collect();
    assert_eq!(found, listed);
}

/// Returns for each kind what the other organization has, and one of the same form that names nothing.
fn pairs(
    theirs: &Organization<'_>,
    nobody: &Organization<'_>,
) -> impl Fn(Named) -> (String, String) {
    const UUID: &str = "5f0c7dd0-7a43-4a2e-9d4e-000000000000";
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lan = json!({"name": "Lan", "externalId": "u-7"});
    let lan = theirs.post("/api/company/operators").json(&lan);
    let lan = lan.header("x-request-id", "request-of-theirs").send();
    let lan = lan.with_status(201).json()["id"].as_i64().unwrap();
    let operator = lan.to_string();
    let client = theirs.client(&json!({"name": "Theirs", "grants": ["client_credentials"]}));
    let client = text(&client["id"]);
    for (path, members) in [
        ("/api/v1/scopes/theirs", json!({})),
        ("/api/v1/roles/theirs", json!({"scopes": []})),
    ] {
        theirs.put(path).json(&members).send().with_status(201);
    }
    let resource = json!({"uri": "https://theirs.example/", "name": "API"});
    let resource = theirs.post("/api/company/resources").json(&resource).send();
    resource.with_status(201);
    let webhook = webhook(theirs);
    let sent = theirs.post(&format!("/api/company/webhooks/{webhook}/test"));
    assert!(sent.send().status < 300);
    let messages = theirs.get(&format!("/api/company/webhooks/{webhook}/deliveries"));
    let message = text(&messages.send().items()[0]["id"]);
    let tokens = (
        theirs.token_for(lan),
        nobody.token_for(nobody.operator("Nobody")),
    );
    let companies = (theirs.token.clone(), nobody.token.clone());
    move |named| {
        let (foreign, unknown) = match named {
            Operator => (&*operator, "999999"),
            OtherId => ("u-7", "u-8"),
            Client => (&*client, UUID),
            Resource => ("https://theirs.example/", "https://nobody.example/"),
            Scope => ("theirs", "nobody"),
            OperatorToken => (&*tokens.0, &*tokens.1),
            CompanyToken => (&*companies.0, &*companies.1),
            Message => (&*message, UUID),
            Request => ("request-of-theirs", "request-of-nobody"),
        };
        (foreign.to_owned(), unknown.to_owned())
    }
}

/// Adds an endpoint. Returns its id.
fn webhook(organization: &Organization<'_>) -> String {
    let webhook = json!({"url": "https://example.com/", "events": ["token.revoked"]});
    let webhook = organization.post("/api/company/webhooks").json(&webhook);
    webhook.send().with_status(201).json()["id"].to_string()
}

/// Returns a function that sends a request with own ids.
fn sender<'a>(acme: &Organization<'a>) -> impl Fn(Call, &str) -> Answer + use<'a> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let client = acme.client(&json!({"name": "Own", "grants": ["client_credentials"]}));
    let key = acme.post("/api/v1/api-keys").json(&json!({"name": "own"}));
    let key = key.send().with_status(201).json();
    let own = [
        ("{client}", text(&client["id"])),
        ("{key}", text(&key["id"])),
        ("{webhook}", webhook(acme)),
    ];
    let acme = acme.with_token(&acme.token);
    move |(method, path, body), named| {
        let path = own
            .iter()
            .fold(path.to_owned(), |path, (place, id)| path.replace(place, id));
        match body {
            Some(body) => acme.call(method, &path).json(&body(named)).send(),
            None => acme.call(method, &format!("{path}{named}")).send(),
        }
    }
}

on_both!(whatever_names_a_record_of_another_names_nothing);
fn whatever_names_a_record_of_another_names_nothing(server: &Server) {
    let (acme, theirs) = (server.organization("acme"), server.organization("theirs"));
    // Its tokens have the same form, and this service did not sign them.
    let elsewhere = Server::start(Database::sqlite(), &[]);
    let nobody = elsewhere.organization("nobody");
    let (pair, send) = (pairs(&theirs, &nobody), sender(&acme));
    for (member, named, ask) in TABLE {
        let (foreign, unknown) = pair(named);
        let shown = |text: &str| {
            let answer = send(ask, text);
            assert!(
                answer.status < 500 && answer.status != 401,
                "{member}: {answer}"
            );
            answer.bytes_without(text)
        };
        assert_eq!(shown(&foreign), shown(&unknown), "{member}");
    }
    // Nothing of the other organization changed.
    let record = theirs.get(&format!("/api/company/operators/{}", pair(Operator).0));
    assert_eq!(record.send().with_status(200).json()["name"], "Lan");
    assert_eq!(theirs.judge(&pair(OperatorToken).0), "valid");
    // What another gives as an operator's other id is free.
    let own = json!({"name": "Lan", "externalId": "u-7"});
    let own = acme.post("/api/company/operators").json(&own).send();
    own.with_status(201);
    // To the owner the two are not the same, so each request names what it is to name.
    let send = sender(&theirs);
    for (member, named, ask) in TABLE {
        if NOT_COMPARED.iter().any(|part| member.contains(part)) {
            continue;
        }
        let (own, unknown) = pair(named);
        let shown = |text: &str| send(ask, text).bytes_without(text);
        assert_ne!(shown(&own), shown(&unknown), "{member}");
    }
}
