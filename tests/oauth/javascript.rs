//! Clients built on libraries of npm.

use std::collections::HashMap;

use lanyard::token::Algorithm;
use serde_json::{Value, json};

use crate::key::Key;
use crate::script;
use crate::service::Service;

const REDIRECT_URI: &str = "http://127.0.0.1:9999/cb";
const POST_LOGOUT_REDIRECT_URI: &str = "http://127.0.0.1:9999/bye";

/// Returns the report of the script of a library; `None` if Node.js or the library is not installed.
fn run(service: &Service, name: &str, settings: &[(&str, &str)]) -> Option<Value> {
    run_with(service, &name.replace('_', "-"), name, settings)
}

/// Returns the report of a script that uses a library; `None` if Node.js or the library is not
/// installed.
fn run_with(
    service: &Service,
    library: &str,
    name: &str,
    settings: &[(&str, &str)],
) -> Option<Value> {
    let modern = "process.exit(typeof crypto === 'undefined' ? 1 : 0)";
    if !script::interpreter("node", &["-e", modern]) {
        return None;
    }
    script::library(&format!("node_modules/{library}"))?;
    let (_folder, script) = script::beside_libraries(&format!("{name}.mjs"));
    Some(script::run(service, "node", &script, settings))
}

#[test]
fn openid_client() {
    let service = Service::start();
    let client = service.register(&json!({
        "name": "Kho & Co",
        "redirectUris": [REDIRECT_URI],
        "postLogoutRedirectUris": [POST_LOGOUT_REDIRECT_URI],
        "grants": [
            "authorization_code", "refresh_token", "client_credentials", "device_code", "token_exchange",
        ],
        "scopes": ["openid", "profile", "email", "read", "write"],
    }));
    for basic in ["", "1"] {
        let settings = [
            ("CLIENT_ID", &*client.id),
            ("CLIENT_SECRET", &*client.secret),
            ("REDIRECT_URI", REDIRECT_URI),
            ("POST_LOGOUT_REDIRECT_URI", POST_LOGOUT_REDIRECT_URI),
            ("BASIC", basic),
        ];
        let Some(report) = run(&service, "openid_client", &settings) else {
            return;
        };
        let operator = service.operator.to_string();
        assert_eq!(report["subject"], operator);
        assert_eq!(
            report["userinfo"],
            json!({
                "sub": operator, "name": "Lan", "preferred_username": "lan", "role": "marketing", "tier": "gold",
                "email": "lan@acme.example", "email_verified": false,
            })
        );
        assert_eq!(report["scope"], "email openid profile read");
        assert_eq!(report["refreshedIdTokenSubject"], operator);
        assert_eq!(report["before"]["active"], true);
        assert_eq!(report["before"]["client_id"], client.id);
        assert_eq!(report["after"], json!({"active": false}));
        assert_eq!(
            report["exchanged"],
            json!([
                "urn:ietf:params:oauth:token-type:access_token",
                "read",
                {"sub": client.id, "client_id": client.id},
                {"active": false},
            ])
        );
        assert_eq!(report["machineScope"], "read");
        assert_eq!(report["machineHasRefreshToken"], false);
        assert_eq!(report["deviceSubject"], operator);
        assert_eq!(report["deviceScope"], "openid read");
        assert_eq!(
            report["pushedParameters"],
            json!(["client_id", "request_uri"])
        );
        assert_eq!(report["pushedScope"], "openid read");
        assert_eq!(
            report["signedOut"],
            format!("{POST_LOGOUT_REDIRECT_URI}?state=bye")
        );
    }
}

#[test]
fn oauth4webapi() {
    let service = Service::start();
    let client = service.register(&json!({
        "name": "A tool on this machine",
        "authMethod": "none",
        "redirectUris": ["http://127.0.0.1/cb"],
        "grants": ["authorization_code", "refresh_token", "device_code"],
        "scopes": ["openid", "read"],
    }));
    let settings = [
        ("PUBLIC_CLIENT_ID", &*client.id),
        ("LOOPBACK_REDIRECT_URI", "http://127.0.0.1:51004/cb"),
    ];
    let Some(report) = run(&service, "oauth4webapi", &settings) else {
        return;
    };
    let operator = service.operator.to_string();
    assert_eq!(report["subject"], operator);
    assert_eq!(report["accessToken"]["sub"], operator);
    assert_eq!(report["accessToken"]["token_use"], "access");
    assert_eq!(report["scope"], "openid read");
    assert_eq!(report["refused"], "invalid_grant");
    assert_eq!(
        report["polls"],
        json!([
            "authorization_pending",
            "slow_down",
            "openid",
            "invalid_grant"
        ])
    );
    assert_eq!(
        report["unauthorized"],
        json!({"status": 401, "challenge": "invalid_token"})
    );
    assert_eq!(report["authorizationServers"], json!([service.issuer]));
    assert_eq!(report["pushedScope"], "openid read");
    assert_eq!(report["pushedLifetime"], 60);
}

