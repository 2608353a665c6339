//! `kill -9` of a node that accepts DPoP proofs: no proof that it accepted is accepted again.

use std::sync::Mutex;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lanyard::base::Clock;
use lanyard::token::{Algorithm, PublicKey, SecretKey};
use serde_json::{Value, json};

use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::{Client, Outcome};
use crate::oauth::{App, ISSUER, TOKEN};
use crate::service::Installation;
use crate::wait;

const CONNECTIONS: usize = 8;

/// The key of a client.
struct Key {
    secret: SecretKey,
    jwk: Value,
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    fn new() -> Self {
        let bytes = SecretKey::generate(Algorithm::Es256).unwrap();
        let secret = SecretKey::parse(Algorithm::Es256, &bytes).unwrap();
        let Some(PublicKey::P256 { x, y }) = secret.public() else {
            panic!("a key on P-256");
        };
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y)});
        Self { secret, jwk }
    }

    /// Returns a proof for a request for tokens.
    fn proof(&self, jti: &str) -> String {
        let header = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk});
        let claims = json!({
            "jti": jti,
            "htm": "POST",
            "htu": format!("{}{TOKEN}", ISSUER.1),
            "iat": Clock::System.now().as_seconds(),
        });
        let (header, claims) = (header.to_string(), claims.to_string());
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.secret.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", encoded(signature))
    }
}

/// Requests a token with a proof.
fn redeem(client: &mut Client, app: &App, proof: &str) -> Outcome {
    let request = app.form(TOKEN, &[("grant_type", "client_credentials")]);
    let with_proof = format!("\r\nDPoP: {proof}\r\nContent-Type");
    client.send(&request.replacen("\r\nContent-Type", &with_proof, 1))
}

on_both!(no_proof_is_accepted_again_after_a_kill);

fn no_proof_is_accepted_again_after_a_kill(database: &Database) {
    let mut dice = Dice::roll("proofs");
    let installation = Installation::new(&database.url(), &[ISSUER]);
    let mut service = installation.serve();
    installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let app = App::register(&mut client, &company, &json!({}));
    let key = Key::new();
    // Proofs that were accepted, and those whose answer the kill took away.
    let (accepted, open) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));

    let enough = usize::try_from(dice.within(50..300)).unwrap();
    let address = service.address;
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (accepted, open, app, key) = (&accepted, &open, &app, &key);
            scope.spawn(move || {
                let mut client = Client::new(address);
                for number in 0.. {
                    let proof = key.proof(&format!("{connection}-{number}"));
                    match redeem(&mut client, app, &proof) {
                        Outcome::Answered(answer) if answer.status == 200 => {
                            accepted.lock().unwrap().push(proof);
                        }
                        Outcome::Answered(answer) => {
                            assert!(is_unavailable(&answer), "{answer:?}");
                        }
                        Outcome::Nothing(_) | Outcome::Torn(_) => {
                            open.lock().unwrap().push(proof);
                            break;
                        }
                    }
                }
            });
        }
        wait::until("proofs are accepted", || {
            accepted.lock().unwrap().len() >= enough
        });
        service.kill();
    });

    let service = installation.serve();
    let mut client = service.client();
    let status = |client: &mut Client, proof: &str| {
        let answer = redeem(client, &app, proof).answer();
        let error = answer.json()["error"].clone();
        assert!(
            answer.status == 200 || error == "invalid_dpop_proof",
            "{answer:?}"
        );
        answer.status
    };
    for proof in accepted.into_inner().unwrap() {
        assert_eq!(status(&mut client, &proof), 400, "{proof}");
    }
    // The killed node has used such a proof or not. From now on it is used.
    for proof in open.into_inner().unwrap() {
        status(&mut client, &proof);
        assert_eq!(status(&mut client, &proof), 400, "{proof}");
    }
}
