//! Clients that register themselves (RFC 7591).

use std::net::TcpListener;

use diesel::prelude::*;
use diesel::sql_query;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::client::registration_token;
use lanyard::db::{Conn, Result};
use lanyard::on_backend;
use lanyard::organization::{resume, suspend};
use serde_json::{Value, json};

use super::together::at_once;
use super::world::{ISSUER, error, form, organization};
use crate::support::{Answer, Organization, Server, on_both};

const SWITCHED_ON: &str = "oauth.registration=true";
const CALLBACK: &str = "https://shop.example.com/cb";

/// Returns an initial access token, as the command line prints it.
fn token(server: &Server, organization: &Organization<'_>, uses: i64) -> String {
    let app = &server.app;
    let (id, now) = (OrganizationId(organization.id), app.clock.now());
    let issued = app
        .db
        .write_blocking(|conn| registration_token::issue(conn, id, uses, now));
    issued.unwrap().to_string()
}

fn register(server: &Server, token: &str, members: &Value) -> Answer {
    server
        .post("/oauth/register")
        .bearer(token)
        .json(members)
        .send()
}

on_both!(a_client_registers_itself, "oauth.registration=true");
fn a_client_registers_itself(server: &Server) {
    let acme = organization(server, "acme");
    let token = token(server, &acme, 2);
    let answer = register(
        server,
        &token,
        &json!({
            "client_name": "Shop", "redirect_uris": [CALLBACK], "scope": "read openid",
            "grant_types": ["authorization_code", "client_credentials"],
            "logo_uri": "https://shop.example.com/logo", "software_id": "shop",
        }),
    );
    let client = answer.with_status(201).json();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(client["client_name"], "Shop");
    assert_eq!(client["redirect_uris"], json!([CALLBACK]));
    assert_eq!(client["scope"], "openid read");
    assert_eq!(
        client["grant_types"],
        json!(["authorization_code", "client_credentials"])
    );
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(
        client["client_id_issued_at"],
        server.app.clock.now().as_seconds()
    );
    assert!(client.get("logo_uri").is_none() && client.get("software_id").is_none());
    let (id, secret) = (
        client["client_id"].as_str().unwrap(),
        client["client_secret"].as_str().unwrap(),
    );
    server.wait(420);
    server.rotate_keys();
    let body = form(&[
        ("client_id", id),
        ("client_secret", secret),
        ("grant_type", "client_credentials"),
    ]);
    let issued = server
        .post("/oauth/token")
        .body(super::world::FORM, body)
        .send();
    assert_eq!(issued.with_status(200).json()["scope"], "read");
    // The organization has it like any other.
    let listed = acme.get(&format!("/api/company/clients/{id}")).send();
    assert_eq!(listed.with_status(200).json()["name"], "Shop");

    // A public client, with the defaults.
    let answer = register(
        server,
        &token,
        &json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}),
    );
    let public = answer.with_status(201).json();
    assert_eq!(public["grant_types"], json!(["authorization_code"]));
    assert!(public.get("client_secret").is_none());
    assert!(public.get("client_secret_expires_at").is_none());
    // The token is used up.
    let answer = register(server, &token, &json!({"redirect_uris": [CALLBACK]}));
    assert_eq!(error(&answer), (401, "invalid_token".to_owned()));
}

on_both!(
    a_suspended_organization_registers_no_client,
    "oauth.registration=true"
);
fn a_suspended_organization_registers_no_client(server: &Server) {
    let acme = organization(server, "acme");
    let token = token(server, &acme, 1);
    let (app, id) = (&server.app, OrganizationId(acme.id));
    let origin = Origin::command_line();
    suspend(&app.db, id, &origin, app.clock.now()).unwrap();
    server.follow();
    let members = json!({"redirect_uris": [CALLBACK]});
    let refused = register(server, &token, &members);
    assert_eq!(error(&refused), (401, "invalid_token".to_owned()));
    let unknown = register(server, "unknown", &members);
    assert_eq!(refused.text(), unknown.text());
    // The refused request has not used the token.
    resume(&app.db, id, &origin, app.clock.now()).unwrap();
    server.follow();
    register(server, &token, &members).with_status(201);
}

on_both!(what_is_refused_does_not_count, "oauth.registration=true");
fn what_is_refused_does_not_count(server: &Server) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let here = format!("http://{}/jwks", listener.local_addr().unwrap());
    let acme = organization(server, "acme");
    let token = token(server, &acme, 1);
    for (members, code) in [
        (
            json!({"redirect_uris": [CALLBACK], "jwks_uri": here}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "software_statement": "e30.e30."}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "scope": "read admin"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "scope": "unknown"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "client_name": "\u{7}"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "tls_client_auth"}),
            "invalid_client_metadata",
        ),
        (json!([]), "invalid_client_metadata"),
        (json!({}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["http://shop.example.com/cb"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://shop.example.com/#cb"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://*.example.com/cb"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "post_logout_redirect_uris": ["bye"]}),
            "invalid_redirect_uri",
        ),
    ] {
        let answer = register(server, &token, &members);
        assert_eq!(error(&answer), (400, code.to_owned()), "{members} {answer}");
    }
    // Of what is dropped nothing is fetched either.
    let members = json!({"redirect_uris": [CALLBACK], "logo_uri": here, "tos_uri": here, "sector_identifier_uri": here});
    register(server, &token, &members).with_status(201);
    assert!(listener.accept().is_err());
}

