//! Lanyard's own API as a resource (RFC 9728).

use serde_json::json;

use super::world::ISSUER;
use crate::support::database::Database;
use crate::support::{Server, on_both};

const PATH: &str = "/.well-known/oauth-protected-resource";

on_both!(the_description_names_the_authorization_server);
fn the_description_names_the_authorization_server(server: &Server) {
    let answer = server.get(PATH).send();
    assert_eq!(
        answer.with_status(200).json(),
        json!({
            "resource": ISSUER,
            "resource_name": "Lanyard",
            "authorization_servers": [ISSUER],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"],
        })
    );
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=300"),
        "as the metadata document"
    );
}

on_both!(a_caller_without_a_token_learns_where_to_get_one);
fn a_caller_without_a_token_learns_where_to_get_one(server: &Server) {
    let pointer = format!("resource_metadata=\"{ISSUER}{PATH}\"");
    for call in [
        server.get("/oauth/userinfo"),
        server.post("/oauth/userinfo"),
        server.get("/oauth/userinfo").bearer("nonsense"),
    ] {
        let answer = call.send();
        let challenge = answer.with_status(401).header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer realm=\"lanyard\", "));
        assert!(challenge.ends_with(&pointer), "{challenge}");
    }
    // Elsewhere the challenge has no further member.
    let answer = server.get("/v1/profile").send();
    assert_eq!(
        answer.with_status(401).header("www-authenticate"),
        Some("Bearer realm=\"lanyard\"")
    );
}

#[test]
fn without_an_issuer_there_is_none() {
    let server = Server::start(Database::sqlite(), &["oauth.issuer"]);
    server.get(PATH).send().with_status(404);
    server.post("/oauth/par").send().with_status(404);
}
