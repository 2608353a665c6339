//! `private_key_jwt`: a client that signs an assertion with a registered key.

use lanyard::oauth::client_auth::JWT_BEARER;
use serde_json::{Value, json};

use super::signer::{Signer, with};
use super::world::{Client, FORM, ISSUER, client, error, form, organization, text};
use crate::support::{Answer, Organization, Server, on_both};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn machine<'a>(server: &'a Server, of: &Organization<'_>, signer: &Signer) -> Client<'a> {
    let members = json!({
        "authMethod": "private_key_jwt",
        "jwks": {"keys": [with(signer.jwk(), &json!({"kid": "one"}))]},
        "grants": ["client_credentials"],
    });
    client(server, of, &members)
}

fn post(server: &Server, path: &str, assertion: &str, parameters: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    all.extend(parameters);
    server.post(path).body(FORM, form(&all)).send()
}

fn token(server: &Server, assertion: &str) -> Answer {
    post(server, "/oauth/token", assertion, &[GRANT])
}

fn refused() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

on_both!(an_assertion_counts_once_on_all_nodes);
fn an_assertion_counts_once_on_all_nodes(server: &Server) {
    let other = server.another(&[]);
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let machine = machine(server, &acme, &signer);
    other.follow();
    let assertion = signer.assertion(server, &machine.id, &json!({}));
    text(&token(server, &assertion), "access_token");
    for node in [server, &other] {
        let again = token(node, &assertion);
        assert_eq!(error(&again), refused());
    }
    // The id beside it may be there, and must be the same.
    let id = ("client_id", machine.id.as_str());
    let next = signer.assertion(server, &machine.id, &json!({}));
    post(&other, "/oauth/token", &next, &[GRANT, id]).with_status(200);
    let next = signer.assertion(server, &machine.id, &json!({}));
    let another = post(
        server,
        "/oauth/token",
        &next,
        &[GRANT, ("client_id", "other")],
    );
    assert_eq!(error(&another), refused());
    // It was not used: nothing was right but the signature.
    token(server, &next).with_status(200);
}

on_both!(every_failure_has_the_same_bytes);
fn every_failure_has_the_same_bytes(server: &Server) {
    let acme = organization(server, "acme");
    let (signer, stranger) = (Signer::new(), Signer::new());
    let machine = machine(server, &acme, &signer);
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let now = server.app.clock.now().as_seconds();
    let made = |claims: Value| signer.assertion(server, &machine.id, &claims);
    let used = made(json!({}));
    token(server, &used).with_status(200);
    let unnamed = json!({"typ": "JWT", "kid": "two"});
    let claims =
        json!({"iss": machine.id, "sub": machine.id, "aud": ISSUER, "jti": "x", "exp": now + 60});
    let refusal = shop.post("/oauth/token", &[GRANT, ("client_secret", "wrong")]);
    let refusal = if refusal.status == 401 {
        refusal
    } else {
        server
            .post("/oauth/token")
            .body(FORM, form(&[GRANT]))
            .send()
    };
    for (why, assertion) in [
        ("used", used),
        (
            "other audience",
            made(json!({"aud": "https://other.example"})),
        ),
        (
            "from the host header",
            made(json!({"aud": "http://evil.example"})),
        ),
        (
            "one of two audiences",
            made(json!({"aud": [ISSUER, "https://other.example"]})),
        ),
        (
            "another endpoint",
            made(json!({"aud": format!("{ISSUER}/oauth/introspect")})),
        ),
        ("expired", made(json!({"exp": now - 61}))),
        ("too long", made(json!({"exp": now + 3_661}))),
        ("from the future", made(json!({"iat": now + 61}))),
        ("not yet", made(json!({"nbf": now + 61}))),
        ("without an id", made(json!({"jti": null}))),
        ("of another subject", made(json!({"sub": shop.id}))),
        (
            "of a client with a secret",
            signer.assertion(server, &shop.id, &json!({})),
        ),
        ("of nobody", signer.assertion(server, "nobody", &json!({}))),
        (
            "by a stranger",
            stranger.assertion(server, &machine.id, &json!({})),
        ),
        ("by another name", signer.sign(&unnamed, &claims)),
        (
            "unsigned",
            made(json!({})).rsplit_once('.').unwrap().0.to_owned() + ".",
        ),
        ("no JWT", "abc".to_owned()),
    ] {
        let answer = token(server, &assertion);
        assert_eq!(error(&answer), refused(), "{why}");
        assert_eq!(answer.bytes(), refusal.bytes(), "{why}");
    }
    // Its secret is not the method of this client.
    assert_eq!(error(&machine.token(&[GRANT])), refused());
}

