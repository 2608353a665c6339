//! Device authorization (RFC 8628): the endpoint, and what a device is answered when it polls. The
//! pages are tested in `pages/device.rs`.

mod ends;

use lanyard::access::ScopeSet;
use lanyard::base::{Digest, OperatorId, OrganizationId, TokenId};
use lanyard::grant::store::{Allowed, allow_device, refuse_device};
use serde_json::{Value, json};

use super::world::{Client, ISSUER, client, decoded, error, organization, text, tokens};
use crate::support::{Answer, Organization, Server, on_both};

const ENDPOINT: &str = "/oauth/device_authorization";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The codes of a device.
struct Device {
    code: String,
    user_code: String,
}

/// A client of devices: a public one, unless `members` say otherwise.
fn television<'a>(server: &'a Server, acme: &Organization<'_>, members: &Value) -> Client<'a> {
    let mut all = json!({"authMethod": "none", "redirectUris": [],
        "grants": ["device_code", "refresh_token"]});
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    client(server, acme, &all)
}

fn begin(client: &Client<'_>, scope: &str) -> Device {
    let answer = client.post(ENDPOINT, &[("scope", scope)]);
    Device {
        code: text(&answer, "device_code"),
        user_code: text(&answer, "user_code"),
    }
}

fn poll_at(server: &Server, client: &Client<'_>, device: &Device) -> Answer {
    let sent = [("grant_type", GRANT), ("device_code", &device.code)];
    client.post_to(server, "/oauth/token", &sent)
}

fn poll(client: &Client<'_>, device: &Device) -> Answer {
    poll_at(client.server, client, device)
}

/// Allows a device as the page does. Returns whether it was in time.
fn allow(client: &Client<'_>, device: &Device, operator: i64, scope: &str) -> bool {
    let app = &client.server.app;
    let now = app.clock.now();
    let allowed = Allowed {
        operator: OperatorId(operator),
        scopes: ScopeSet::parse(scope).unwrap(),
        auth_time: now,
        amr: "pwd otp".to_owned(),
        sid: Some(TokenId::generate(now)),
        rev: app.nodes.feed.applied(),
    };
    let key = (
        OrganizationId(client.organization),
        Digest::of(&device.code),
    );
    app.db
        .write_blocking(|conn| allow_device(conn, key, &allowed, now))
        .unwrap()
}

fn refuse(client: &Client<'_>, device: &Device) -> bool {
    let app = &client.server.app;
    let key = (
        OrganizationId(client.organization),
        Digest::of(&device.code),
    );
    app.db
        .write_blocking(|conn| refuse_device(conn, key, app.clock.now()))
        .unwrap()
}

fn refused(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

on_both!(a_device_shows_a_code_and_polls_until_it_is_allowed);
fn a_device_shows_a_code_and_polls_until_it_is_allowed(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));
    let answer = tv.post(ENDPOINT, &[("scope", "openid read")]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.with_status(200).json();
    let user_code = body["user_code"].as_str().unwrap();
    assert_eq!(body["device_code"].as_str().unwrap().len(), 43);
    assert!(user_code.len() == 9 && user_code.as_bytes()[4] == b'-');
    assert_eq!(body["verification_uri"], format!("{ISSUER}/oauth/device"));
    assert_eq!(
        body["verification_uri_complete"],
        format!("{ISSUER}/oauth/device?user_code={user_code}")
    );
    assert_eq!(
        (&body["expires_in"], &body["interval"]),
        (&json!(600), &json!(5))
    );

    let device = Device {
        code: text(&answer, "device_code"),
        user_code: user_code.to_owned(),
    };
    for _ in 0..2 {
        assert_eq!(error(&poll(&tv, &device)), refused("authorization_pending"));
        server.wait(5);
    }
    let signed_in = server.app.clock.now().as_seconds();
    assert!(allow(&tv, &device, lan, "openid read"));
    server.wait(3);
    let answer = poll(&tv, &device);
    let body = answer.with_status(200).json();
    assert_eq!(body["scope"], "openid read");
    assert_eq!(body["token_type"], "Bearer");
    let (access, refresh) = tokens(&answer);
    let (_, claims) = decoded(&access);
    assert_eq!(claims["sub"], lan.to_string());
    assert_eq!(claims["client_id"], tv.id.as_str());
    assert_eq!(claims["auth_time"], signed_in);
    let (_, claims) = decoded(&text(&answer, "id_token"));
    assert_eq!(claims["amr"], json!(["pwd", "otp"]));
    assert!(claims["sid"].is_string() && claims.get("nonce").is_none());
    tokens(&tv.refresh(&refresh));
    // It is one grant, as the panel shows it.
    let grants = acme.get("/api/company/grants").send().items();
    assert_eq!((grants.len(), &grants[0]["operatorId"]), (1, &json!(lan)));

    // A second time it yields nothing, and nothing happens to what it yielded.
    assert_eq!(error(&poll(&tv, &device)), refused("invalid_grant"));
    server.wait(700);
    assert_eq!(error(&poll(&tv, &device)), refused("invalid_grant"));
    assert_eq!(acme.get("/api/company/grants").send().items().len(), 1);
}

