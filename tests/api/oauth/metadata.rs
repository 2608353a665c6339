//! The metadata documents: what is named works.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::world::{CHALLENGE, FORM, ISSUER, client, decoded, error, form, organization, text};
use crate::support::{Answer, Server, on_both};

on_both!(both_documents_are_the_same);
fn both_documents_are_the_same(server: &Server) {
    let [one, other] = ["oauth-authorization-server", "openid-configuration"]
        .map(|name| server.get(&format!("/.well-known/{name}")).send());
    assert_eq!(one.with_status(200).text(), other.with_status(200).text());
    let document: Value = one.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(
        document["grant_types_supported"],
        json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange"
        ])
    );
    assert_eq!(document["dpop_signing_alg_values_supported"][0], "ES256");
    for member in [
        "token",
        "revocation",
        "introspection",
        "userinfo",
        "device_authorization",
        "pushed_authorization_request",
    ] {
        let url = document[format!("{member}_endpoint")].as_str().unwrap();
        let path = url.strip_prefix(ISSUER).unwrap();
        let answer = server.post(path).send();
        assert_ne!(answer.status, 404, "{path}");
    }
    let jwks = document["jwks_uri"].as_str().unwrap();
    server
        .get(jwks.strip_prefix(ISSUER).unwrap())
        .send()
        .with_status(200);
}

on_both!(
    the_document_has_these_members_and_no_others,
    "oauth.registration=true"
);
fn the_document_has_these_members_and_no_others(server: &Server) {
    let document = server
        .get("/.well-known/oauth-authorization-server")
        .send()
        .json();
    let at = |path: &str| format!("{ISSUER}{path}");
    let algorithms = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];
    let confidential = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ];
    let all = [&confidential[..], &["none"]].concat();
    let expected = json!({
        "issuer": ISSUER,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "userinfo_endpoint": at("/oauth/userinfo"),
        "end_session_endpoint": at("/oauth/end-session"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "device_authorization_endpoint": at("/oauth/device_authorization"),
        "registration_endpoint": at("/oauth/register"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "token_endpoint_auth_methods_supported": all,
        "revocation_endpoint_auth_methods_supported": all,
        "introspection_endpoint_auth_methods_supported": confidential,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "dpop_signing_alg_values_supported": algorithms,
        "prompt_values_supported": ["none", "login", "consent"],
        "claims_supported": document["claims_supported"],
        "ui_locales_supported": ["en", "zh-CN", "zh", "vi"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": false,
        "require_pushed_authorization_requests": false,
    });
    assert_eq!(document, expected);
    assert!(texts(&document, "claims_supported").contains(&"sid".to_owned()));
}

on_both!(the_key_set_has_every_algorithm_in_use);
fn the_key_set_has_every_algorithm_in_use(server: &Server) {
    let acme = organization(server, "acme");
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        super::world::client(
            server,
            &acme,
            &json!({"algorithm": algorithm, "scopes": ["openid"]}),
        );
    }
    let set: Value = server.get("/.well-known/jwks.json").send().json();
    let mut algorithms: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["alg"].as_str().unwrap().to_owned())
        .collect();
    algorithms.sort();
    // The second RS256 key signs ID tokens.
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256", "RS256"]);
}

