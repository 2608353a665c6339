//! Signatures that are right, over more or less than must be signed.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Request, make, nonce, text};
use crate::support::{Answer, Server, on_both};

/// A request whose components and parameters are signed as they stand here.
struct Signed<'a> {
    server: &'a Server,
    key: &'a Value,
    target: &'static str,
}

impl Signed<'_> {
    /// Returns the value of a component of the request, which is a GET without a body.
    fn value(&self, name: &str) -> String {
        let address = self.server.client().address();
        match name {
            "@method" => "GET".to_owned(),
            "@target-uri" => format!("http://{address}{}", self.target),
            "@authority" | "host" => address.to_string(),
            "@scheme" => "http".to_owned(),
            "@path" | "@request-target" => self.target.to_owned(),
            "@query" => "?".to_owned(),
            "@status" => "200".to_owned(),
            // A field that is not there.
            _ => String::new(),
        }
    }

    /// Sends the request. `components` are quoted, each perhaps with parameters of its own;
    /// `parameters` begin with a semicolon.
    fn send(&self, components: &[&str], parameters: &str) -> Answer {
        let input = format!("({}){parameters}", components.join(" "));
        let line = |component: &&str| {
            let name = component.split('"').nth(1).unwrap();
            format!("{component}: {}\n", self.value(name))
        };
        let lines: String = components.iter().map(line).collect();
        let base = format!("{lines}\"@signature-params\": {input}");
        let secret = text(self.key, "signing_secret").as_bytes();
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let signature = STANDARD.encode(hmac::sign(&secret, base.as_bytes()));
        Request::new(self.server, "GET", self.target, "")
            .header("Signature-Input", &format!("sig1={input}"))
            .header("Signature", &format!("sig1=:{signature}:"))
            .send()
    }
}

const REQUIRED: [&str; 2] = ["\"@method\"", "\"@target-uri\""];

on_both!(a_right_signature_has_the_parameters_that_it_must_have);
fn a_right_signature_has_the_parameters_that_it_must_have(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let (id, now) = (text(&key, "id"), server.app.clock.now().as_seconds());
    let target = "/v1/profile";
    let request = Signed {
        server,
        key: &key,
        target,
    };
    let created = format!(";created={now}");
    let keyid = format!(";keyid=\"{id}\"");
    let nonce_of = |length: usize| {
        let drawn = nonce();
        let drawn = &drawn[drawn.len() - length.min(16)..];
        format!(";nonce=\"{drawn:x>length$}\"")
    };
    let good = || format!("{created}{keyid}{}", nonce_of(16));
    for (parameters, status) in [
        (good(), 200),
        (format!("{}{keyid}{created}", nonce_of(128)), 200),
        (format!("{created}{keyid}"), 401),
        (format!("{created}{keyid}{}", nonce_of(15)), 401),
        (format!("{created}{keyid}{}", nonce_of(129)), 401),
        (format!("{keyid}{}", nonce_of(16)), 401),
        // It names no key of ours, so there is no credential.
        (format!("{created}{}", nonce_of(16)), 401),
        (format!("{};alg=\"hmac-sha256\"", good()), 200),
        (format!("{};alg=\"hmac-sha512\"", good()), 401),
        (format!("{};tag=\"shop\"", good()), 200),
        (format!("{};expires={}", good(), now + 1), 200),
        (format!("{};expires={now}", good()), 401),
        (format!("{};other=1", good()), 401),
    ] {
        let answer = request.send(&REQUIRED, &parameters);
        assert_eq!(answer.status, status, "{parameters}: {answer}");
    }
    // Where errors are flat, the code says what it is.
    let flat = Signed {
        target: "/api/v1/api-keys",
        ..request
    };
    let refused = flat.send(&REQUIRED, &format!("{created}{keyid}"));
    assert_eq!(
        refused.with_status(401).json()["error"],
        "invalid_signature"
    );
    assert_eq!(flat.send(&REQUIRED, &good()).status, 403);
}

on_both!(a_right_signature_covers_what_it_may_cover);
fn a_right_signature_covers_what_it_may_cover(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let (id, now) = (text(&key, "id"), server.app.clock.now().as_seconds());
    let target = "/v1/profile";
    let request = Signed {
        server,
        key: &key,
        target,
    };
    let send = |more: &[&str]| {
        let parameters = format!(";created={now};keyid=\"{id}\";nonce=\"{}\"", nonce());
        request.send(&[&REQUIRED[..], more].concat(), &parameters)
    };
    for more in [
        &["\"@authority\"", "\"@scheme\"", "\"@path\"", "\"@query\""][..],
        &["\"@request-target\""],
    ] {
        send(more).with_status(200);
    }
    for more in [
        "\"@status\"",
        "\"@query-param\";name=\"a\"",
        "\"@path\";req",
        "\"host\";sf",
        "\"host\";bs",
        "\"host\";key=\"a\"",
        "\"host\";tr",
        "\"@method\"",
        "\"x-missing\"",
    ] {
        let answer = send(&[more]);
        assert_eq!(answer.status, 401, "{more}: {answer}");
    }
}
