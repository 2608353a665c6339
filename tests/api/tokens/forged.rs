//! Forged tokens. Most are signed with the service's own key, which nobody outside can do: what is
//! refused even then is refused because of its contents.

mod claims;
mod shared_secret;

use lanyard::token::{Algorithm, SecretKey};
use serde_json::json;

use super::{encode, segment};
use crate::support::{Organization, Server, on_both};

/// Signs any header and claims with the service's own key.
fn sign(server: &Server, header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let ring = server.app.tokens.validator.ring();
    let signature = ring.active().secret.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", encode(signature))
}

/// Panics unless every route refuses the token.
fn assert_refused(server: &Server, acme: &Organization<'_>, token: &str, why: &str) {
    assert_eq!(acme.judge(token), "Invalid token", "{why}");
    let many = acme
        .post("/api/operator/validate-tokens")
        .json(&json!({"tokens": [token]}))
        .send();
    assert_eq!(many.json()[0]["error"], "Invalid token", "{why}");
    for path in ["/api/operator", "/api/company/organization"] {
        let answer = server.get(path).header("x-api-key", token).send();
        assert_eq!(answer.status, 401, "{why}: {answer}");
        assert_eq!(answer.json()["error"], "invalid_token", "{why}");
    }
    for path in ["/api/operator/revoke-token", "/api/company/revoke-token"] {
        let answer = acme.post(path).json(&json!({"token": token})).send();
        assert_eq!(answer.status, 404, "{why}: {answer}");
    }
}

/// Replaces one part of a text. Panics if the part is missing.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1)
}

