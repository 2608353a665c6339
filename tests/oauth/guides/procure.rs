//! `ProcureBot` (guide 004).

use serde_json::json;

use super::{code, curl, text};
use crate::script;
use crate::service::{PASSWORD, Service};

const AUTHORIZE: &str = "https://api.procure-core.com/oauth/authorize?response_type=code&\
                         client_id=YOUR_CLIENT_ID&redirect_uri=YOUR_REDIRECT_URI&\
                         scope=read:purchase-requests write:orders&state=random_string";

const EXCHANGE: &str = r#"curl -X POST https://api.procure-core.com/oauth/token \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "grant_type=authorization_code" \
  -d "code=AUTHORIZATION_CODE" \
  -d "client_id=YOUR_CLIENT_ID" \
  -d "client_secret=YOUR_CLIENT_SECRET" \
  -d "redirect_uri=YOUR_REDIRECT_URI""#;

const MACHINE: &str = r#"curl -X POST https://api.procure-core.com/oauth/token \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "grant_type=client_credentials" \
  -d "client_id=YOUR_CLIENT_ID" \
  -d "client_secret=YOUR_CLIENT_SECRET" \
  -d "scope=read:suppliers write:contracts""#;

const REFRESH: &str = r#"curl -X POST https://api.procure-core.com/oauth/token \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "grant_type=refresh_token" \
  -d "refresh_token=YOUR_REFRESH_TOKEN" \
  -d "client_id=YOUR_CLIENT_ID" \
  -d "client_secret=YOUR_CLIENT_SECRET""#;

const REVOKE: &str = r#"curl -X POST https://api.procure-core.com/oauth/revoke \
  -H "Content-Type: application/x-www-form-urlencoded" \
  -d "token=ACCESS_TOKEN_OR_REFRESH_TOKEN" \
  -d "client_id=YOUR_CLIENT_ID" \
  -d "client_secret=YOUR_CLIENT_SECRET""#;

const BASE: &str = "https://api.procure-core.com";
const REDIRECT_URI: &str = "https://procure.example.com/oauth/callback";

#[test]
fn tokens_are_issued_refreshed_and_revoked() {
    let service = Service::start();
    let client = service.register(&json!({
        "name": "ProcureBot",
        "redirectUris": [REDIRECT_URI],
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes": ["read:purchase-requests", "write:orders", "read:suppliers", "write:contracts"],
    }));
    let ours = [
        (BASE, &*service.issuer),
        ("YOUR_CLIENT_ID", &client.id),
        ("YOUR_CLIENT_SECRET", &client.secret),
    ];
    let with = |more: &[(&'static str, &str)], line: &str| {
        let values: Vec<_> = ours.iter().chain(more).copied().collect();
        curl(line, &values)
    };
    let redirect = ("YOUR_REDIRECT_URI", REDIRECT_URI);
    let code = code(&service, AUTHORIZE, &[ours[0], ours[1], redirect]);
    let Some(reply) = with(&[("AUTHORIZATION_CODE", &code), redirect], EXCHANGE) else {
        return;
    };
    let tokens = reply.with_status(200);
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "read:purchase-requests write:orders");

    let machine = with(&[], MACHINE).unwrap().with_status(200);
    assert_eq!(machine["scope"], "read:suppliers write:contracts");
    assert!(machine.get("refresh_token").is_none());

    let refresh = |token: &str| with(&[("YOUR_REFRESH_TOKEN", token)], REFRESH).unwrap();
    let refreshed = refresh(text(&tokens["refresh_token"])).with_status(200);
    let token = text(&refreshed["refresh_token"]);
    let revoked = with(&[("ACCESS_TOKEN_OR_REFRESH_TOKEN", token)], REVOKE).unwrap();
    revoked.with_status(200);
    assert_eq!(refresh(token).with_status(400)["error"], "invalid_grant");
}

/// The guide's front end signs in with fetch, and reads the profile with the token.
#[test]
fn a_front_end_signs_in() {
    if !script::interpreter(
        "node",
        &["-e", "if (typeof fetch === 'undefined') process.exit(1)"],
    ) {
        return;
    }
    let service = Service::start();
    let settings = [("USERNAME", "lan@acme.example"), ("PASSWORD", PASSWORD)];
    let script = script::path("procure_login.mjs");
    let report = script::run(&service, "node", &script, &settings);
    assert_eq!(report["profile"]["username"], "lan");
    assert_eq!(report["profile"]["kind"], "session");
    assert_eq!(report["refused"]["error"]["code"], "unauthorized");
}
