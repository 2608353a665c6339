//! Clients built on libraries of `PyPI`.

use lanyard::token::Algorithm;
use serde_json::{Value, json};

use crate::key::Key;
use crate::script;
use crate::service::{Client, PASSWORD, Service, USERNAME};

const REDIRECT_URI: &str = "http://127.0.0.1:9999/cb";

fn confidential(service: &Service) -> Client {
    service.register(&json!({
        "name": "Báo cáo",
        "redirectUris": [REDIRECT_URI],
        "grants": [
            "authorization_code", "refresh_token", "client_credentials", "password", "token_exchange",
        ],
        "scopes": ["openid", "profile", "email", "read", "write"],
    }))
}

/// Returns the report of a script; `None` if the library is not installed.
fn run(service: &Service, name: &str, client: &Client, more: &[(&str, &str)]) -> Option<Value> {
    let python = script::library("venv/bin/python")?;
    let mut settings = vec![
        ("CLIENT_ID", &*client.id),
        ("CLIENT_SECRET", &*client.secret),
        ("USERNAME", USERNAME),
        ("PASSWORD", PASSWORD),
        // Both libraries refuse http otherwise, also on this machine.
        ("AUTHLIB_INSECURE_TRANSPORT", "1"),
        ("OAUTHLIB_INSECURE_TRANSPORT", "1"),
    ];
    settings.extend(more);
    let script = script::path(&format!("{name}.py"));
    Some(script::run(service, python, &script, &settings))
}

#[test]
fn authlib() {
    let service = Service::start();
    let client = confidential(&service);
    for method in ["client_secret_basic", "client_secret_post"] {
        let more = [
            ("REDIRECT_URI", REDIRECT_URI),
            ("AUTH_METHOD", method),
            ("COMPANY_TOKEN", &*service.company),
        ];
        let Some(report) = run(&service, "authlib_client", &client, &more) else {
            return;
        };
        assert_eq!(report["subject"], service.operator.to_string());
        assert_eq!(report["accessTokenType"], "at+jwt");
        assert_eq!(report["userinfo"]["preferred_username"], "lan");
        assert_eq!(report["scope"], "email openid profile read write");
        assert_eq!(report["rotated"], true);
        assert_eq!(report["before"]["active"], true);
        assert_eq!(report["before"]["username"], "lan");
        assert_eq!(report["revoked"], 200);
        assert_eq!(report["after"], json!({"active": false}));
        assert_eq!(report["machineScope"], "read");
        assert_eq!(report["personScope"], "read");
        assert_eq!(
            report["exchanged"],
            json!([
                "urn:ietf:params:oauth:token-type:access_token",
                "read",
                {"sub": client.id, "client_id": client.id},
                {"active": false},
            ])
        );
        let body = json!({"token": report["operatorToken"]});
        let (_, verdict) = service.call("POST", "/api/operator/validate-token", &body);
        assert_eq!(verdict["operatorId"], service.operator);
    }
}

#[test]
fn requests_oauthlib() {
    let service = Service::start();
    let client = confidential(&service);
    let public = service.register(&json!({
        "name": "A tool on this machine",
        "authMethod": "none",
        "redirectUris": ["http://127.0.0.1/cb"],
        "scopes": ["openid", "read"],
    }));
    let more = [
        ("PUBLIC_CLIENT_ID", &*public.id),
        ("LOOPBACK_REDIRECT_URI", "http://127.0.0.1:51004/cb"),
    ];
    let Some(report) = run(&service, "requests_oauthlib_client", &client, &more) else {
        return;
    };
    let mut scope: Vec<_> = report["scope"].as_array().unwrap().iter().collect();
    scope.sort_by_key(ToString::to_string);
    assert_eq!(scope, ["openid", "read"]);
    assert_eq!(
        report["userinfo"],
        json!({"sub": service.operator.to_string()})
    );
    assert_eq!(report["refreshed"], json!([true]));
    assert_eq!(report["machineType"], "Bearer");
    assert_eq!(
        report["personScope"],
        json!(["email", "profile", "read", "write"])
    );
}

#[test]
fn authlib_with_a_key() {
    let service = Service::start();
    let key = Key::generate(Algorithm::Rs256);
    let client = service.register(&json!({
        "name": "Báo cáo",
        "authMethod": "private_key_jwt",
        "jwks": {"keys": [key.jwk]},
        "grants": ["client_credentials"],
        "scopes": ["read"],
    }));
    let pem = key.pem();
    let more = [("PRIVATE_KEY", pem.as_str())];
    let Some(report) = run(&service, "authlib_key", &client, &more) else {
        return;
    };
    let expected = json!({"scope": "read", "before": true, "after": false});
    assert_eq!(report, json!([expected, expected]));
}
