//! DPoP where bound tokens are used, nonces, and the bound of what is remembered.

use diesel::prelude::*;
use diesel::sql_query;
use lanyard::db::{Conn, Result};
use lanyard::on_backend;
use serde_json::{Value, json};

use super::dpop::{MACHINE, call, invalid, redeem};
use super::signer::{Signer, hash, with};
use super::world::{Client, ISSUER, client, decoded, error, organization, text, tokens};
use crate::support::{Answer, Server, on_both};

/// Sends a GET with an access token.
fn get(node: &Server, path: &str, authorization: &str, proofs: &[&str]) -> Answer {
    let call = node.get(path).header("authorization", authorization);
    let call = proofs
        .iter()
        .fold(call, |call, proof| call.header("dpop", proof));
    call.send()
}

on_both!(a_token_is_bound_to_the_key_of_the_proof);
fn a_token_is_bound_to_the_key_of_the_proof(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let signer = Signer::new();
    for members in [json!({}), json!({"tokenFormat": "opaque"})] {
        let shop = client(server, &acme, &members);
        let code = shop.code(lan, "openid profile");
        let answer = redeem(&shop, &signer.proof(server, &json!({})), &code);
        assert_eq!(text(&answer, "token_type"), "DPoP");
        let (access, _) = tokens(&answer);
        if access.contains('.') {
            assert_eq!(decoded(&access).1["cnf"], json!({"jkt": signer.jkt()}));
        }
        let shown = shop.introspect(&access);
        assert_eq!(shown["token_type"], "DPoP");
        assert_eq!(shown["cnf"], json!({"jkt": signer.jkt()}));
        for path in ["/oauth/userinfo", "/v1/profile"] {
            let proof = signer.proof_for(server, path, &access);
            let good = get(server, path, &format!("DPoP {access}"), &[&proof]);
            good.with_status(200);
        }
    }
}

/// Returns an access token that is bound to the key.
fn bound(shop: &Client<'_>, operator: i64, signer: &Signer) -> String {
    let proof = signer.proof(shop.server, &json!({}));
    tokens(&redeem(shop, &proof, &shop.code(operator, "openid"))).0
}

on_both!(where_a_bound_token_is_used);
#[allow(clippy::too_many_lines, reason = "most of it is one table of cases")]
fn where_a_bound_token_is_used(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let (signer, stranger) = (Signer::new(), Signer::new());
    for members in [json!({}), json!({"tokenFormat": "opaque"})] {
        let shop = client(server, &acme, &members);
        let access = bound(&shop, lan, &signer);
        let other = bound(&shop, lan, &signer);
        let (free, _) = tokens(&shop.redeem(&shop.code(lan, "openid")));
        for path in ["/oauth/userinfo", "/v1/profile"] {
            let made = |claims: Value| {
                let htu = format!("{ISSUER}{path}");
                let own = json!({"htm": "GET", "htu": htu, "ath": hash(&access)});
                signer.proof(server, &with(own, &claims))
            };
            let dpop =
                |token: &str, proofs: &[&str]| get(server, path, &format!("DPoP {token}"), proofs);
            let now = server.app.clock.now().as_seconds();
            let used = made(json!({}));
            dpop(&access, &[&used]).with_status(200);
            let cases = [
                (
                    "as Bearer",
                    "invalid_token",
                    get(server, path, &format!("Bearer {access}"), &[]),
                ),
                (
                    "as Bearer with a proof",
                    "invalid_token",
                    get(
                        server,
                        path,
                        &format!("Bearer {access}"),
                        &[&made(json!({}))],
                    ),
                ),
                (
                    "a Bearer token as DPoP",
                    "invalid_token",
                    dpop(&free, &[&signer.proof_for(server, path, &free)]),
                ),
                (
                    "another key",
                    "invalid_token",
                    dpop(&access, &[&stranger.proof_for(server, path, &access)]),
                ),
                ("no proof", "invalid_dpop_proof", dpop(&access, &[])),
                ("used", "invalid_dpop_proof", dpop(&access, &[&used])),
                (
                    "without ath",
                    "invalid_dpop_proof",
                    dpop(&access, &[&made(json!({"ath": null}))]),
                ),
                (
                    "of another token",
                    "invalid_dpop_proof",
                    dpop(&access, &[&signer.proof_for(server, path, &other)]),
                ),
                (
                    "of another method",
                    "invalid_dpop_proof",
                    dpop(&access, &[&made(json!({"htm": "POST"}))]),
                ),
                (
                    "of another URL",
                    "invalid_dpop_proof",
                    dpop(
                        &access,
                        &[&made(json!({"htu": format!("{ISSUER}/oauth/token")}))],
                    ),
                ),
                (
                    "too old",
                    "invalid_dpop_proof",
                    dpop(&access, &[&made(json!({"iat": now - 61}))]),
                ),
                (
                    "too new",
                    "invalid_dpop_proof",
                    dpop(&access, &[&made(json!({"iat": now + 61}))]),
                ),
                (
                    "two proofs",
                    "invalid_dpop_proof",
                    dpop(&access, &[&made(json!({})), &made(json!({}))]),
                ),
            ];
            for (what, code, answer) in cases {
                let challenge = answer.with_status(401).header("www-authenticate").unwrap();
                let begin = format!("DPoP realm=\"lanyard\", error=\"{code}\"");
                assert!(challenge.starts_with(&begin), "{what}: {challenge}");
                assert!(
                    challenge.contains(", algs=\"ES256 EdDSA Ed25519 RS256 PS256\""),
                    "{challenge}"
                );
                if path == "/oauth/userinfo" {
                    assert_eq!(answer.json()["error"], code, "{what}");
                }
            }
            get(server, path, &format!("Bearer {free}"), &[]).with_status(200);
            let proof = made(json!({}));
            let both = server
                .get(path)
                .header("authorization", &format!("DPoP {access}"))
                .header("x-api-key", &access)
                .header("dpop", &proof)
                .send();
            both.with_status(400);
        }
        let proof = signer.proof_for(server, "/api/operator", &access);
        get(
            server,
            "/api/operator",
            &format!("DPoP {access}"),
            &[&proof],
        )
        .with_status(403);
        get(server, "/api/operator", &format!("Bearer {access}"), &[]).with_status(401);
    }
}

