//! A client with a key of its own: it signs assertions and DPoP proofs.

use std::cell::Cell;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lanyard::token::{Algorithm, PublicKey, SecretKey};
use serde_json::{Value, json};

use super::world::ISSUER;
use crate::support::Server;

/// A key for ES256.
pub(super) struct Signer {
    secret: SecretKey,
    made: Cell<u32>,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the SHA-256 of a token, as `ath` has it.
pub(super) fn hash(token: &str) -> String {
    encoded(digest(&SHA256, token.as_bytes()))
}

/// Replaces members of a JSON object.
pub(super) fn with(mut object: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

impl Signer {
    pub(super) fn new() -> Self {
        let bytes = SecretKey::generate(Algorithm::Es256).unwrap();
        Self {
            secret: SecretKey::parse(Algorithm::Es256, &bytes).unwrap(),
            made: Cell::new(0),
        }
    }

    /// Returns the public key.
    pub(super) fn jwk(&self) -> Value {
        let Some(PublicKey::P256 { x, y }) = self.secret.public() else {
            panic!("a key on P-256");
        };
        json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)})
    }

    /// Returns the thumbprint of the key.
    pub(super) fn jkt(&self) -> String {
        // The members are in the order of their names.
        let key = self.jwk();
        let text = format!(
            r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#,
            key["x"], key["y"]
        );
        hash(&text)
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let header = with(json!({"alg": "ES256"}), header);
        let message = format!(
            "{}.{}",
            encoded(header.to_string()),
            encoded(claims.to_string())
        );
        let signature = self.secret.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", encoded(signature))
    }

    fn jti(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("id-{}", self.made.get())
    }

    /// Returns a proof for a POST to the token endpoint. `claims` replace its own.
    pub(super) fn proof(&self, server: &Server, claims: &Value) -> String {
        let own = json!({
            "jti": self.jti(),
            "htm": "POST",
            "htu": format!("{ISSUER}/oauth/token"),
            "iat": server.app.clock.now().as_seconds(),
        });
        let header = json!({"typ": "dpop+jwt", "jwk": self.jwk()});
        self.sign(&header, &with(own, claims))
    }

    /// Returns a proof for a GET with an access token.
    pub(super) fn proof_for(&self, server: &Server, path: &str, token: &str) -> String {
        let htu = format!("{ISSUER}{path}");
        self.proof(
            server,
            &json!({"htm": "GET", "htu": htu, "ath": hash(token)}),
        )
    }

    /// Returns an assertion of a client. `claims` replace its own.
    pub(super) fn assertion(&self, server: &Server, client: &str, claims: &Value) -> String {
        let own = json!({
            "iss": client,
            "sub": client,
            "aud": ISSUER,
            "jti": self.jti(),
            "exp": server.app.clock.now().as_seconds() + 60,
        });
        self.sign(&json!({"typ": "JWT"}), &with(own, claims))
    }
}