on_both!(
    a_proof_that_is_refused_leaves_the_assertion_unused,
    "oauth.dpop_nonce=true"
);
fn a_proof_that_is_refused_leaves_the_assertion_unused(server: &Server) {
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let machine = machine(server, &acme, &signer);
    let assertion = signer.assertion(server, &machine.id, &json!({}));
    let parameters = [
        GRANT,
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ];
    let call = |path: &str, claims: &Value| {
        let htu = json!({"htu": format!("{ISSUER}{path}")});
        let proof = signer.proof(server, &with(htu, claims));
        let call = server.post(path).header("dpop", &proof);
        call.body(FORM, form(&parameters)).send()
    };
    let mut nonce = String::new();
    for path in ["/oauth/par", "/oauth/token"] {
        let refused = call(path, &json!({}));
        assert_eq!(error(&refused), (400, "use_dpop_nonce".to_owned()));
        refused.header("dpop-nonce").unwrap().clone_into(&mut nonce);
        let wrong = call(path, &json!({"nonce": nonce, "htm": "GET"}));
        assert_eq!(error(&wrong), (400, "invalid_dpop_proof".to_owned()));
    }
    // So the client can send the same assertion again.
    call("/oauth/token", &json!({"nonce": nonce})).with_status(200);
    let again = call("/oauth/token", &json!({"nonce": nonce}));
    assert_eq!(error(&again), refused());
}

on_both!(an_assertion_that_names_no_key_is_tried_with_two);
fn an_assertion_that_names_no_key_is_tried_with_two(server: &Server) {
    let acme = organization(server, "acme");
    let signers = [Signer::new(), Signer::new(), Signer::new()];
    let keys: Vec<_> = ["a", "b", "c"]
        .iter()
        .zip(&signers)
        .map(|(kid, signer)| with(signer.jwk(), &json!({"kid": kid})))
        .collect();
    let members = json!({
        "authMethod": "private_key_jwt",
        "jwks": {"keys": keys},
        "grants": ["client_credentials"],
    });
    let machine = client(server, &acme, &members);
    let unnamed = [0, 1, 2].map(|number| {
        let jti = json!({"jti": number.to_string()});
        let assertion = signers[number].assertion(server, &machine.id, &jti);
        token(server, &assertion).status
    });
    assert_eq!(unnamed, [200, 200, 401]);
    let now = server.app.clock.now().as_seconds();
    let claims =
        json!({"iss": machine.id, "sub": machine.id, "aud": ISSUER, "jti": "x", "exp": now + 60});
    let named = signers[2].sign(&json!({"typ": "JWT", "kid": "c"}), &claims);
    token(server, &named).with_status(200);
}

on_both!(the_host_header_has_no_effect);
fn the_host_header_has_no_effect(server: &Server) {
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let machine = machine(server, &acme, &signer);
    let evil = "evil.example";
    let metadata = server
        .get("/.well-known/oauth-authorization-server")
        .header("host", evil)
        .send();
    assert_eq!(metadata.with_status(200).json()["issuer"], ISSUER);
    assert!(!metadata.text().contains(evil));
    for aud in ["http://evil.example", "http://evil.example/oauth/token"] {
        let assertion = signer.assertion(server, &machine.id, &json!({"aud": aud}));
        let parameters = [
            GRANT,
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.as_str()),
        ];
        let answer = server
            .post("/oauth/token")
            .header("host", evil)
            .body(FORM, form(&parameters))
            .send();
        assert_eq!(error(&answer), refused());
    }
}

on_both!(each_endpoint_takes_its_own_url);
fn each_endpoint_takes_its_own_url(server: &Server) {
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let machine = machine(server, &acme, &signer);
    let made = |path: &str| {
        let aud = json!({"aud": format!("{ISSUER}{path}")});
        signer.assertion(server, &machine.id, &aud)
    };
    let access = text(&token(server, &made("/oauth/token")), "access_token");
    let about = [("token", access.as_str())];
    for path in ["/oauth/introspect", "/oauth/token", ""] {
        let answer = post(server, "/oauth/introspect", &made(path), &about);
        assert_eq!(answer.with_status(200).json()["active"], true, "{path}");
    }
    let wrong = post(server, "/oauth/introspect", &made("/oauth/revoke"), &about);
    assert_eq!(error(&wrong), refused());
    let both = json!({"aud": [ISSUER, format!("{ISSUER}/oauth/revoke")]});
    let both = signer.assertion(server, &machine.id, &both);
    post(server, "/oauth/revoke", &both, &about).with_status(200);
    let after = post(server, "/oauth/introspect", &made(""), &about);
    assert_eq!(after.json(), json!({"active": false}));
}

on_both!(the_metadata_says_so);
fn the_metadata_says_so(server: &Server) {
    let document = server
        .get("/.well-known/openid-configuration")
        .send()
        .json();
    let algorithms = json!(["ES256", "EdDSA", "Ed25519", "RS256", "PS256"]);
    for endpoint in ["token", "revocation", "introspection"] {
        let methods = &document[format!("{endpoint}_endpoint_auth_methods_supported")];
        assert!(
            methods
                .as_array()
                .unwrap()
                .contains(&json!("private_key_jwt")),
            "{endpoint}"
        );
        let listed = &document[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
        assert_eq!(*listed, algorithms);
    }
    assert_eq!(document["dpop_signing_alg_values_supported"], algorithms);
}
