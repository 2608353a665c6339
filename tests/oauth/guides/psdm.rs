//! PSDM (guide 003).

use serde_json::{Value, json};

use super::{code, curl, filled, text};
use crate::browser::{Answer, Browser, parameter};
use crate::service::{Client, Service};

const AUTHORIZE: &str = "https://auth.smallec.com/oauth/authorize?response_type=code&client_id=23075594\
                         &redirect_uri=http://www.oauth.net/2/&state=1212&view=web";

// The guide's line with its quotation mark where it belongs. The two spaces are the guide's own.
const EXCHANGE: &str = r#"curl -i -d "code=OxlukWofLrB1Db1M6aJGF8x2332458&grant_type=authorization_code&client_id=23075594&  client_secret=69a1469a1469a1469a14a9bf269a14&redirect_uri=http://www.oauth.net/2/" "https://auth.smallec.com/oauth/token""#;

const REFRESH: &str = r#"curl -d "client_id=23075594&client_secret=69a1469a1469a1469a14a9bf269a14&refresh_token=d86c828583c5c6160e8acfee88ba1590" "https://auth.smallec.com/router/rest?method=psdm.auth.token.refresh""#;

const BASE: &str = "https://auth.smallec.com";
const ID: &str = "23075594";
const SECRET: &str = "69a1469a1469a1469a14a9bf269a14";
const YEAR: i64 = 31_536_000;

/// Registers a client by the domain of its redirect URI, as the guide has it.
fn register(service: &Service) -> Client {
    service.register(&json!({
        "name": "易启管应用",
        "profile": "psdm",
        "redirectMatch": "same-site",
        "allowInsecureRedirect": true,
        "redirectUris": ["http://oauth.net/"],
        "scopes": ["read"],
    }))
}

fn check(service: &Service, tokens: &Value) {
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], YEAR);
    assert_eq!(tokens["re_expires_in"], YEAR);
    assert_eq!(tokens["psdm_user_id"], service.operator);
    for name in ["access_token", "refresh_token"] {
        let token = text(&tokens[name]);
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        assert!(token.len() == 32 && token.bytes().all(hex), "{token}");
    }
}

#[test]
fn a_code_is_exchanged_and_the_token_refreshed() {
    let service = Service::start();
    let client = register(&service);
    let code = code(
        &service,
        AUTHORIZE,
        &[(BASE, &service.issuer), (ID, &client.id)],
    );
    let ours = [
        (BASE, &*service.issuer),
        (ID, &client.id),
        (SECRET, &client.secret),
    ];
    let exchange = [&ours[..], &[("OxlukWofLrB1Db1M6aJGF8x2332458", &*code)]];
    let Some(reply) = curl(EXCHANGE, &exchange.concat()) else {
        return;
    };
    let tokens = reply.with_status(200);
    check(&service, &tokens);
    let old = text(&tokens["refresh_token"]);
    let refresh = [&ours[..], &[("d86c828583c5c6160e8acfee88ba1590", old)]];
    let refreshed = curl(REFRESH, &refresh.concat()).unwrap().with_status(200);
    check(&service, &refreshed);
    assert_ne!(refreshed["refresh_token"], tokens["refresh_token"]);
}

#[test]
fn who_cancels_is_sent_back_with_an_error() {
    let service = Service::start();
    let client = register(&service);
    let url = filled(AUTHORIZE, &[(BASE, &service.issuer), (ID, &client.id)]);
    let callback = Browser::new(&service).open(&url, Answer::Cancel);
    assert!(
        callback.starts_with("http://www.oauth.net/2/?"),
        "{callback}"
    );
    assert_eq!(
        parameter(&callback, "error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(parameter(&callback, "state").as_deref(), Some("1212"));
    assert!(parameter(&callback, "error_description").is_some());
}
