//! Access tokens at `/authz`, and services behind a proxy as resources (RFC 9728).

use insta::assert_snapshot;
use serde_json::json;

use super::dpop::redeem;
use super::signer::{Signer, hash};
use super::world::{ISSUER, client, organization, tokens};
use crate::authz::{HOST, ask, key, seen, text};
use crate::support::{Server, on_both};

on_both!(
    a_service_learns_whose_an_access_token_is,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_service_learns_whose_an_access_token_is(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("lan");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": "marketing"}))
        .send()
        .with_status(200);
    let open = |token: &str| {
        let answer = ask(server, "GET", "/open").bearer(token).send();
        seen(answer.with_status(200))
    };
    for format in ["jwt", "opaque"] {
        let members = json!({"tokenFormat": format, "grants": ["authorization_code", "refresh_token", "client_credentials"]});
        let shop = client(server, &acme, &members);
        let machine = shop.token(&[("grant_type", "client_credentials"), ("scope", "read")]);
        let machine = machine.json()["access_token"].as_str().unwrap().to_owned();
        assert_snapshot!(open(&machine).replace(&shop.id, "ID"),
            @"access_token of 1, ID, role [], scopes [read], live, key [], rule open, digest []");
        let (person, _) = tokens(&shop.redeem(&shop.code(lan, "openid read")));
        assert_snapshot!(open(&person),
            @"access_token of 1, user_1, role marketing, scopes [openid read], live, key [], rule open, digest []");
    }
}

const WITH_RULES: [&str; 2] = [
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1",
];

on_both!(
    what_an_access_token_may_do_is_worked_out_when_it_is_used,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_an_access_token_may_do_is_worked_out_when_it_is_used(server: &Server) {
    let acme = organization(server, "acme");
    let other = server.another(&WITH_RULES);
    let lan = acme.operator("lan");
    let role = |role: &str| {
        let change = acme.patch(&format!("/api/company/operators/{lan}"));
        let changed = change.json(&json!({"role": role})).send();
        changed.with_status(200);
    };
    let cap = |on: bool| {
        let change = acme.patch("/api/company/organization");
        let changed = change.json(&json!({"capScopesByRole": on})).send();
        changed.with_status(200);
    };
    role("admin");
    let access = ["jwt", "opaque"].map(|format| {
        let members = json!({"tokenFormat": format, "scopes": ["read", "write", "admin"]});
        let shop = client(server, &acme, &members);
        tokens(&shop.redeem(&shop.code(lan, "read write admin"))).0
    });
    let may = |expected: &str| {
        other.follow();
        for (node, token) in [server, &other]
            .iter()
            .flat_map(|node| access.iter().map(move |one| (node, one)))
        {
            let answer = ask(node, "GET", "/open").bearer(token).send();
            assert_eq!(
                answer.with_status(200).header("x-auth-scopes"),
                Some(expected)
            );
            let profile = node.get("/v1/profile").bearer(token).send().json();
            let scopes: Vec<_> = expected.split(' ').collect();
            assert_eq!(profile["scopes"], json!(scopes));
        }
    };
    may("admin read write");
    role("customer");
    may("read write");
    // Where the organization says so, a token may do no more than the role of its operator.
    cap(true);
    may("read");
    role("admin");
    may("admin read write");
    role("tenant");
    may("read write");
    role("customer");
    cap(false);
    may("read write");
}

on_both!(
    a_bound_token_needs_a_proof_for_the_original_request,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_bound_token_needs_a_proof_for_the_original_request(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({}));
    let code = shop.code(lan, "openid read");
    let proof = signer.proof(server, &json!({}));
    let (access, _) = tokens(&redeem(&shop, &proof, &code));
    let htm = |method: &str, url: &str| {
        let claims = json!({"htm": method, "htu": url, "ath": hash(&access)});
        signer.proof(server, &claims)
    };
    let send = |proof: &str| {
        let call =
            ask(server, "GET", "/open?page=2").header("authorization", &format!("DPoP {access}"));
        call.header("dpop", proof).send()
    };
    send(&htm("GET", "https://api.example.com/open")).with_status(200);
    for (method, url) in [
        ("POST", "https://api.example.com/open"),
        ("GET", "https://api.example.com/other"),
        ("GET", "http://localhost:8080/authz"),
    ] {
        let refused = send(&htm(method, url));
        let challenge = refused.with_status(401).header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("DPoP realm=\"lanyard\", error=\"invalid_dpop_proof\""),
            "{challenge}"
        );
    }
    let bearer = ask(server, "GET", "/open").bearer(&access).send();
    bearer.with_status(401);
}

const DESCRIPTION: &str = "/.well-known/oauth-protected-resource";

on_both!(
    a_client_finds_its_way_to_a_token,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_client_finds_its_way_to_a_token(server: &Server) {
    let acme = organization(server, "acme");
    let resource = "https://api.example.com/mcp";
    acme.post("/api/company/resources")
        .json(&json!({"uri": resource, "name": "Tools", "scopes": ["read", "write"]}))
        .send()
        .with_status(201);
    let refused = ask(server, "GET", "/mcp/tools").send();
    assert_eq!(
        refused.with_status(401).header("www-authenticate"),
        Some(
            "Bearer realm=\"lanyard\", resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\""
        )
    );
    // The proxy passes that path on.
    let described = |host: &str, path: &str| {
        let call = server.get(&format!("{DESCRIPTION}{path}"));
        call.header("x-forwarded-host", host).send()
    };
    let document = described(HOST, "/mcp").with_status(200).json();
    assert_eq!(
        document,
        json!({
            "resource": resource,
            "resource_name": "Tools",
            "authorization_servers": [ISSUER],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"],
        })
    );
    assert_eq!(described(&format!("{HOST}:443"), "/mcp/").json(), document);
    described(HOST, "/other").with_status(404);
    described("other.example.com", "/mcp").with_status(404);
    assert_eq!(
        described(HOST, "").json()["resource"],
        ISSUER,
        "Lanyard's own"
    );
    let stranger = server
        .get(&format!("{DESCRIPTION}/mcp"))
        .header("x-forwarded-host", HOST);
    stranger.from([127, 0, 0, 2]).send().with_status(404);

    let members = json!({"grants": ["client_credentials"], "audience": [resource]});
    let shop = client(server, &acme, &members);
    let token = |more: &[(&str, &str)]| {
        let all = [
            &[("grant_type", "client_credentials"), ("scope", "read")],
            more,
        ]
        .concat();
        let answer = shop.token(&all);
        answer.with_status(200).json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let get = |token: &str| ask(server, "GET", "/mcp/tools").bearer(token).send();
    get(&token(&[("resource", resource)])).with_status(200);
    let other = get(&token(&[]));
    assert_eq!(
        other.with_status(401).header("www-authenticate"),
        Some(
            "Bearer realm=\"lanyard\", error=\"invalid_token\", resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\""
        )
    );
    // Keys have no audience; another organization's key is not admitted.
    get(text(&key(&acme, &json!({})))).with_status(200);
    let beta = server.organization("beta");
    get(text(&key(&beta, &json!({})))).with_status(403);
}

on_both!(
    what_the_organization_does_not_have_is_not_described,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_the_organization_does_not_have_is_not_described(server: &Server) {
    let described = || {
        let call = server.get(&format!("{DESCRIPTION}/mcp"));
        call.header("x-forwarded-host", HOST).send()
    };
    described().with_status(404);
    server.organization("acme");
    described().with_status(404);
}
