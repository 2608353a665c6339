//! Lists: `?limit=` and `?cursor=` work alike on every list, on both databases.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{Server, on_both, table};

/// Every list.
const LISTS: &[&str] = &[
    "/api/company/tokens",
    "/api/company/operators",
    "/api/company/revocations",
    "/api/company/audit",
    "/api/company/webhooks",
    "/api/company/webhooks/1/deliveries",
];

fn acme_with_a_webhook(server: &Server) -> crate::support::Organization<'_> {
    let acme = server.organization("acme");
    acme.post("/api/company/webhooks")
        .json(&serde_json::json!({"url": "https://example.com/", "events": ["token.revoked"]}))
        .send()
        .with_status(201);
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
        coded("x"),
        coded("\0"),
        coded("msg_"),
        coded("msg_\0"),
        coded("1\0"),
        coded("' OR 1=1 --"),
        coded("9999999999999999999999"),
        coded("1.5"),
        coded(" 1"),
        coded(&"x".repeat(10_000)),
    ];
    for list in LISTS {
        for cursor in &refused {
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
    for list in LISTS {
        for name in [
            "limit",
            "cursor",
            "after",
            "status",
            "externalId",
            "operatorId",
            "kind",
            "action",
            "unknown",
            "%00",
        ] {
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
    let (messages, tokens) = (next(LISTS[5]), next(LISTS[0]));
    let answers = table([&tokens, &messages], |cursor| {
        acme.get(&format!("{}?cursor={cursor}", LISTS[5])).send()
    });
    assert!(answers.contains(&format!("{tokens} → 400")), "{answers}");
    acme.get(&format!("{}?cursor={messages}", LISTS[5]))
        .send()
        .with_status(200);
    acme.get(&format!("{}?cursor={messages}", LISTS[0]))
        .send()
        .with_status(400);
}
