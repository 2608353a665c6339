//! A client with a key of its own: it signs DPoP proofs, and assertions instead of sending a secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lanyard::base::Clock;
use lanyard::token::{Algorithm, PublicKey, SecretKey};
use serde_json::{Value, json};

use crate::http::{self, Client, form_of};
use crate::oauth::{ISSUER, TOKEN};

/// RFC 7523, section 2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key for ES256.
pub(crate) struct Signer {
    secret: SecretKey,
    jwk: Value,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub(crate) fn new() -> Self {
        let bytes = SecretKey::generate(Algorithm::Es256).unwrap();
        let secret = SecretKey::parse(Algorithm::Es256, &bytes).unwrap();
        let Some(PublicKey::P256 { x, y }) = secret.public() else {
            panic!("a key on P-256");
        };
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)});
        Self { secret, jwk }
    }

    /// Registers a client that authenticates by assertions of this key. Returns its id.
    pub(crate) fn register(&self, client: &mut Client, company: &str) -> String {
        let members = json!({
            "name": "Machine",
            "authMethod": "private_key_jwt",
            "jwks": {"keys": [self.jwk]},
            "grants": ["client_credentials"],
        });
        let path = "/api/company/clients";
        let answer = client.call("POST", path, company, &members.to_string());
        let answer = answer.answer();
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let (header, claims) = (header.to_string(), claims.to_string());
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.secret.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", encoded(signature))
    }

    /// Returns a proof for a request for tokens.
    pub(crate) fn proof(&self, jti: &str) -> String {
        let header = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk});
        let claims = json!({
            "jti": jti,
            "htm": "POST",
            "htu": format!("{}{TOKEN}", ISSUER.1),
            "iat": Clock::System.now().as_seconds(),
        });
        self.sign(&header, &claims)
    }

    /// Returns a request for a token of a client that this key registered, with an assertion that is
    /// valid for a minute.
    pub(crate) fn request_with_assertion(&self, client: &str, jti: &str) -> String {
        let claims = json!({
            "iss": client,
            "sub": client,
            "aud": ISSUER.1,
            "jti": jti,
            "exp": Clock::System.now().as_seconds() + 60,
        });
        let assertion = self.sign(&json!({"alg": "ES256", "typ": "JWT"}), &claims);
        let parameters = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        form_of(TOKEN, "", &http::encoded(&parameters))
    }
}

/// Returns a request with a proof.
pub(crate) fn with_proof(request: &str, proof: &str) -> String {
    let with_proof = format!("\r\nDPoP: {proof}\r\nContent-Type");
    request.replacen("\r\nContent-Type", &with_proof, 1)
}