/// The FAPI 2.0 Security Profile: pushed requests, PKCE, `private_key_jwt` and DPoP. The client's key is
/// the example of RFC 7517, appendix A.2.
#[test]
fn fapi() {
    const PRIVATE: &str = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE";
    let public = json!({
        "kty": "EC", "crv": "P-256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    let mut key = public.clone();
    key["d"] = json!(PRIVATE);
    let service = Service::start();
    let client = service.register(&json!({
        "name": "Bank",
        "authMethod": "private_key_jwt",
        "jwks": {"keys": [public]},
        "redirectUris": [REDIRECT_URI],
        "grants": ["authorization_code", "refresh_token"],
        "scopes": ["openid", "read"],
        "requirePkce": true,
        "requirePar": true,
        "dpopBound": true,
    }));
    let settings = [
        ("CLIENT_ID", &*client.id),
        ("CLIENT_KEY", &key.to_string()),
        ("REDIRECT_URI", REDIRECT_URI),
    ];
    let Some(report) = run_with(&service, "openid-client", "fapi", &settings) else {
        return;
    };
    let operator = service.operator.to_string();
    assert_eq!(report["openedWith"], json!(["client_id", "request_uri"]));
    assert_eq!(report["subject"], operator);
    assert_eq!(report["userinfo"], operator);
    // `openid-client` writes the type in lower case.
    assert_eq!(report["tokenType"], "dpop");
    assert_eq!(report["boundTo"], report["key"]);
    assert_eq!(report["refreshedBoundTo"], report["key"]);
    assert_eq!(report["withoutPushing"], "invalid_request");
    assert_eq!(report["openedTwice"], 400);
    assert_eq!(report["asBearer"], 401);
    assert_eq!(report["withoutProof"], "invalid_grant");
    assert_eq!(report["withAnotherKey"], "invalid_grant");
    assert_eq!(report["revoked"], 401);
}

#[test]
fn openid_client_with_keys() {
    let service = Service::start();
    let key = Key::generate(Algorithm::Es256);
    let client = service.register(&json!({
        "name": "Kho & Co",
        "authMethod": "private_key_jwt",
        "jwks": {"keys": [key.jwk]},
        "dpopBound": true,
        "redirectUris": [REDIRECT_URI],
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes": ["openid", "profile", "read"],
    }));
    let settings = [
        ("CLIENT_ID", &*client.id),
        ("PRIVATE_KEY", &*key.pkcs8),
        ("REDIRECT_URI", REDIRECT_URI),
    ];
    let Some(report) = run_with(&service, "openid-client", "openid_client_keys", &settings) else {
        return;
    };
    assert_eq!(report["subject"], service.operator.to_string());
    assert_eq!(report["userinfo"]["name"], "Lan");
    assert_eq!(report["tokenTypes"], json!(["dpop", "dpop", "dpop"]));
    assert_eq!(report["asBearer"], "dpop");
    assert_eq!(report["before"]["active"], true);
    assert_eq!(report["before"]["token_type"], "DPoP");
    assert_eq!(report["before"]["cnf"]["jkt"], report["thumbprint"]);
    assert_eq!(report["after"], json!({"active": false}));
}

/// Makes an initial access token on the command line.
fn registration_token(service: &Service) -> String {
    let line = "lanyard client registration-token --organization 1";
    service.shell(line, &HashMap::new()).trim_end().to_owned()
}

#[test]
fn clients_that_register_themselves() {
    let service = Service::start_with(&[("LANYARD_OAUTH_REGISTRATION", "true")]);
    for library in ["openid-client", "oauth4webapi"] {
        let name = format!("{}_registration", library.replace('-', "_"));
        let token = registration_token(&service);
        let settings = [("INITIAL_TOKEN", &*token), ("REDIRECT_URI", REDIRECT_URI)];
        let Some(report) = run_with(&service, library, &name, &settings) else {
            return;
        };
        assert_eq!(report["subject"], service.operator.to_string(), "{library}");
        assert_eq!(report["scope"], "openid profile", "{library}");
        assert_eq!(
            report["grants"],
            json!(["authorization_code", "refresh_token"])
        );
        assert_eq!(report["again"], 401, "{library}");
        let id = report["id"].as_str().unwrap();
        let (_, record) = service.get(&format!("/api/company/clients/{id}"), &service.company);
        assert_eq!(record["name"], "Kho & Co", "{library}");
    }
}

#[test]
fn oauth4webapi_with_nonces() {
    let service = Service::start_with(&[("LANYARD_OAUTH_DPOP_NONCE", "true")]);
    let client = service.register(&json!({
        "name": "A tool on this machine",
        "authMethod": "none",
        "dpopBound": true,
        "redirectUris": ["http://127.0.0.1/cb"],
        "scopes": ["openid"],
    }));
    let settings = [
        ("PUBLIC_CLIENT_ID", &*client.id),
        ("LOOPBACK_REDIRECT_URI", "http://127.0.0.1:51004/cb"),
    ];
    let Some(report) = run_with(&service, "oauth4webapi", "oauth4webapi_dpop", &settings) else {
        return;
    };
    let operator = service.operator.to_string();
    assert_eq!(report["subject"], operator);
    assert_eq!(report["userinfo"], operator);
    assert_eq!(report["tokenType"], "dpop");
    assert_eq!(report["bound"], true);
    // The first answer has the nonce that all others need.
    assert_eq!(report["nonces"], 1);
}
