//! Lists: `?limit=` and `?cursor=` work alike on every list, on both databases.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Server, on_both, table};

/// A list: its path, and the names of its parameters.
type List = (String, Vec<String>);

/// Returns every list that the `OpenAPI` document has: whatever takes a `limit`.
fn lists(server: &Server) -> Vec<List> {
    let document = server.get("/openapi.json").send().json();
    let parameters = |operation: &Value| -> Vec<String> {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.filter(|one| one["in"] == "query")
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let paths = document["paths"].as_object().unwrap();
    let lists: Vec<List> = paths
        .iter()
        .map(|(path, of_path)| (path.replace("{id}", "1"), parameters(&of_path["get"])))
        .filter(|(_, names)| names.iter().any(|name| name == "limit"))
        .collect();
    assert!(lists.len() >= 14, "{lists:?}");
    lists
}

/// Lists whose cursor is a name that people or clients chose, each with those of [`NO_NUMBERS`] that can
/// be one.
const BY_NAME: &[(&str, &[&str])] = &[
    ("/api/company/clients", &NO_NUMBERS),
    ("/api/v1/roles", &["x", "msg_"]),
    ("/api/v1/scopes", &["x", "msg_"]),
    (
        "/api/v1/wechat-apps",
        &["x", "msg_", "9999999999999999999999"],
    ),
];

/// Texts that are no id of a row.
const NO_NUMBERS: [&str; 6] = [
    "x",
    "msg_",
    "' OR 1=1 --",
    "9999999999999999999999",
    "1.5",
    " 1",
];

fn acme_with_a_webhook(server: &Server) -> crate::support::Organization<'_> {
    let acme = server.organization("acme");
    acme.post("/api/company/webhooks")
        .json(&json!({"url": "https://example.com/", "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    assert_eq!(acme.operator("Lan"), 1);
    acme
}

on_both!(what_is_no_cursor_is_refused_by_every_list);
fn what_is_no_cursor_is_refused_by_every_list(server: &Server) {
    let acme = acme_with_a_webhook(server);
    let coded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let refused = [
        "AA".to_owned(),
        "A".to_owned(),
        "%00".to_owned(),
        "%ff".to_owned(),
        "!".to_owned(),
        "gA".to_owned(),
        coded("\0"),
        coded("msg_\0"),
        coded("1\0"),
        coded("é"),
        coded(&"x".repeat(10_000)),
    ];
    for (list, _) in &lists(server) {
        let by_name = BY_NAME.iter().find(|(one, _)| one == list);
        let taken = by_name.map_or(&[][..], |(_, taken)| taken);
        let more = NO_NUMBERS.into_iter();
        let more = more.filter(|text| !taken.contains(text)).map(coded);
        for cursor in refused.iter().cloned().chain(more) {
            let answer = acme.get(&format!("{list}?cursor={cursor}")).send();
            let why = match cursor.as_str() {
                "%ff" => "cursor is not percent-encoded UTF-8",
                _ => "cursor must be a nextCursor of an earlier page, unchanged",
            };
            assert_eq!(
                answer.in_short(),
                format!("400 invalid_request: {why}"),
                "{list}?cursor={cursor}"
            );
        }
        for text in taken {
            let answer = acme.get(&format!("{list}?cursor={}", coded(text))).send();
            assert_eq!(answer.status, 200, "{list}: {text}: {answer}");
        }
        acme.get(&format!("{list}?cursor=")).send().with_status(200);
    }
}

on_both!(no_parameter_of_a_list_is_a_fault_of_the_service);
fn no_parameter_of_a_list_is_a_fault_of_the_service(server: &Server) {
    let acme = acme_with_a_webhook(server);
    let values = [
        "%00",
        "%ff",
        "a%00b",
        "-1",
        "0",
        "1",
        "9223372036854775808",
        "1e3",
        "%F0%9F%98%80",
        "%ED%A0%80",
        "%25",
        "''",
        "active",
        "null",
    ];
    for (list, names) in &lists(server) {
        for name in names.iter().map(String::as_str).chain(["unknown", "%00"]) {
            for value in values {
                let answer = acme.get(&format!("{list}?{name}={value}")).send();
                assert!(
                    [200, 400].contains(&answer.status),
                    "{list}?{name}={value}: {answer}"
                );
            }
        }
    }
}

const MESSAGES: &str = "/api/company/webhooks/1/deliveries";
const TOKENS: &str = "/api/company/tokens";

on_both!(the_cursor_of_one_list_is_that_of_no_other);
fn the_cursor_of_one_list_is_that_of_no_other(server: &Server) {
    let acme = acme_with_a_webhook(server);
    for _ in 0..2 {
        acme.post("/api/company/webhooks/1/test")
            .send()
            .with_status(202);
        acme.another_token();
    }
    let next = |list: &str| {
        let answer = acme.get(&format!("{list}?limit=1")).send();
        answer.json()["nextCursor"].as_str().unwrap().to_owned()
    };
    let (messages, tokens) = (next(MESSAGES), next(TOKENS));
    let answers = table([&tokens, &messages], |cursor| {
        acme.get(&format!("{MESSAGES}?cursor={cursor}")).send()
    });
    assert!(answers.contains(&format!("{tokens} → 400")), "{answers}");
    acme.get(&format!("{MESSAGES}?cursor={messages}"))
        .send()
        .with_status(200);
    acme.get(&format!("{TOKENS}?cursor={messages}"))
        .send()
        .with_status(400);
}
