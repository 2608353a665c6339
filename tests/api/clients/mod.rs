//! `/api/company/clients…`, `/api/company/grants…`, and what else an organization sees of OAuth.

mod grants;
mod manage;
mod members;
mod revocations;
mod secrets;
mod tokens;
mod waits;

use std::time::Duration;

use lanyard::access::ScopeSet;
use lanyard::base::{Digest, OperatorId, OrganizationId};
use lanyard::client::ClientSecret;
use lanyard::grant::store::{NewCode, insert_code};
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server};

/// The members of a client that may use each grant of these tests.
fn able() -> Value {
    json!({
        "name": "Shop", "redirectUris": ["https://shop.example.com/cb"], "scopes": ["read", "write"],
        "grants": ["authorization_code", "refresh_token", "client_credentials"],
    })
}

/// Sends a request to an endpoint of OAuth with the client's secret.
fn ask(server: &Server, client: &Value, path: &str, parameters: &str) -> Answer {
    let text = |member: &str| client[member].as_str().unwrap().to_owned();
    let body = format!(
        "client_id={}&client_secret={}&{parameters}",
        text("id"),
        text("secret")
    );
    let call = server.post(path);
    call.body("application/x-www-form-urlencoded", body).send()
}

/// Lets an operator sign in at a client, as by the pages. Returns the answer with its tokens.
fn sign_in(acme: &Organization<'_>, server: &Server, client: &Value, operator: i64) -> Value {
    // Both are 43 letters and digits.
    let code = ClientSecret::generate().text().to_owned();
    let (app, now) = (&server.app, server.app.clock.now());
    let new = NewCode {
        organization: OrganizationId(acme.id),
        client: client["id"].as_str().unwrap().parse().unwrap(),
        operator: OperatorId(operator),
        digest: Digest::of(&code),
        redirect_uri: None,
        challenge: None,
        dpop_jkt: None,
        scopes: ScopeSet::parse("read write").unwrap(),
        resources: Vec::new(),
        nonce: None,
        auth_time: now,
        amr: "pwd".to_owned(),
        sid: None,
        rev: app.nodes.feed.applied(),
        expires_at: now.plus(Duration::from_mins(1)),
    };
    app.db
        .write_blocking(|conn| insert_code(conn, &new))
        .unwrap();
    let parameters = format!("grant_type=authorization_code&code={code}");
    let answer = ask(server, client, "/oauth/token", &parameters);
    answer.with_status(200).json()
}

/// Whether a refresh token still yields an access token. It is used up by the question.
fn refreshes(server: &Server, client: &Value, tokens: &Value) -> bool {
    let token = tokens["refresh_token"].as_str().unwrap();
    let parameters = format!("grant_type=refresh_token&refresh_token={token}");
    ask(server, client, "/oauth/token", &parameters).status == 200
}

/// Whether an access token is active.
fn is_active(server: &Server, client: &Value, tokens: &Value) -> bool {
    let token = tokens["access_token"].as_str().unwrap();
    let answer = ask(
        server,
        client,
        "/oauth/introspect",
        &format!("token={token}"),
    );
    answer.with_status(200).json()["active"] == true
}

/// Returns tokens of the client's own.
fn own_tokens(server: &Server, client: &Value) -> Value {
    let parameters = "grant_type=client_credentials";
    let answer = ask(server, client, "/oauth/token", parameters);
    answer.with_status(200).json()
}