fn texts(document: &Value, member: &str) -> Vec<String> {
    let list = document[member].as_array();
    let list = list.unwrap_or_else(|| panic!("{member}: {document}"));
    list.iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

on_both!(everything_that_is_named_works);
fn everything_that_is_named_works(server: &Server) {
    let acme = organization(server, "acme");
    let path = "/.well-known/oauth-authorization-server";
    let document: Value = server.get(path).send().json();

    let members = document.as_object().unwrap();
    let urls = members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    for (name, url) in urls {
        let path = url.as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let statuses = ["GET", "POST"].map(|method| server.call(method, path).send().status);
        assert!(!statuses.contains(&404), "{name}: {statuses:?}");
        assert!(statuses != [405; 2], "{name}");
    }

    let grants = texts(&document, "grant_types_supported");
    let scopes = texts(&document, "scopes_supported");
    let shop = client(server, &acme, &json!({"scopes": scopes}));
    for grant in &grants {
        let answer = shop.token(&[("grant_type", grant)]);
        assert_ne!(error(&answer).1, "unsupported_grant_type", "{grant}");
    }
    let unknown = shop.token(&[("grant_type", "nonsense")]);
    assert_eq!(error(&unknown).1, "unsupported_grant_type");

    let public = client(server, &acme, &json!({"authMethod": "none"}));
    let secret = shop.secret.clone().unwrap();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", shop.id)));
    for endpoint in ["token", "revocation", "introspection"] {
        let url = document[format!("{endpoint}_endpoint")].as_str().unwrap();
        let path = url.strip_prefix(ISSUER).unwrap();
        let asked = [
            ("token", "x"),
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
        ];
        for method in texts(
            &document,
            &format!("{endpoint}_endpoint_auth_methods_supported"),
        ) {
            let answer = match method.as_str() {
                "client_secret_basic" => server
                    .post(path)
                    .header("authorization", &basic)
                    .body(FORM, form(&asked))
                    .send(),
                "client_secret_post" => shop.post(path, &asked),
                "none" => public.post(path, &asked),
                // Its own tests walk the algorithms.
                "private_key_jwt" => continue,
                other => panic!("{other}"),
            };
            assert_ne!(answer.status, 401, "{endpoint} {method}");
        }
    }
}

on_both!(the_authorization_endpoint_takes_what_is_named);
fn the_authorization_endpoint_takes_what_is_named(server: &Server) {
    let acme = organization(server, "acme");
    let path = "/.well-known/oauth-authorization-server";
    let document: Value = server.get(path).send().json();
    let scopes = texts(&document, "scopes_supported");
    let shop = client(server, &acme, &json!({"scopes": scopes}));
    let authorize = |name: &str, value: &str| {
        let fields = [
            ("response_type", "code"),
            ("client_id", shop.id.as_str()),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<_> = fields
            .into_iter()
            .filter(|(other, _)| *other != name)
            .collect();
        all.push((name, value));
        server
            .get(&format!("/oauth/authorize?{}", form(&all)))
            .send()
    };
    let refuses = |answer: &Answer| {
        let location = answer.with_status(303).header("location").unwrap();
        location.contains("error=") && !location.contains("error=login_required")
    };
    for (member, name) in [
        ("response_types_supported", "response_type"),
        ("response_modes_supported", "response_mode"),
        ("scopes_supported", "scope"),
        ("code_challenge_methods_supported", "code_challenge_method"),
        ("prompt_values_supported", "prompt"),
        ("ui_locales_supported", "ui_locales"),
    ] {
        for value in texts(&document, member) {
            assert!(!refuses(&authorize(name, &value)), "{name}={value}");
        }
        if name != "ui_locales" {
            assert!(refuses(&authorize(name, "nonsense")), "{name}=nonsense");
        }
    }
    for language in texts(&document, "ui_locales_supported") {
        let page = server.get(&format!("/oauth/logout?lang={language}")).send();
        let shown = if language == "zh" {
            "zh-CN"
        } else {
            language.as_str()
        };
        let html = format!("<html lang=\"{shown}\"");
        assert!(page.with_status(200).text().contains(&html), "{language}");
    }
    // And it does refuse what is named as refused.
    for (member, name) in [
        ("request_parameter_supported", "request"),
        ("request_uri_parameter_supported", "request_uri"),
    ] {
        assert_eq!(document[member], false);
        let answer = authorize(name, "https://app.example.com/request");
        assert!(answer.status == 400 || refuses(&answer), "{name}");
    }
}

on_both!(an_id_token_has_only_claims_that_are_named);
fn an_id_token_has_only_claims_that_are_named(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let change =
        json!({"email": "lan@example.com", "role": "admin", "tier": "gold", "username": "lan"});
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&change)
        .send()
        .with_status(200);
    let document: Value = server
        .get("/.well-known/openid-configuration")
        .send()
        .json();
    let named = texts(&document, "claims_supported");
    let shop = client(server, &acme, &json!({}));
    let answer = shop.redeem(&shop.code(lan, "openid profile email"));
    let (header, claims) = decoded(&text(&answer, "id_token"));
    let userinfo = server
        .get("/oauth/userinfo")
        .bearer(&text(&answer, "access_token"))
        .send()
        .json();
    for claim in [claims, userinfo]
        .iter()
        .flat_map(|one| one.as_object().unwrap().keys())
    {
        assert!(named.contains(claim), "{claim}");
    }
    let algorithms = texts(&document, "id_token_signing_alg_values_supported");
    assert_eq!(algorithms, [header["alg"].as_str().unwrap()]);
}
