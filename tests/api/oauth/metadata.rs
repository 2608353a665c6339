//! The metadata documents: what is named works.

use serde_json::{Value, json};

use super::world::{ISSUER, organization};
use crate::support::{Server, on_both};

on_both!(both_documents_are_the_same);
fn both_documents_are_the_same(server: &Server) {
    let [one, other] = ["oauth-authorization-server", "openid-configuration"]
        .map(|name| server.get(&format!("/.well-known/{name}")).send());
    assert_eq!(one.with_status(200).text(), other.with_status(200).text());
    let document: Value = one.json();
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(
        document["grant_types_supported"],
        json!([
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange"
        ])
    );
    assert_eq!(document["dpop_signing_alg_values_supported"][0], "ES256");
    for member in [
        "token",
        "revocation",
        "introspection",
        "userinfo",
        "device_authorization",
        "pushed_authorization_request",
    ] {
        let url = document[format!("{member}_endpoint")].as_str().unwrap();
        let path = url.strip_prefix(ISSUER).unwrap();
        let answer = server.post(path).send();
        assert_ne!(answer.status, 404, "{path}");
    }
    let jwks = document["jwks_uri"].as_str().unwrap();
    server
        .get(jwks.strip_prefix(ISSUER).unwrap())
        .send()
        .with_status(200);
}

on_both!(the_key_set_has_every_algorithm_in_use);
fn the_key_set_has_every_algorithm_in_use(server: &Server) {
    let acme = organization(server, "acme");
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        super::world::client(
            server,
            &acme,
            &json!({"algorithm": algorithm, "scopes": ["openid"]}),
        );
    }
    let set: Value = server.get("/.well-known/jwks.json").send().json();
    let mut algorithms: Vec<_> = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["alg"].as_str().unwrap().to_owned())
        .collect();
    algorithms.sort();
    // The second RS256 key signs ID tokens.
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256", "RS256"]);
}
