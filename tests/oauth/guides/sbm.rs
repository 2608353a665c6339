//! SBM CRM (guide 000).

use serde_json::json;
use ureq::http::StatusCode;

use super::{code, curl, text};
use crate::service::{Client, Service};

const AUTHORIZE: &str = "BASE/oauth/authorize?client_id=YOUR_CLIENT_ID&redirect_uri=YOUR_REDIRECT_URI&\
                         response_type=code&scope=read write&state=RANDOM_STATE_STRING";

const EXCHANGE: &str = "curl BASE/oauth/token -H 'Content-Type: application/x-www-form-urlencoded' \
    --data 'grant_type=authorization_code&code=AUTHORIZATION_CODE&redirect_uri=YOUR_REDIRECT_URI\
    &client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET'";

const REFRESH: &str = "curl BASE/oauth/token -H 'Content-Type: application/x-www-form-urlencoded' \
    --data 'grant_type=refresh_token&refresh_token=REFRESH_TOKEN&client_id=YOUR_CLIENT_ID\
    &client_secret=YOUR_CLIENT_SECRET'";

const REDIRECT_URI: &str = "https://app.example.com/callback";

fn register(service: &Service, scopes: &[&str]) -> Client {
    service.register(&json!({
        "name": "Loyalty app",
        "redirectUris": [REDIRECT_URI],
        "scopes": scopes,
    }))
}

#[test]
fn a_code_is_exchanged_and_the_token_refreshed() {
    let service = Service::start();
    let client = register(&service, &["read", "write", "analytics"]);
    let code = code(
        &service,
        AUTHORIZE,
        &[
            ("BASE", &service.issuer),
            ("YOUR_CLIENT_ID", &client.id),
            ("YOUR_REDIRECT_URI", REDIRECT_URI),
            ("RANDOM_STATE_STRING", "x7"),
        ],
    );
    let ours = [
        ("BASE", &*service.issuer),
        ("YOUR_CLIENT_ID", &client.id),
        ("YOUR_CLIENT_SECRET", &client.secret),
    ];
    let exchange = [
        &ours[..],
        &[
            ("AUTHORIZATION_CODE", &code),
            ("YOUR_REDIRECT_URI", REDIRECT_URI),
        ],
    ];
    let Some(reply) = curl(EXCHANGE, &exchange.concat()) else {
        return;
    };
    let tokens = reply.with_status(200);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "read write");
    let refresh = [
        &ours[..],
        &[("REFRESH_TOKEN", text(&tokens["refresh_token"]))],
    ];
    let refreshed = curl(REFRESH, &refresh.concat()).unwrap().with_status(200);
    assert_eq!(refreshed["scope"], "read write");
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
}

#[test]
fn errors_have_the_guides_words() {
    let service = Service::start();
    let (status, invalid) = service.get("/oauth/userinfo", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9");
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        invalid,
        json!({"error": "invalid_token", "error_description": "The access token is invalid or expired"})
    );
    let client = service.register(&json!({
        "name": "Nightly export", "grants": ["client_credentials"], "scopes": ["read"],
    }));
    let line = "curl BASE/oauth/token -d grant_type=client_credentials -u ID:SECRET";
    let ours = [
        ("BASE", &*service.issuer),
        ("ID", &client.id),
        ("SECRET", &client.secret),
    ];
    let Some(reply) = curl(line, &ours) else {
        return;
    };
    let token = reply.with_status(200);
    let (status, narrow) = service.get("/oauth/userinfo", text(&token["access_token"]));
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(
        narrow,
        json!({"error": "insufficient_scope", "error_description": "The request requires higher privileges"})
    );
}
