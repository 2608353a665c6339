//! Credentials of every kind, and what the service learns of them.

use insta::assert_snapshot;
use serde_json::json;

use super::{ask, key, outcome, text};
use crate::support::{Answer, Server, on_both};

on_both!(
    a_service_learns_who_it_is,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_service_learns_who_it_is(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": "marketing"}))
        .send()
        .with_status(200);
    let open = |token: &str| {
        let answer = ask(server, "GET", "/open").bearer(token).send();
        seen(answer.with_status(200))
    };
    assert_snapshot!(seen(ask(server, "GET", "/company").bearer(&acme.token).send().with_status(200)),
        @"company of 1, company_1, role admin, scopes [admin], live, key [], rule company, digest []");
    assert_snapshot!(open(&acme.token_for(lan)),
        @"operator of 1, user_1, role marketing, scopes [analytics read write], live, key [], rule open, digest []");
    assert_snapshot!(open(&acme.session("lan", "open")),
        @"session of 1, user_1, role marketing, scopes [analytics read write], live, key [], rule open, digest []");
    let own = key(
        &acme,
        &json!({"scopes": ["write", "read"], "role": "tenant"}),
    );
    let id = own["id"].as_str().unwrap();
    assert_snapshot!(open(text(&own)).replace(id, "ID"),
        @"api_key of 1, ID, role tenant, scopes [read write], live, key [ID], rule open, digest []");
    let bound = key(&acme, &json!({"scopes": ["read"], "operator_id": lan}));
    let id = bound["id"].as_str().unwrap();
    assert_snapshot!(open(text(&bound)).replace(id, "ID"),
        @"api_key of 1, ID, role marketing, scopes [read], live, key [ID], rule open, digest []");
    for header in ["x-api-key", "x-authorization-key"] {
        let call = ask(server, "GET", "/open").header(header, text(&own));
        call.send().with_status(200);
    }
    // A public path looks at no credential, and still overwrites everything.
    let public = ask(server, "DELETE", "/public/x").bearer("nonsense").send();
    assert_snapshot!(seen(public.with_status(200)),
        @"public of [], [], role [], scopes [], [], key [], rule public, digest []");
}

/// Returns what the headers of an answer say. Every one of them must be there, once.
pub(crate) fn seen(answer: &Answer) -> String {
    assert_eq!(answer.text(), "");
    let value = |name: &str| {
        let value = answer.header(&format!("x-auth-{name}"));
        let value = value.unwrap_or_else(|| panic!("no {name}: {answer}"));
        if value.is_empty() {
            "[]".to_owned()
        } else {
            value.to_owned()
        }
    };
    let list = |name: &str| format!("[{}]", value(name).trim_matches(['[', ']']));
    format!(
        "{} of {}, {}, role {}, scopes {}, {}, key {}, rule {}, digest {}",
        value("kind"),
        value("organization-id"),
        value("subject"),
        value("role"),
        list("scopes"),
        value("environment"),
        list("key-id"),
        value("rule"),
        list("content-digest"),
    )
}

on_both!(
    a_preflight_needs_no_credential,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_preflight_needs_no_credential(server: &Server) {
    let preflight = ask(server, "OPTIONS", "/api/v1/campaigns")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST");
    assert_snapshot!(seen(preflight.send().with_status(200)),
        @"public of [], [], role [], scopes [], [], key [], rule preflight, digest []");
    let other = ask(server, "POST", "/api/v1/campaigns");
    other.send().with_status(401);
}

on_both!(
    a_role_that_is_not_defined_is_empty,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_role_that_is_not_defined_is_empty(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": "Chief"}))
        .send()
        .with_status(200);
    let token = acme.token_for(lan);
    let answer = ask(server, "GET", "/open").bearer(&token).send();
    assert_eq!(answer.with_status(200).header("x-auth-role"), Some(""));
    assert_eq!(answer.header("x-auth-scopes"), Some(""));
}

on_both!(
    rights_are_those_of_now,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn rights_are_those_of_now(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[
        "authz.rules_file=tests/api/authz/rules.toml",
        "http.trusted_proxies=127.0.0.1",
    ]);
    let lan = acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    let status = |server: &Server| {
        let call = ask(server, "POST", "/api/v1/campaigns").bearer(&session);
        call.send().status
    };
    for (role, expected) in [("marketing", 200), ("tenant", 403), ("marketing", 200)] {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
        // A right that is taken away is gone on every node when the call returns.
        other.follow();
        assert_eq!(
            (status(server), status(&other)),
            (expected, expected),
            "{role}"
        );
    }
    acme.put("/api/v1/roles/marketing")
        .json(&json!({"scopes": ["read"]}))
        .send()
        .with_status(200);
    assert_eq!((status(server), status(&other)), (403, 403));
    server
        .post("/auth/logout")
        .bearer(&session)
        .send()
        .with_status(204);
    assert_eq!((status(server), status(&other)), (401, 401));
}

on_both!(
    environment_organization_and_kind,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn environment_organization_and_kind(server: &Server) {
    let acme = server.organization("acme");
    let beta = server.organization("beta");
    assert_eq!(beta.id, 2);
    let live = key(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    let test = key(
        &acme,
        &json!({"scopes": ["admin"], "role": "admin", "environment": "test"}),
    );
    let of_beta = key(&beta, &json!({}));
    for (target, token, expected) in [
        ("/open", text(&live), 200),
        ("/open", text(&test), 403),
        ("/sandbox", text(&live), 403),
        ("/sandbox", text(&test), 200),
        ("/second", text(&live), 403),
        ("/second", text(&of_beta), 200),
        ("/company", text(&live), 403),
        ("/company", &*acme.token, 200),
        // No client of a service holds a company token, unless a rule says so.
        ("/open", &*acme.token, 403),
        ("/v1/managers", text(&live), 200),
        ("/v1/managers", text(&of_beta), 403),
        ("/signed", text(&live), 401),
    ] {
        let answer = ask(server, "GET", target).bearer(token).send();
        assert_eq!(answer.status, expected, "{target}: {answer}");
    }
    let signed = ask(server, "GET", "/signed").bearer(text(&live)).send();
    assert_snapshot!(outcome(&signed), @r#"401 {"error":"invalid_signature","error_description":"The request is not signed"}"#);
}

on_both!(
    what_is_in_memory_needs_no_database,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_is_in_memory_needs_no_database(server: &Server) {
    let acme = server.organization("acme");
    let key = key(&acme, &json!({"scopes": ["read"]}));
    let get = || {
        ask(server, "GET", "/api/v1/customers")
            .bearer(text(&key))
            .send()
    };
    get().with_status(200);
    let lookups = server.app.metrics.api_key_lookups.get();
    for _ in 0..200 {
        // No limit unless somebody asks for one.
        get().with_status(200);
    }
    assert_eq!(server.app.metrics.api_key_lookups.get(), lookups);
}