on_both!(only_who_has_a_token_registers, "oauth.registration=true");
fn only_who_has_a_token_registers(server: &Server) {
    let acme = organization(server, "acme");
    let members = json!({"redirect_uris": [CALLBACK]});
    let answer = server.post("/oauth/register").json(&members).send();
    assert_eq!(
        answer.with_status(401).header("www-authenticate"),
        Some("Bearer realm=\"lanyard\"")
    );
    // A token is read in the header Authorization only.
    let good = token(server, &acme, 1);
    for header in ["x-api-key", "x-authorization-key"] {
        let call = server.post("/oauth/register").header(header, &good);
        call.json(&members).send().with_status(401);
    }
    for token in ["nonsense", &acme.token] {
        let answer = register(server, token, &members);
        assert_eq!(error(&answer), (401, "invalid_token".to_owned()));
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .contains("invalid_token")
        );
    }
    // No script of another origin calls it.
    let answer = server
        .post("/oauth/register")
        .header("Origin", "https://evil.example.com")
        .json(&members)
        .send();
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let document = server
        .get("/.well-known/openid-configuration")
        .send()
        .json();
    assert_eq!(
        document["registration_endpoint"],
        format!("{ISSUER}/oauth/register")
    );
}

on_both!(
    wrong_tokens_are_throttled_by_address,
    "oauth.registration=true"
);
fn wrong_tokens_are_throttled_by_address(server: &Server) {
    let acme = organization(server, "acme");
    let good = token(server, &acme, 1);
    let call = |token: &str, from| {
        let members = json!({"redirect_uris": [CALLBACK]});
        let call = server.post("/oauth/register").bearer(token).from(from);
        call.json(&members).send()
    };
    let guess = || call("nonsense", [127, 0, 0, 2]);
    let mut last = guess();
    for _ in 0..40 {
        last = guess();
    }
    assert_eq!(error(&last), (429, "rate_limited".to_owned()));
    assert!(last.header("retry-after").is_some());
    // This address waits, also with a right token; any other does not.
    call(&good, [127, 0, 0, 2]).with_status(429);
    call(&good, [127, 0, 0, 3]).with_status(201);
}

on_both!(
    an_organization_has_a_bounded_number_of_clients,
    "oauth.registration=true"
);
fn an_organization_has_a_bounded_number_of_clients(server: &Server) {
    let acme = organization(server, "acme");
    let token = token(server, &acme, 2);
    let members = json!({"redirect_uris": [CALLBACK]});
    let first = register(server, &token, &members).with_status(201).json();
    let fill = |conn: &mut Conn| -> Result<()> {
        let columns = "organization_id, tag, status, settings, created_seq, created_at, updated_at";
        let statement = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9998) \
             INSERT INTO clients (id, {columns}) \
             SELECT 'client-' || n.i, {} FROM clients, n WHERE id = '{}'",
            columns.replace("tag", "tag + n.i"),
            first["client_id"].as_str().unwrap(),
        );
        on_backend!(conn, c => sql_query(statement).execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(fill).unwrap();
    acme.client(&json!({"name": "The last"}));
    let answer = register(server, &token, &members);
    assert_eq!(error(&answer), (400, "invalid_client_metadata".to_owned()));
    assert!(answer.text().contains("10000 clients"), "{answer}");
    // One that is deleted does not count, and the refused request did not use the token.
    let one = format!(
        "/api/company/clients/{}",
        first["client_id"].as_str().unwrap()
    );
    acme.delete(&one).send().with_status(204);
    register(server, &token, &members).with_status(201);
}

on_both!(
    a_token_registers_no_more_clients_than_it_allows,
    "oauth.registration=true"
);
fn a_token_registers_no_more_clients_than_it_allows(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080", SWITCHED_ON]);
    let acme = organization(server, "acme");
    other.follow();
    let token = token(server, &acme, 3);
    let answers = at_once(12, |number| {
        let node = if number % 2 == 0 { server } else { other };
        register(node, &token, &json!({"redirect_uris": [CALLBACK]}))
    });
    let count = |status| answers.iter().filter(|one| one.status == status).count();
    assert!(count(201) <= 3, "{}", count(201));
    assert_eq!(count(201) + count(401) + count(503), 12);
    let listed = acme.get("/api/company/clients").send().json();
    assert_eq!(listed["items"].as_array().unwrap().len(), count(201));
    if count(503) == 0 {
        assert_eq!(count(201), 3);
    }
}

on_both!(while_it_is_off_there_is_no_such_route);
fn while_it_is_off_there_is_no_such_route(server: &Server) {
    let acme = organization(server, "acme");
    let token = token(server, &acme, 1);
    register(server, &token, &json!({"redirect_uris": [CALLBACK]})).with_status(404);
    server.post("/oauth/register").send().with_status(404);
    let document = server
        .get("/.well-known/openid-configuration")
        .send()
        .json();
    assert!(document.get("registration_endpoint").is_none());
}
