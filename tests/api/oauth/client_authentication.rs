//! How clients authenticate, and that a refusal reveals nothing.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::world::{Client, FORM, client, error, form, organization};
use crate::support::{Answer, Server, on_both};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn basic(client: &Client<'_>, id: &str, secret: &str, body: &[(&str, &str)]) -> Answer {
    let credential = STANDARD.encode(format!("{id}:{secret}"));
    client
        .server
        .post("/oauth/token")
        .header("authorization", &format!("Basic {credential}"))
        .body(FORM, form(body))
        .send()
}

/// Encodes every byte.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

on_both!(a_secret_goes_either_way);
fn a_secret_goes_either_way(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let secret = shop.secret.clone().unwrap();
    shop.token(&[GRANT]).with_status(200);
    basic(&shop, &shop.id, &secret, &[GRANT]).with_status(200);
    basic(&shop, &encoded(&shop.id), &encoded(&secret), &[GRANT]).with_status(200);
    basic(&shop, &shop.id, &secret, &[GRANT, ("client_id", &shop.id)]).with_status(200);

    // Two methods, another id, a parameter twice, a parameter in the query.
    let two = basic(
        &shop,
        &shop.id,
        &secret,
        &[GRANT, ("client_secret", &secret)],
    );
    let other = basic(&shop, &shop.id, &secret, &[GRANT, ("client_id", "x")]);
    let twice = shop.token(&[GRANT, GRANT]);
    let id_twice = shop.token(&[GRANT, ("client_id", &shop.id)]);
    let query = server
        .post(&format!("/oauth/token?client_secret={secret}"))
        .body(FORM, form(&[GRANT, ("client_id", &shop.id)]))
        .send();
    for refused in [two, other, twice, id_twice, query] {
        assert_eq!(error(&refused), (400, "invalid_request".to_owned()));
    }
    // Spaces around a name do not count: guide 003's line has them.
    let spaced = form(&[GRANT, ("client_id", &shop.id), ("  client_secret", &secret)]);
    server
        .post("/oauth/token")
        .body(FORM, spaced)
        .send()
        .with_status(200);
    for path in [
        "/oauth/token",
        "/router/rest?method=psdm.auth.token.refresh",
        "/oauth/par",
        "/oauth/device_authorization",
        "/oauth/revoke",
        "/oauth/introspect",
    ] {
        let json = json!({"grant_type": "client_credentials"});
        let refused = server.post(path).json(&json).send();
        refused.with_status(415);
        assert_eq!(refused.header("content-type"), Some("application/json"));
    }
}

on_both!(a_refusal_does_not_reveal_which_clients_there_are);
fn a_refusal_does_not_reveal_which_clients_there_are(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let public = client(server, &acme, &json!({"authMethod": "none"}));
    let secret = shop.secret.clone().unwrap();
    let unknown = basic(
        &shop,
        "6f1c7c1e-7d3b-4e55-9a3e-000000000000",
        &secret,
        &[GRANT],
    );
    assert_eq!(error(&unknown), (401, "invalid_client".to_owned()));
    assert_eq!(
        unknown.header("www-authenticate"),
        Some("Basic realm=\"lanyard\"")
    );
    let refusal = unknown.bytes();
    for answer in [
        basic(&shop, &shop.id, "wrong", &[GRANT]),
        basic(&shop, &public.id, &secret, &[GRANT]),
        server
            .post("/oauth/token")
            .body(FORM, form(&[GRANT, ("client_id", &shop.id)]))
            .send(),
        server
            .post("/oauth/token")
            .body(FORM, form(&[GRANT]))
            .send(),
        server
            .post("/oauth/token")
            .header("authorization", "Basic !")
            .body(FORM, form(&[GRANT]))
            .send(),
        server
            .post("/oauth/token")
            .bearer(&acme.token)
            .body(FORM, form(&[GRANT]))
            .send(),
    ] {
        assert_eq!(answer.bytes(), refusal);
    }
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"status": "disabled"}))
        .send()
        .with_status(200);
    assert_eq!(shop.token(&[GRANT]).bytes(), refusal);
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"status": "active"}))
        .send()
        .with_status(200);
    shop.token(&[GRANT]).with_status(200);
    lanyard::organization::suspend(
        &server.app.db,
        lanyard::base::OrganizationId(acme.id),
        &lanyard::audit::Origin::command_line(),
        server.app.clock.now(),
    )
    .unwrap();
    server.follow();
    assert_eq!(shop.token(&[GRANT]).bytes(), refusal);
}

on_both!(the_last_use_of_a_secret_is_written_later);
fn the_last_use_of_a_secret_is_written_later(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    shop.token(&[GRANT]).with_status(200);
    let used = || {
        let record = acme
            .get(&format!("/api/company/clients/{}", shop.id))
            .send();
        record.with_status(200).json()["secrets"][0]["lastUsedAt"].clone()
    };
    assert!(used().is_null());
    assert_eq!(
        server
            .app
            .clients
            .secret_uses
            .write(&server.app.db)
            .unwrap(),
        1
    );
    assert_eq!(
        server
            .app
            .clients
            .secret_uses
            .write(&server.app.db)
            .unwrap(),
        0
    );
    assert_eq!(used(), server.app.clock.now().to_string());
}