on_both!(a_device_that_polls_too_fast_must_slow_down);
fn a_device_that_polls_too_fast_must_slow_down(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));
    let device = begin(&tv, "read");
    for (wait, expected) in [
        (0, "authorization_pending"),
        (5, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (15, "authorization_pending"),
        (14, "slow_down"),
        (20, "authorization_pending"),
    ] {
        server.wait(wait);
        assert_eq!(error(&poll(&tv, &device)), refused(expected), "{wait}");
    }
    // Its answer reaches it all the same.
    assert!(allow(&tv, &device, lan, "read"));
    poll(&tv, &device).with_status(200);
}

on_both!(
    the_settings_say_how_long_and_how_often,
    "oauth.device_lifetime=90s",
    "oauth.device_interval=1500ms"
);
fn the_settings_say_how_long_and_how_often(server: &Server) {
    let acme = organization(server, "acme");
    let tv = television(server, &acme, &json!({}));
    let answer = tv.post(ENDPOINT, &[]).with_status(200).json();
    assert_eq!(
        (&answer["expires_in"], &answer["interval"]),
        (&json!(90), &json!(2))
    );
}

on_both!(an_answer_counts_once_and_in_time);
fn an_answer_counts_once_and_in_time(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));

    let device = begin(&tv, "read");
    assert!(refuse(&tv, &device) && !refuse(&tv, &device));
    assert!(!allow(&tv, &device, lan, "read"));
    for _ in 0..2 {
        assert_eq!(error(&poll(&tv, &device)), refused("access_denied"));
    }
    let device = begin(&tv, "read");
    assert!(allow(&tv, &device, lan, "read"));
    assert!(!refuse(&tv, &device) && !allow(&tv, &device, lan, "read write"));
    let answer = poll(&tv, &device);
    assert_eq!(text(&answer, "scope"), "read");

    let [pending, allowed, denied] = [(); 3].map(|()| begin(&tv, "read"));
    assert!(allow(&tv, &allowed, lan, "read") && refuse(&tv, &denied));
    server.wait(600);
    assert!(!allow(&tv, &pending, lan, "read") && !refuse(&tv, &pending));
    for device in [&pending, &allowed, &denied] {
        assert_eq!(error(&poll(&tv, device)), refused("expired_token"));
    }
}

on_both!(only_its_client_learns_anything_of_a_code);
fn only_its_client_learns_anything_of_a_code(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let tv = television(server, &acme, &json!({}));
    let radio = television(server, &acme, &json!({}));
    let shop = television(server, &acme, &json!({"authMethod": "client_secret"}));
    let device = begin(&tv, "read");
    assert!(allow(&tv, &device, lan, "read"));
    for other in [&radio, &shop] {
        assert_eq!(error(&poll(other, &device)), refused("invalid_grant"));
    }
    let mut thief = shop.clone();
    thief.secret = Some("wrong".to_owned());
    let failed = (401, "invalid_client".to_owned());
    assert_eq!(error(&poll(&thief, &device)), failed);
    assert_eq!(error(&thief.post(ENDPOINT, &[])), failed);
    // It changed nothing, and the device's own poll is its first.
    poll(&tv, &device).with_status(200);
    let unknown = Device {
        code: "x".repeat(43),
        user_code: String::new(),
    };
    assert_eq!(error(&poll(&tv, &unknown)), refused("invalid_grant"));
    let grant = [("grant_type", GRANT)];
    assert_eq!(error(&tv.token(&grant)), refused("invalid_request"));
    // A client of another organization.
    let other = organization(server, "other");
    let theirs = television(server, &other, &json!({}));
    let device = begin(&tv, "read");
    assert_eq!(error(&poll(&theirs, &device)), refused("invalid_grant"));
}

on_both!(a_client_asks_for_what_it_may_have);
fn a_client_asks_for_what_it_may_have(server: &Server) {
    let acme = organization(server, "acme");
    let resource = json!({"uri": "https://api.example.com", "name": "API", "scopes": ["read"]});
    acme.post("/api/company/resources")
        .json(&resource)
        .send()
        .with_status(201);
    let tv = television(
        server,
        &acme,
        &json!({"audience": ["https://api.example.com"]}),
    );
    for (sent, expected) in [
        (&[("scope", "read analytics")][..], "invalid_scope"),
        (
            &[("resource", "https://else.example.com")][..],
            "invalid_target",
        ),
        (
            &[("scope", "read"), ("scope", "read")][..],
            "invalid_request",
        ),
    ] {
        let answer = tv.post(ENDPOINT, sent);
        assert_eq!(answer.status, 400, "{sent:?}");
        assert_eq!(answer.json()["error"], expected, "{sent:?}");
    }
    let lan = acme.operator("Lan");
    let answer = tv.post(ENDPOINT, &[("resource", "https://api.example.com")]);
    let device = Device {
        code: text(&answer, "device_code"),
        user_code: text(&answer, "user_code"),
    };
    assert!(allow(&tv, &device, lan, "read"));
    let (access, _) = tokens(&poll(&tv, &device));
    assert_eq!(decoded(&access).1["aud"], "https://api.example.com");

    // A client that was not given the grant.
    let shop = client(server, &acme, &json!({}));
    assert_eq!(
        error(&shop.post(ENDPOINT, &[])),
        refused("unauthorized_client")
    );
    let sent = [("grant_type", GRANT), ("device_code", "x")];
    assert_eq!(error(&shop.token(&sent)), refused("unauthorized_client"));
    // A parameter in the query would stand in logs.
    let query = tv.post(&format!("{ENDPOINT}?scope=read"), &[]);
    assert_eq!(error(&query), refused("invalid_request"));
}
