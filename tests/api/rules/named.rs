//! Whatever names a record, in a body or a query: if the record is another organization's, the answer
//! is that to a record that does not exist, byte for byte. The table is compared with the `OpenAPI`
//! document, so a new member cannot be forgotten.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::Ask::{Get, Post};
use self::Named::{Client, CompanyToken, Operator, OperatorToken, OtherId};
use crate::support::database::Database;
use crate::support::{Answer, Organization, Server, on_both};

/// What is named.
#[derive(Clone, Copy)]
enum Named {
    Operator,
    /// An operator, by its `externalId`.
    OtherId,
    Client,
    OperatorToken,
    CompanyToken,
}

/// A request that names it.
#[derive(Clone, Copy)]
enum Ask {
    Post(&'static str, fn(&str) -> Value),
    /// The text is appended.
    Get(&'static str),
}

/// Members that name a record, each with a request.
const TABLE: [(&str, Named, Ask); 12] = [
    (
        "POST /api/operator/get-token id",
        Operator,
        Post("/api/operator/get-token", |id| json!({"id": number(id)})),
    ),
    (
        "POST /api/operator/synchronize id",
        Operator,
        Post(
            "/api/operator/synchronize",
            |id| json!([{"id": number(id), "name": "Mine"}]),
        ),
    ),
    (
        "POST /api/operator/validate-token token",
        OperatorToken,
        Post(
            "/api/operator/validate-token",
            |token| json!({"token": token}),
        ),
    ),
    (
        "POST /api/operator/validate-tokens tokens",
        OperatorToken,
        Post(
            "/api/operator/validate-tokens",
            |token| json!({"tokens": [token, 7]}),
        ),
    ),
    (
        "POST /api/operator/revoke-token token",
        OperatorToken,
        Post(
            "/api/operator/revoke-token",
            |token| json!({"token": token}),
        ),
    ),
    (
        "POST /api/company/revoke-token token",
        CompanyToken,
        Post("/api/company/revoke-token", |token| json!({"token": token})),
    ),
    (
        "GET /api/company/tokens operatorId",
        Operator,
        Get("/api/company/tokens?operatorId="),
    ),
    (
        "GET /api/company/tokens clientId",
        Client,
        Get("/api/company/tokens?clientId="),
    ),
    (
        "GET /api/company/grants operatorId",
        Operator,
        Get("/api/company/grants?operatorId="),
    ),
    (
        "GET /api/company/grants clientId",
        Client,
        Get("/api/company/grants?clientId="),
    ),
    (
        "GET /api/company/audit actor",
        Operator,
        Get("/api/company/audit?actor=operator:"),
    ),
    (
        "GET /api/company/audit target",
        Operator,
        Get("/api/company/audit?target=operator:"),
    ),
];

/// Requests that name a record in another way.
const MORE: [(Named, Ask); 2] = [
    (OtherId, Get("/api/company/operators?externalId=")),
    (
        OtherId,
        Get("/api/company/operators?status=active&externalId="),
    ),
];

/// Members that name a record and are in the table of `anothers`.
const IN_ANOTHERS: [&str; 0] = [];

/// Members that look as if they named a record: what is new is named with them, or they are words of
/// the caller's own.
const NAMING_NOTHING: [&str; 0] = [];

fn number(text: &str) -> i64 {
    text.parse().unwrap()
}

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
    let lan = json!({"name": "Lan", "externalId": "u-7"});
    let lan = theirs.post("/api/company/operators").json(&lan).send();
    let lan = lan.with_status(201).json()["id"].as_i64().unwrap();
    let client = theirs.client(&json!({"name": "Theirs", "grants": ["client_credentials"]}));
    let client = client["id"].as_str().unwrap().to_owned();
    let tokens = (
        theirs.token_for(lan),
        nobody.token_for(nobody.operator("Nobody")),
    );
    let companies = (theirs.token.clone(), nobody.token.clone());
    move |named| match named {
        Operator => (lan.to_string(), "999999".to_owned()),
        OtherId => ("u-7".to_owned(), "u-8".to_owned()),
        Client => (
            client.clone(),
            "5f0c7dd0-7a43-4a2e-9d4e-000000000000".to_owned(),
        ),
        OperatorToken => tokens.clone(),
        CompanyToken => companies.clone(),
    }
}

fn send(acme: &Organization<'_>, ask: Ask, text: &str) -> Answer {
    match ask {
        Post(path, body) => acme.post(path).json(&body(text)).send(),
        Get(path) => acme.get(&format!("{path}{text}")).send(),
    }
}

on_both!(whatever_names_a_record_of_another_names_nothing);
fn whatever_names_a_record_of_another_names_nothing(server: &Server) {
    let (acme, theirs) = (server.organization("acme"), server.organization("theirs"));
    // Its tokens have the same form, and this service did not sign them.
    let elsewhere = Server::start(Database::sqlite(), &[]);
    let nobody = elsewhere.organization("nobody");
    let pair = pairs(&theirs, &nobody);
    let table = TABLE.into_iter().map(|(_, named, ask)| (named, ask));
    for (named, ask) in table.chain(MORE) {
        let (foreign, unknown) = pair(named);
        let shown = |text: &str| {
            let answer = send(&acme, ask, text);
            assert!(answer.status < 500 && answer.status != 401, "{answer}");
            answer.bytes().replace(text, "ID")
        };
        assert_eq!(shown(&foreign), shown(&unknown));
    }
    // Nothing of the other organization changed.
    let (operator, _) = pair(Operator);
    let record = theirs.get(&format!("/api/company/operators/{operator}"));
    assert_eq!(record.send().with_status(200).json()["name"], "Lan");
    assert_eq!(theirs.judge(&pair(OperatorToken).0), "valid");
    // What another gives as an operator's other id is free.
    let own = json!({"name": "Lan", "externalId": "u-7"});
    let own = acme.post("/api/company/operators").json(&own).send();
    own.with_status(201);
}
