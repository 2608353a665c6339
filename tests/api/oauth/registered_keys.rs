//! A client that registers itself with keys in place of a secret (RFC 7591, RFC 7523).

use lanyard::base::OrganizationId;
use lanyard::client::registration_token;
use lanyard::oauth::client_auth::JWT_BEARER;
use serde_json::{Value, json};

use super::signer::{Signer, with};
use super::world::{FORM, error, form, organization};
use crate::support::{Answer, Server, on_both};

fn register(server: &Server, token: &str, members: &Value) -> Answer {
    let call = server.post("/oauth/register").bearer(token);
    call.json(members).send()
}

on_both!(
    a_client_registers_its_keys_and_authenticates_by_them,
    "oauth.registration=true"
);
fn a_client_registers_its_keys_and_authenticates_by_them(server: &Server) {
    let acme = organization(server, "acme");
    let (app, id) = (&server.app, OrganizationId(acme.id));
    let now = app.clock.now();
    let issue = |conn: &mut _| registration_token::issue(conn, id, 1, now);
    let token = app.db.write_blocking(issue).unwrap().to_string();
    let signer = Signer::new();
    let jwks = json!({"keys": [with(signer.jwk(), &json!({"kid": "one"}))]});
    let members = json!({
        "client_name": "Machine",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "read",
        "dpop_bound_access_tokens": true,
    });
    // Without keys there is nothing to verify with, and of a private key the client would be robbed.
    let mut private = jwks.clone();
    private["keys"][0]["d"] = json!("AAAA");
    for keys in [Value::Null, json!({"keys": []}), private] {
        let refused = register(
            server,
            &token,
            &with(members.clone(), &json!({"jwks": keys})),
        );
        assert_eq!(
            error(&refused),
            (400, "invalid_client_metadata".to_owned()),
            "{keys}"
        );
    }
    let answer = register(server, &token, &with(members, &json!({"jwks": jwks})));
    let client = answer.with_status(201).json();
    assert_eq!(client["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(client["jwks"], jwks);
    assert_eq!(client["dpop_bound_access_tokens"], true);
    assert!(client.get("client_secret").is_none());

    let client = client["client_id"].as_str().unwrap();
    let call = |proof: Option<&str>| {
        let assertion = signer.assertion(server, client, &json!({}));
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        let call = server.post("/oauth/token").body(FORM, form(&parameters));
        match proof {
            Some(proof) => call.header("dpop", proof).send(),
            None => call.send(),
        }
    };
    assert_eq!(
        error(&call(None)),
        (400, "invalid_dpop_proof".to_owned()),
        "it must send a proof"
    );
    let issued = call(Some(&signer.proof(server, &json!({}))));
    let issued = issued.with_status(200).json();
    assert_eq!(
        (&issued["token_type"], &issued["scope"]),
        (&json!("DPoP"), &json!("read"))
    );
}
