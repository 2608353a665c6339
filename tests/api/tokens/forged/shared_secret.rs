//! A public key is no shared secret (RFC 8725, section 2.1).

use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};

use super::{assert_refused, with};
use crate::support::{Server, on_both};
use crate::tokens::{encode, segment};

/// Signs with HS256 under every form of the published key that an attacker could use as a shared
/// secret.
fn public_key_as_a_shared_secret(server: &Server) {
    let acme = server.organization("acme");
    let good = acme.token_for(acme.operator("Lan"));
    let algorithm = server.config.tokens.algorithm.as_str();
    let header = with(&segment(&good, 0), algorithm, "HS256");
    let published = server.get("/.well-known/jwks.json").send();
    let keys: JwkSet = serde_json::from_value(published.json()).unwrap();
    let decode = |text: &String| base64_decode(text);
    let mut secrets = vec![
        published.text().as_bytes().to_vec(),
        published.json()["keys"][0].to_string().into_bytes(),
    ];
    match &keys.keys[0].algorithm {
        AlgorithmParameters::RSA(key) => {
            secrets.extend([decode(&key.n), decode(&key.e), key.n.clone().into_bytes()]);
        }
        AlgorithmParameters::EllipticCurve(key) => {
            let (x, y) = (decode(&key.x), decode(&key.y));
            secrets.extend([
                [vec![4], x.clone(), y.clone()].concat(),
                [x.clone(), y.clone()].concat(),
                x,
                y,
            ]);
        }
        AlgorithmParameters::OctetKeyPair(key) => {
            secrets.extend([decode(&key.x), key.x.clone().into_bytes()]);
        }
        other => panic!("{other:?}"),
    }
    for message in [
        format!("{}.{}", encode(&header), encode(segment(&good, 1))),
        good.rsplit_once('.').unwrap().0.to_owned(),
    ] {
        for secret in &secrets {
            let mac = jsonwebtoken::crypto::sign(
                message.as_bytes(),
                &jsonwebtoken::EncodingKey::from_secret(secret),
                jsonwebtoken::Algorithm::HS256,
            );
            assert_refused(
                server,
                &acme,
                &format!("{message}.{}", mac.unwrap()),
                "HS256 with the public key",
            );
        }
    }
    assert_eq!(acme.judge(&good), "valid");
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}

on_both!(
    the_public_key_is_no_shared_secret_eddsa,
    "tokens.algorithm=EdDSA"
);
fn the_public_key_is_no_shared_secret_eddsa(server: &Server) {
    public_key_as_a_shared_secret(server);
}

on_both!(
    the_public_key_is_no_shared_secret_es256,
    "tokens.algorithm=ES256"
);
fn the_public_key_is_no_shared_secret_es256(server: &Server) {
    public_key_as_a_shared_secret(server);
}

on_both!(
    the_public_key_is_no_shared_secret_rs256,
    "tokens.algorithm=RS256"
);
fn the_public_key_is_no_shared_secret_rs256(server: &Server) {
    public_key_as_a_shared_secret(server);
}
