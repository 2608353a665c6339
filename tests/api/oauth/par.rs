//! Pushed authorization requests (RFC 9126), as the client sees them. What a browser does with them
//! is in `pages/pushed.rs`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use insta::assert_snapshot;
use lanyard::base::{Digest, OrganizationId};
use lanyard::db::schema::pushed_requests;
use lanyard::db::{Conn, Result};
use lanyard::session::{MOST_PUSHED, MOST_PUSHED_OF_NETWORK};
use serde_json::json;

use super::signer::{Signer, with};
use super::world::{CALLBACK, CHALLENGE, Client, FORM, ISSUER, client, error, form, organization};
use crate::support::{Answer, Server, on_both};

/// The parameters of a request that nothing is wrong with.
const GOOD: [(&str, &str); 5] = [
    ("response_type", "code"),
    ("redirect_uri", CALLBACK),
    ("scope", "openid read"),
    ("state", "s-1"),
    ("unknown", "ignored"),
];

/// Pushes a request with these parameters instead of, or besides, those of [`GOOD`]. Those without
/// value are left out.
fn push(client: &Client<'_>, more: &[(&str, &str)]) -> Answer {
    let mut fields = GOOD.to_vec();
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    client.post("/oauth/par", &fields)
}

on_both!(a_client_pushes_a_request);
fn a_client_pushes_a_request(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    let answer = push(&shop, &[]);
    let body = answer.with_status(201).json();
    assert_eq!(body["expires_in"], 60);
    let uri = body["request_uri"].as_str().unwrap();
    let secret = uri.strip_prefix("urn:ietf:params:oauth:request_uri:");
    assert_eq!(secret.unwrap().len(), 43);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_ne!(push(&shop, &[]).json()["request_uri"], uri);

    // The credential may be in a header, as at the token endpoint. Then it names the client.
    let secret = shop.secret.as_deref().unwrap();
    let credential = STANDARD.encode(format!("{}:{secret}", shop.id));
    let basic = server
        .post("/oauth/par")
        .header("authorization", &format!("Basic {credential}"))
        .body(FORM, form(&GOOD))
        .send();
    basic.with_status(201);

    // What is stored has neither the credential nor what the server does not know.
    let stored = server.app.db.read_blocking(|conn| -> Result<Vec<String>> {
        let texts = pushed_requests::table.select(pushed_requests::parameters);
        Ok(texts.load(conn)?)
    });
    for text in stored.unwrap() {
        assert!(text.contains(&shop.id) && text.contains("s-1"), "{text}");
        assert!(!text.contains("secret") && !text.contains("unknown"));
        assert!(!text.contains(secret));
    }
}

on_both!(
    the_setting_says_how_long_it_can_be_opened,
    "oauth.par_lifetime=90s"
);
fn the_setting_says_how_long_it_can_be_opened(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    assert_eq!(push(&shop, &[]).with_status(201).json()["expires_in"], 90);
}

on_both!(a_public_client_pushes_with_pkce);
fn a_public_client_pushes_with_pkce(server: &Server) {
    let acme = organization(server, "acme");
    let app = client(server, &acme, &json!({"authMethod": "none"}));
    let answer = push(&app, &[]);
    assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
    let pkce = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    push(&app, &pkce).with_status(201);
}

on_both!(whatever_is_wrong_is_answered_as_json);
fn whatever_is_wrong_is_answered_as_json(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    let long = "x".repeat(2_049);
    let uri = "urn:ietf:params:oauth:request_uri:E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (more, code) in [
        (
            ("redirect_uri", "https://evil.example/cb"),
            "invalid_request",
        ),
        (("request_uri", uri), "invalid_request"),
        (
            ("request_uri", "https://app.example.com/r"),
            "invalid_request",
        ),
        (("request", "x.y.z"), "request_not_supported"),
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_mode", "form_post"), "invalid_request"),
        (("scope", "read nothing"), "invalid_scope"),
        (("resource", "https://nowhere.example"), "invalid_target"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "x"), "invalid_request"),
        (("code_challenge", CHALLENGE), "invalid_request"),
        (("dpop_jkt", "x"), "invalid_request"),
        (("id_token_hint", "x.y.z"), "invalid_request"),
        (("state", long.as_str()), "invalid_request"),
        (("client_id", shop.id.as_str()), "invalid_request"),
    ] {
        let answer = push(&shop, &[more]);
        assert_eq!(error(&answer), (400, code.to_owned()), "{more:?}");
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let machine = client(
        server,
        &acme,
        &json!({"grants": ["client_credentials"], "redirectUris": []}),
    );
    let answer = push(&machine, &[]);
    assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
    let coder = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let answer = push(&coder, &[]);
    assert_eq!(error(&answer), (400, "unauthorized_client".to_owned()));

    assert_snapshot!(push(&shop, &[("redirect_uri", "https://evil.example/cb")]), @r#"
    400
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    cache-control: no-store
    pragma: no-cache
    {"error":"invalid_request","error_description":"redirect_uri is missing, repeated or not the client's"}
    "#);
}

on_both!(who_is_not_the_client_pushes_nothing);
fn who_is_not_the_client_pushes_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    let wrong = Client {
        secret: Some("wrong".to_owned()),
        ..shop.clone()
    };
    let absent = Client {
        secret: None,
        ..shop.clone()
    };
    let unknown = Client {
        id: "nobody".to_owned(),
        ..shop.clone()
    };
    for other in [wrong, absent, unknown] {
        let answer = push(&other, &[]);
        assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
        assert_eq!(
            answer.header("www-authenticate"),
            Some("Basic realm=\"lanyard\"")
        );
    }
    let in_the_query = server
        .post("/oauth/par?scope=read")
        .body(FORM, shop.body(&GOOD))
        .send();
    assert_eq!(error(&in_the_query), (400, "invalid_request".to_owned()));
    let json = server.post("/oauth/par").json(&json!({})).send();
    json.with_status(415);
    server.get("/oauth/par").send().with_status(405);
    acme.patch(&format!("/api/company/clients/{}", shop.id))
        .json(&json!({"status": "disabled"}))
        .send()
        .with_status(200);
    assert_eq!(error(&push(&shop, &[])), (401, "invalid_client".to_owned()));
}

