//! Forged tokens. Most are signed with the service's own key, which nobody outside can do: what is
//! refused even then is refused because of its contents.

use jsonwebtoken::jwk::{AlgorithmParameters, JwkSet};
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

on_both!(claims_that_do_not_fit_make_no_operator_token);
fn claims_that_do_not_fit_make_no_operator_token(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let good = acme.token_for(lan);
    let (header, claims) = (segment(&good, 0), segment(&good, 1));
    assert_eq!(
        acme.judge(&sign(server, &header, &claims)),
        "valid",
        "the table begins with a valid token"
    );

    let (iat, exp) = (r#""iat":1893456000"#, r#""exp":1893542400"#);
    let mut cases = Vec::new();
    for value in [
        r#""1893542400""#,
        "null",
        "-1",
        "-9223372036854775808",
        "1893542400.5",
        "1e300",
        "1e10",
        "true",
        "[1893542400]",
        "253402300800",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        cases.push((exp, format!(r#""exp":{value}"#)));
        cases.push((iat, format!(r#""iat":{value}"#)));
        cases.push((iat, format!(r#"{iat},"nbf":{value}"#)));
    }
    for (from, to) in [
        (exp, r#""exp":1893456000"#),
        (exp, r#""Exp":1893542400"#),
        (exp, r#""exp":1893542400,"exp":1893542400"#),
        (iat, r#""iat":1893542400"#),
        (iat, r#""iat":1893456000,"nbf":1893456001"#),
        (r#""token_use":"operator""#, r#""token_use":"company""#),
        (r#""token_use":"operator""#, r#""token_use":"Operator""#),
        (r#""token_use":"operator""#, r#""token_use":"access""#),
        (r#""token_use":"operator""#, r#""token_use":["operator"]"#),
        (r#","token_use":"operator""#, ""),
        (r#""iss":"lanyard""#, r#""iss":"Lanyard""#),
        (r#""iss":"lanyard""#, r#""iss":["lanyard"]"#),
        (r#""iss":"lanyard","#, ""),
        (r#""sub":"1""#, r#""sub":"2""#),
        (r#""sub":"1""#, r#""sub":1"#),
        (r#""operator_id":1"#, r#""operator_id":"1""#),
        (r#""operator_id":1"#, r#""operator_id":1.0"#),
        (r#""operator_id":1,"#, ""),
        (r#""organization_id":1"#, r#""organization_id":null"#),
        (r#""organization_id":1,"#, ""),
        (r#""jti":""#, r#""jti":"x"#),
        (r#""parent":""#, r#""parent":"x"#),
        (r#""rev":1"#, r#""rev":"0""#),
        (r#""rev":1,"#, ""),
    ] {
        cases.push((from, to.to_owned()));
    }
    for (from, to) in cases {
        assert_refused(
            server,
            &acme,
            &sign(server, &header, &with(&claims, from, &to)),
            &to,
        );
    }
    for claims in [
        "",
        "{}",
        "null",
        "[]",
        "\"\"",
        "{",
        &"[".repeat(3_000),
        &claims[1..],
        &format!("{claims}x"),
        &format!("[{claims}]"),
    ] {
        assert_refused(server, &acme, &sign(server, &header, claims), claims);
    }
}

on_both!(claims_that_do_not_fit_make_no_company_token);
fn claims_that_do_not_fit_make_no_company_token(server: &Server) {
    let acme = server.organization("acme");
    let (header, claims) = (segment(&acme.token, 0), segment(&acme.token, 1));
    let resigned = sign(server, &header, &claims);
    server
        .get("/api/company/organization")
        .bearer(&resigned)
        .send()
        .with_status(200);
    let iat = r#""iat":1893456000"#;
    for (from, to) in [
        (iat, r#""iat":1893456000,"exp":null"#),
        (iat, r#""iat":1893456000,"exp":"1893542400""#),
        (iat, r#""iat":1893456000,"exp":-1"#),
        (iat, r#""iat":1893456000,"exp":9223372036854775807"#),
        (iat, r#""iat":1893456000,"nbf":1893542400"#),
        (iat, r#""iat":1893456000,"nbf":"0""#),
        (r#""token_use":"company""#, r#""token_use":"operator""#),
        (r#""sub":"1""#, r#""sub":"2""#),
        (iat, r#""iat":1893456000,"operator_id":1"#),
        (
            iat,
            r#""iat":1893456000,"parent":"01a200a3-0388-734c-8d10-035538fb9d4a""#,
        ),
    ] {
        assert_refused(
            server,
            &acme,
            &sign(server, &header, &with(&claims, from, to)),
            to,
        );
    }
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