on_both!(a_used_proof_is_used_at_the_other_node_too);
fn a_used_proof_is_used_at_the_other_node_too(server: &Server) {
    let other = server.another(&[]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({}));
    other.follow();
    let access = bound(&shop, lan, &signer);
    for path in ["/oauth/userinfo", "/v1/profile"] {
        let proof = signer.proof_for(server, path, &access);
        let authorization = format!("DPoP {access}");
        get(server, path, &authorization, &[&proof]).with_status(200);
        get(&other, path, &authorization, &[&proof]).with_status(401);
    }
}

on_both!(nonces_where_they_are_required, "oauth.dpop_nonce=true");
fn nonces_where_they_are_required(server: &Server) {
    let other = server.another(&["oauth.dpop_nonce=true"]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let signer = Signer::new();
    let members = json!({"grants": ["client_credentials", "authorization_code"]});
    let shop = client(server, &acme, &members);
    other.follow();
    let first = call(server, &shop, &signer.proof(server, &json!({})), MACHINE);
    assert_eq!(error(&first), invalid("use_dpop_nonce"));
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    let with = |nonce: &str| signer.proof(server, &json!({"nonce": nonce}));
    // Every node knows it, and each answer has the next one.
    for node in [server, &other] {
        let good = call(node, &shop, &with(&nonce), MACHINE);
        good.with_status(200);
        assert!(good.header("dpop-nonce").is_some());
    }
    let last = if nonce.ends_with('A') { "B" } else { "A" };
    let altered = format!("{}{last}", &nonce[..nonce.len() - 1]);
    for bad in ["", "x", &altered, &nonce[1..]] {
        assert_eq!(
            error(&call(server, &shop, &with(bad), MACHINE)),
            invalid("use_dpop_nonce")
        );
    }
    // Without a proof none is needed.
    shop.token(MACHINE).with_status(200);

    let code = shop.code(lan, "openid");
    let access = text(&redeem(&shop, &with(&nonce), &code), "access_token");
    for path in ["/oauth/userinfo", "/v1/profile"] {
        let authorization = format!("DPoP {access}");
        let proof = signer.proof_for(server, path, &access);
        let asked = get(server, path, &authorization, &[&proof]);
        let challenge = asked.with_status(401).header("www-authenticate").unwrap();
        assert!(
            challenge.contains("error=\"use_dpop_nonce\""),
            "{challenge}"
        );
        let nonce = asked.header("dpop-nonce").unwrap();
        let htu = format!("{ISSUER}{path}");
        let claims = json!({"htm": "GET", "htu": htu, "ath": hash(&access), "nonce": nonce});
        let proof = signer.proof(server, &claims);
        get(&other, path, &authorization, &[&proof]).with_status(200);
    }
    server.wait(300);
    let late = call(server, &shop, &with(&nonce), MACHINE);
    assert_eq!(error(&late), invalid("use_dpop_nonce"));
    assert_ne!(late.header("dpop-nonce").unwrap(), nonce);
}

/// Stores as many values for the present five minutes as a node accepts.
fn fill(conn: &mut Conn, organization: i64, bucket: i64) -> Result<()> {
    let value = match conn {
        Conn::Sqlite(_) => "randomblob(16)",
        Conn::Postgres(_) => "decode(md5(i::text), 'hex')",
    };
    let statement = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
         INSERT INTO replay (organization_id, purpose, value, bucket) \
         SELECT {organization}, 'dpop_proof', {value}, {bucket} FROM n"
    );
    on_backend!(conn, c => sql_query(statement).execute(c))?;
    Ok(())
}

on_both!(too_many_proofs_are_429);
fn too_many_proofs_are_429(server: &Server) {
    let (acme, other) = (organization(server, "acme"), organization(server, "other"));
    let signer = Signer::new();
    let members = json!({"grants": ["client_credentials"]});
    let (shop, theirs) = (
        client(server, &acme, &members),
        client(server, &other, &members),
    );
    let until = server.app.clock.now().as_seconds() + 60;
    let bucket = until.div_euclid(300) + i64::from(until % 300 > 0);
    let app = &server.app;
    app.db
        .write_blocking(|conn| fill(conn, acme.id, bucket))
        .unwrap();
    let full = call(server, &shop, &signer.proof(server, &json!({})), MACHINE);
    assert_eq!(error(&full), (429, "rate_limited".to_owned()));
    // Nobody else notices, and it is over with the five minutes.
    call(server, &theirs, &signer.proof(server, &json!({})), MACHINE).with_status(200);
    shop.token(MACHINE).with_status(200);
    server.wait(300);
    call(server, &shop, &signer.proof(server, &json!({})), MACHINE).with_status(200);
}
