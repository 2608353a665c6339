//! Requests with a secret where it does not belong.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::http::{form_of, request};
use crate::oauth::TOKEN;

/// What a proxy says about a request to a service. The target is appended.
const ORIGINAL: &str = "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n\
     X-Forwarded-Host: api.example.com\r\nX-Forwarded-Uri: ";

/// Returns a GET with further header lines.
fn with_lines(path: &str, lines: &str) -> String {
    let request = request("GET", path, "", "");
    request.replacen("\r\n", &format!("\r\n{lines}\r\n"), 1)
}

/// Returns what a client that authenticates itself with the secret sends as `Basic`.
pub(super) fn basic(secret: &str) -> String {
    BASE64_STANDARD.encode(format!("client:{secret}"))
}

/// Returns requests with a secret in a path, in a query, in headers, in a body that is no JSON, in one
/// that has a member twice, in forms, and in what a proxy says about a request.
pub(super) fn requests(secret: &str, company: &str) -> Vec<String> {
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut requests = vec![
        request("GET", &format!("/nowhere/{encoded}"), "", ""),
        request("GET", &format!("/api/v1/api-keys/{encoded}"), company, ""),
        request(
            "GET",
            &format!("/v1/profile?access_token={encoded}"),
            "",
            "",
        ),
        request("GET", "/v1/profile", &encoded, ""),
        request("POST", TOKEN, "", &format!("client_secret={encoded}")),
    ];
    let lines = [
        format!("X-API-Key: {encoded}"),
        format!("X-Authorization-Key: {encoded}"),
        format!("Authorization: Basic {}", basic(secret)),
        format!("Authorization: DPoP {encoded}\r\nDPoP: {encoded}"),
        format!("Signature-Input: sig1=(\"x\");keyid=\"key_{encoded}\"\r\nSignature: {encoded}"),
        format!("Cookie: lanyard_console={encoded}; lanyard_session={encoded}"),
        format!("Referer: https://app.example.com/?token={encoded}\r\nUser-Agent: {encoded}"),
        format!("X-Forwarded-For: {encoded}\r\nForwarded: for={encoded}"),
    ];
    for path in ["/v1/profile", "/oauth/userinfo", "/console", "/nowhere"] {
        requests.extend(lines.iter().map(|lines| with_lines(path, lines)));
    }
    let asked = [
        format!("{ORIGINAL}/v1/orders?access_token={encoded}"),
        format!("{ORIGINAL}/v1/orders/{encoded}//"),
        format!("{ORIGINAL}/v1/orders\r\nX_Auth_Role: {encoded}"),
        format!("{ORIGINAL}/v1/orders\r\nAuthorization: Bearer {encoded}"),
        format!("{ORIGINAL}/v1/orders\r\nX-API-Key: {encoded}"),
    ];
    requests.extend(asked.iter().map(|lines| with_lines("/authz", lines)));
    let envoy = format!("/authz/envoy/v1/orders?access_token={encoded}");
    requests.push(with_lines(&envoy, "X-Forwarded-Proto: https"));
    let bodies = [
        format!("{{\"key\": \"{secret}\", \"token\": \"{secret}\", "),
        format!("{{\"token\": \"{secret}\", \"token\": \"{secret}\"}}"),
        format!("{{\"token\": {{\"{secret}\": 1}}}}"),
        format!("\"{secret}\""),
    ];
    for path in [
        "/api/operator/validate-token",
        "/auth/login",
        "/api/v1/leaked-keys",
        "/api/v1/api-keys/verify",
        "/api/v1/auth/wechat/login",
    ] {
        let sent = bodies
            .iter()
            .map(|body| request("POST", path, company, body));
        requests.extend(sent);
    }
    for path in [
        TOKEN,
        "/oauth/introspect",
        "/oauth/revoke",
        "/console/sign-in",
    ] {
        for name in [
            "token",
            "code",
            "refresh_token",
            "client_assertion",
            "password",
        ] {
            let body = format!("grant_type={encoded}&{name}={encoded}&{encoded}=x");
            requests.push(form_of(path, "", &body));
        }
    }
    requests
}