on_both!(an_unsigned_token_is_none_however_none_is_spelt);
fn an_unsigned_token_is_none_however_none_is_spelt(server: &Server) {
    let acme = server.organization("acme");
    let good = acme.token_for(acme.operator("Lan"));
    let (header, claims) = (segment(&good, 0), segment(&good, 1));
    let signature = good.rsplit_once('.').unwrap().1;
    for none in [
        "none",
        "None",
        "NONE",
        "nOnE",
        "none ",
        " none",
        "",
        "null",
        "HS256\\u0000",
    ] {
        let forged = with(&header, "HS256", none);
        let message = format!("{}.{}", encode(&forged), encode(&claims));
        for token in [
            format!("{message}."),
            message.clone(),
            format!("{message}.{signature}"),
            format!("{message}.AA"),
            sign(server, &forged, &claims),
        ] {
            assert_refused(server, &acme, &token, none);
        }
    }
    for odd in [
        r#""alg":null"#,
        r#""alg":["HS256"]"#,
        r#""alg":0"#,
        r#""algorithm":"HS256""#,
    ] {
        let forged = with(&header, r#""alg":"HS256""#, odd);
        assert_refused(server, &acme, &sign(server, &forged, &claims), odd);
    }
    let message = good.rsplit_once('.').unwrap().0;
    assert_refused(
        server,
        &acme,
        &format!("{message}."),
        "the valid header, unsigned",
    );
    assert_refused(
        server,
        &acme,
        message,
        "the valid header, unsigned, without a dot",
    );
}

on_both!(a_header_that_brings_or_names_another_key_is_not_believed);
fn a_header_that_brings_or_names_another_key_is_not_believed(server: &Server) {
    let acme = server.organization("acme");
    let good = acme.token_for(acme.operator("Lan"));
    let (header, claims) = (segment(&good, 0), segment(&good, 1));
    let kid = server.app.tokens.validator.ring().active().kid.to_string();
    let own = SecretKey::parse(Algorithm::Hs256, &[7; 32]).unwrap();
    for (from, to) in [
        (kid.as_str(), "another"),
        (&kid, ""),
        (&kid, "../../../dev/null"),
        (&kid, "' OR 1=1 --"),
        (&kid, &kid.to_lowercase()),
        (r#""typ":"JWT""#, r#""typ":"at+jwt""#),
        (
            r#""typ":"JWT""#,
            r#""typ":"JWT","jwk":{"kty":"oct","k":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"}"#,
        ),
        (
            r#""typ":"JWT""#,
            r#""typ":"JWT","jku":"https://attacker.example/jwks.json""#,
        ),
        (
            r#""typ":"JWT""#,
            r#""typ":"JWT","x5u":"https://attacker.example/cert.pem""#,
        ),
        (r#""typ":"JWT""#, r#""typ":"JWT","x5c":["MIIB"]"#),
        (r#""typ":"JWT""#, r#""typ":"JWT","crit":["exp"],"exp":0"#),
        (
            r#""typ":"JWT""#,
            r#""typ":"JWT","b64":false,"crit":["b64"]"#,
        ),
        (r#""typ":"JWT""#, r#""typ":"JWT","zip":"DEF""#),
        (r#""typ":"JWT""#, r#""typ":"JWT","alg":"HS256""#),
        ("HS256", "HS384"),
        ("HS256", "RS256"),
        ("HS256", "EdDSA"),
    ] {
        let forged = if kid.is_empty() || (from == kid && to == kid) {
            continue;
        } else {
            with(&header, from, to)
        };
        assert_refused(server, &acme, &sign(server, &forged, &claims), to);
        let message = format!("{}.{}", encode(&forged), encode(&claims));
        let signature = encode(own.sign(message.as_bytes()).unwrap());
        assert_refused(server, &acme, &format!("{message}.{signature}"), to);
    }
    let message = good.rsplit_once('.').unwrap().0;
    let signature = encode(own.sign(message.as_bytes()).unwrap());
    assert_refused(
        server,
        &acme,
        &format!("{message}.{signature}"),
        "another key",
    );
}

on_both!(a_genuine_token_is_one_text_only);
fn a_genuine_token_is_one_text_only(server: &Server) {
    let acme = server.organization("acme");
    let good = acme.token_for(acme.operator("Lan"));
    let parts: Vec<_> = good.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("{good}")
    };
    for token in [
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{signature}."),
        format!(".{header}.{claims}.{signature}"),
        format!("{header}..{claims}.{signature}"),
        format!("{header}.{claims}.{signature}.{signature}"),
        format!("{claims}.{header}.{signature}"),
        format!("{header}.{claims}.{signature}="),
        format!("{header}={}.{claims}.{signature}", ""),
        format!("{header}.{claims}.{}", &signature[..signature.len() - 1]),
        format!("{header}.{claims}.{signature}A"),
        format!(
            "{header}.{}.{signature}",
            encode(format!("{} ", segment(&good, 1)))
        ),
        // The last character of 32 bytes in base64 has two bits that have no meaning.
        format!("{header}.{claims}.{}", with_idle_bits(signature)),
    ] {
        assert_ne!(token, good);
        assert_refused(server, &acme, &token, &token);
    }
    for white in [" ", "\n", "\t", "\u{a0}", "\0"] {
        for token in [
            format!("{good}{white}"),
            format!("{white}{good}"),
            format!("{header}.{white}{claims}.{signature}"),
        ] {
            assert_eq!(acme.judge(&token), "Invalid token", "{token:?}");
        }
    }
    assert_eq!(acme.judge(&good), "valid");
}

fn with_idle_bits(signature: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = signature.split_at(signature.len() - 1);
    let digit = ALPHABET
        .iter()
        .position(|c| [*c] == last.as_bytes())
        .unwrap();
    assert_eq!(digit % 4, 0);
    format!("{rest}{}", ALPHABET[digit + 1] as char)
}

on_both!(the_same_token_of_another_service_is_none_of_ours);
fn the_same_token_of_another_service_is_none_of_ours(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    let stranger = Server::start(crate::support::database::Database::sqlite(), &[]);
    let theirs = stranger.organization("acme");
    let token = theirs.token_for(theirs.operator("Lan"));
    assert_refused(server, &acme, &token, "signed by another key");
    assert_refused(server, &acme, &theirs.token, "signed by another key");
}