on_both!(a_long_request_is_refused);
fn a_long_request_is_refused(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({}));
    let long = "x".repeat(33_000);
    push(&shop, &[("unknown", &long)]).with_status(413);
    let hint = "x".repeat(15_000);
    let answer = push(&shop, &[("ui_locales", &hint)]);
    assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
}

// Anybody can push requests of a public client.
on_both!(one_network_does_not_keep_a_public_client_out);
fn one_network_does_not_keep_a_public_client_out(server: &Server) {
    let acme = organization(server, "acme");
    let app = client(server, &acme, &json!({"authMethod": "none"}));
    let shop = client(server, &acme, &json!({}));
    let push_from = |of: &Client<'_>, from| {
        let pkce = [
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let body = of.body(&[&GOOD[..], &pkce].concat());
        server.post("/oauth/par").from(from).body(FORM, body).send()
    };
    let stranger = [127, 0, 0, 2];
    for _ in 0..MOST_PUSHED_OF_NETWORK {
        push_from(&app, stranger).with_status(201);
        push_from(&shop, stranger).with_status(201);
    }
    let refused = push_from(&app, stranger);
    assert_eq!(error(&refused), (429, "rate_limited".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("60"));
    push_from(&app, [127, 0, 0, 3]).with_status(201);
    // A client that proves itself pushes from one address what it likes.
    push_from(&shop, stranger).with_status(201);
    server.wait(60);
    push_from(&app, stranger).with_status(201);
}

on_both!(a_client_has_a_bounded_number_of_requests_that_wait);
fn a_client_has_a_bounded_number_of_requests_that_wait(server: &Server) {
    let acme = organization(server, "acme");
    let (shop, other) = (
        client(server, &acme, &json!({})),
        client(server, &acme, &json!({})),
    );
    let organization = OrganizationId(acme.id);
    let soon = server
        .app
        .clock
        .now()
        .plus(std::time::Duration::from_secs(40));
    let fill = |conn: &mut Conn| -> Result<()> {
        for number in 1..MOST_PUSHED {
            diesel::insert_into(pushed_requests::table)
                .values((
                    pushed_requests::organization_id.eq(organization),
                    pushed_requests::digest.eq(Digest::of(&number.to_string())),
                    pushed_requests::client_id.eq(&shop.id),
                    pushed_requests::parameters.eq("[]"),
                    pushed_requests::expires_at.eq(soon),
                ))
                .execute(conn)?;
        }
        Ok(())
    };
    server.app.db.write_blocking(fill).unwrap();
    push(&shop, &[]).with_status(201);
    let refused = push(&shop, &[]);
    assert_eq!(error(&refused), (429, "rate_limited".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("40"));
    push(&other, &[]).with_status(201);
    server.wait(40);
    push(&shop, &[]).with_status(201);
}

on_both!(
    a_proof_needs_a_nonce_where_nonces_are_required,
    "oauth.dpop_nonce=true"
);
fn a_proof_needs_a_nonce_where_nonces_are_required(server: &Server) {
    let acme = organization(server, "acme");
    let (shop, signer) = (client(server, &acme, &json!({})), Signer::new());
    let push = |claims: &serde_json::Value| {
        let own = json!({"htu": format!("{ISSUER}/oauth/par")});
        let proof = signer.proof(server, &with(own, claims));
        let call = server.post("/oauth/par").header("dpop", &proof);
        call.body(FORM, shop.body(&GOOD)).send()
    };
    let first = push(&json!({}));
    assert_eq!(error(&first), (400, "use_dpop_nonce".to_owned()));
    let nonce = first.header("dpop-nonce").unwrap();
    let accepted = push(&json!({"nonce": nonce}));
    assert!(accepted.with_status(201).header("dpop-nonce").is_some());
    assert!(accepted.json()["request_uri"].is_string());
    // The nonce is no proof by itself.
    let wrong = push(&json!({"nonce": nonce, "htu": format!("{ISSUER}/oauth/token")}));
    assert_eq!(error(&wrong), (400, "invalid_dpop_proof".to_owned()));
}
