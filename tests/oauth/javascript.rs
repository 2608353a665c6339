//! Clients built on libraries of npm.

use serde_json::{Value, json};

use crate::script;
use crate::service::Service;

const REDIRECT_URI: &str = "http://127.0.0.1:9999/cb";
const POST_LOGOUT_REDIRECT_URI: &str = "http://127.0.0.1:9999/bye";

/// Returns the report of a script; `None` if Node.js or the library is not installed.
fn run(service: &Service, name: &str, settings: &[(&str, &str)]) -> Option<Value> {
    let modern = "process.exit(typeof crypto === 'undefined' ? 1 : 0)";
    if !script::interpreter("node", &["-e", modern]) {
        return None;
    }
    script::library(&format!("node_modules/{}", name.replace('_', "-")))?;
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
        "grants": ["authorization_code", "refresh_token", "client_credentials", "token_exchange"],
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
        report["unauthorized"],
        json!({"status": 401, "challenge": "invalid_token"})
    );
}
