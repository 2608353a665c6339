//! `expiresAt` in every form in which a client sends it. The clock stands at 2030-01-01T00:00:00Z.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Organization, Server, on_both};

/// Returns a line for each form: the requested value, and when the token expires or why there is
/// none.
fn asked(acme: &Organization<'_>, operator: i64, forms: &[&str]) -> String {
    let lines = forms.iter().map(|form| {
        let body = format!(r#"{{"id":{operator},"expiresAt":{form}}}"#);
        let answer = acme
            .post("/api/operator/get-token")
            .body("application/json", body)
            .send();
        let Some(end) = answer.header("token-expires-at") else {
            return format!("{form} → {}", answer.in_short());
        };
        let verdict = acme.verdict(&answer.string());
        assert_eq!(
            verdict["expiresAt"], end,
            "the header has the same expiry as the token"
        );
        format!("{form} → {end}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

on_both!(any_instant_with_an_offset_is_understood);
fn any_instant_with_an_offset_is_understood(server: &Server) {
    let acme = server.organization("acme");
    let forms = [
        r#""2030-01-01T12:00:00Z""#,
        r#""2030-01-01T12:00:00.147Z""#,
        r#""2030-01-01T12:00:00.123456Z""#,
        r#""2030-01-01T12:00:00.999999999Z""#,
        r#""2030-01-01T19:00:00+07:00""#,
        r#""2030-01-01T19:00:00.5+07:00""#,
        r#""2029-12-31T23:30:00-02:30""#,
        r#""2030-01-01T12:00:00+00:00""#,
        r#""2030-01-01T12:00:00-00:00""#,
        r#""2030-01-01t12:00:00z""#,
        r#""2030-01-01T23:59:60Z""#,
        r#""2030-01-01T00:00:01Z""#,
    ];
    assert_snapshot!(asked(&acme, acme.operator("Lan"), &forms), @r#"
    "2030-01-01T12:00:00Z" → 2030-01-01T12:00:00Z
    "2030-01-01T12:00:00.147Z" → 2030-01-01T12:00:00Z
    "2030-01-01T12:00:00.123456Z" → 2030-01-01T12:00:00Z
    "2030-01-01T12:00:00.999999999Z" → 2030-01-01T12:00:00Z
    "2030-01-01T19:00:00+07:00" → 2030-01-01T12:00:00Z
    "2030-01-01T19:00:00.5+07:00" → 2030-01-01T12:00:00Z
    "2029-12-31T23:30:00-02:30" → 2030-01-01T02:00:00Z
    "2030-01-01T12:00:00+00:00" → 2030-01-01T12:00:00Z
    "2030-01-01T12:00:00-00:00" → 2030-01-01T12:00:00Z
    "2030-01-01t12:00:00z" → 2030-01-01T12:00:00Z
    "2030-01-01T23:59:60Z" → 2030-01-01T23:59:59Z
    "2030-01-01T00:00:01Z" → 2030-01-01T00:00:01Z
    "#);
}

on_both!(without_one_and_beyond_the_cap_it_is_a_day);
fn without_one_and_beyond_the_cap_it_is_a_day(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let answer = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": lan}))
        .send();
    assert_eq!(
        answer.header("token-expires-at"),
        Some("2030-01-02T00:00:00Z")
    );
    let forms = [
        "null",
        r#""2030-01-01T23:59:59Z""#,
        r#""2030-01-02T00:00:00Z""#,
        r#""2030-01-02T00:00:01Z""#,
        r#""2030-01-31T00:00:00.123456Z""#,
        r#""9999-12-31T23:59:59Z""#,
        r#""9999-12-31T23:59:59.999999999-23:59""#,
    ];
    assert_snapshot!(asked(&acme, lan, &forms), @r#"
    null → 2030-01-02T00:00:00Z
    "2030-01-01T23:59:59Z" → 2030-01-01T23:59:59Z
    "2030-01-02T00:00:00Z" → 2030-01-02T00:00:00Z
    "2030-01-02T00:00:01Z" → 2030-01-02T00:00:00Z
    "2030-01-31T00:00:00.123456Z" → 2030-01-02T00:00:00Z
    "9999-12-31T23:59:59Z" → 2030-01-02T00:00:00Z
    "9999-12-31T23:59:59.999999999-23:59" → 400 invalid_request: expiresAt: must be within the years 0000 to 9999 in UTC at line 1 column 58
    "#);
}

on_both!(what_is_past_or_has_no_single_meaning_is_refused);
fn what_is_past_or_has_no_single_meaning_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let forms = [
        r#""2030-01-01T00:00:00Z""#,
        r#""2030-01-01T00:00:00.999Z""#,
        r#""2029-12-31T23:59:59Z""#,
        r#""2029-12-31T23:59:60Z""#,
        r#""2030-01-01T06:00:00+07:00""#,
        r#""1969-12-31T23:59:59Z""#,
        r#""0000-01-01T00:00:00Z""#,
        r#""2030-01-01T12:00:00""#,
        r#""2030-01-01""#,
        r#""2030-02-30T12:00:00Z""#,
        r#""2030-01-01T24:00:00Z""#,
        r#""2030-01-01T12:00:00.Z""#,
        r#""2030-01-01T12:00:00.1234567890Z""#,
        r#""2030-01-01T12:00:00+7""#,
        r#""2030-01-01T12:00:00+25:00""#,
        r#""10000-01-01T00:00:00Z""#,
        r#""Tue, 01 Jan 2030 12:00:00 GMT""#,
        r#""1893499200""#,
        r#""tomorrow""#,
        r#""""#,
        "1893499200",
        "1893499200.5",
        "true",
        "[]",
        "{}",
    ];
    assert_snapshot!(asked(&acme, acme.operator("Lan"), &forms), @r#"
    "2030-01-01T00:00:00Z" → 400 invalid_request: expiresAt must be in the future
    "2030-01-01T00:00:00.999Z" → 400 invalid_request: expiresAt must be in the future
    "2029-12-31T23:59:59Z" → 400 invalid_request: expiresAt must be in the future
    "2029-12-31T23:59:60Z" → 400 invalid_request: expiresAt must be in the future
    "2030-01-01T06:00:00+07:00" → 400 invalid_request: expiresAt must be in the future
    "1969-12-31T23:59:59Z" → 400 invalid_request: expiresAt must be in the future
    "0000-01-01T00:00:00Z" → 400 invalid_request: expiresAt must be in the future
    "2030-01-01T12:00:00" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 42
    "2030-01-01" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 33
    "2030-02-30T12:00:00Z" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 43
    "2030-01-01T24:00:00Z" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 43
    "2030-01-01T12:00:00.Z" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 44
    "2030-01-01T12:00:00.1234567890Z" → 400 invalid_request: expiresAt: must have at most 9 digits of fraction at line 1 column 54
    "2030-01-01T12:00:00+7" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 44
    "2030-01-01T12:00:00+25:00" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 48
    "10000-01-01T00:00:00Z" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 44
    "Tue, 01 Jan 2030 12:00:00 GMT" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 52
    "1893499200" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 33
    "tomorrow" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 31
    "" → 400 invalid_request: expiresAt: must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z at line 1 column 23
    1893499200 → 400 invalid_request: expiresAt: invalid type: number `1893499200`, expected a string at line 1 column 30
    1893499200.5 → 400 invalid_request: expiresAt: invalid type: number `1893499200.5`, expected a string at line 1 column 32
    true → 400 invalid_request: expiresAt: invalid type: boolean `true`, expected a string at line 1 column 24
    [] → 400 invalid_request: expiresAt: invalid type: array, expected a string at line 1 column 20
    {} → 400 invalid_request: expiresAt: invalid type: object, expected a string at line 1 column 20
    "#);
}

on_both!(
    a_service_may_refuse_what_is_beyond_the_cap,
    "operator_tokens.over_cap=reject"
);
fn a_service_may_refuse_what_is_beyond_the_cap(server: &Server) {
    let acme = server.organization("acme");
    let forms = [
        "null",
        r#""2030-01-02T00:00:00Z""#,
        r#""2030-01-02T00:00:00.999Z""#,
        r#""2030-01-02T00:00:01Z""#,
        r#""9999-12-31T23:59:59Z""#,
    ];
    assert_snapshot!(asked(&acme, acme.operator("Lan"), &forms), @r#"
    null → 2030-01-02T00:00:00Z
    "2030-01-02T00:00:00Z" → 2030-01-02T00:00:00Z
    "2030-01-02T00:00:00.999Z" → 2030-01-02T00:00:00Z
    "2030-01-02T00:00:01Z" → 400 invalid_request: expiresAt is beyond the longest life; the latest allowed is 2030-01-02T00:00:00Z
    "9999-12-31T23:59:59Z" → 400 invalid_request: expiresAt is beyond the longest life; the latest allowed is 2030-01-02T00:00:00Z
    "#);
}

on_both!(an_organization_may_set_a_lower_cap);
fn an_organization_may_set_a_lower_cap(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    let (lan, minh) = (acme.operator("Lan"), other.operator("Minh"));
    let end = |organization: &Organization<'_>, operator: i64| {
        let answer = organization
            .post("/api/operator/get-token")
            .json(&json!({"id": operator, "expiresAt": "2030-01-01T12:00:00Z"}))
            .send();
        answer.header("token-expires-at").unwrap().to_owned()
    };
    assert_eq!(end(&acme, lan), "2030-01-01T12:00:00Z");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"operatorTokenMaxSeconds": 600}}))
        .send()
        .with_status(200);
    assert_eq!(end(&acme, lan), "2030-01-01T00:10:00Z", "at once");
    assert_eq!(end(&other, minh), "2030-01-01T12:00:00Z");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"operatorTokenMaxSeconds": null}}))
        .send()
        .with_status(200);
    assert_eq!(end(&acme, lan), "2030-01-01T12:00:00Z");
}

on_both!(a_token_lives_to_its_last_second);
fn a_token_lives_to_its_last_second(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": lan, "expiresAt": "2030-01-01T00:01:00Z"}))
        .send()
        .string();
    server.wait(59);
    assert_eq!(acme.judge(&token), "valid");
    server
        .get("/api/operator")
        .bearer(&token)
        .send()
        .with_status(200);
    server.wait(1);
    assert_eq!(acme.judge(&token), "Token expired");
    assert_snapshot!(server.get("/api/operator").bearer(&token).send(), @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"token_expired","error_description":"the token has expired; get a new one"}
    "#);
}
