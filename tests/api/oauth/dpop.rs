//! DPoP at the token endpoint: proofs, and the grants that yield bound tokens.

use serde_json::{Value, json};

use super::signer::{Signer, with};
use super::world::{
    CALLBACK, Client, FORM, ISSUER, VERIFIER, client, decoded, error, organization, text, tokens,
};
use crate::support::{Answer, Server, on_both};

pub(super) const MACHINE: &[(&str, &str)] =
    &[("grant_type", "client_credentials"), ("scope", "read")];

/// Calls the token endpoint of a node with a proof.
pub(super) fn call(
    node: &Server,
    client: &Client<'_>,
    proof: &str,
    parameters: &[(&str, &str)],
) -> Answer {
    node.post("/oauth/token")
        .header("dpop", proof)
        .body(FORM, client.body(parameters))
        .send()
}

pub(super) fn redeem(client: &Client<'_>, proof: &str, code: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    call(client.server, client, proof, &parameters)
}

fn refresh(client: &Client<'_>, proof: &str, token: &str) -> Answer {
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token)];
    call(client.server, client, proof, &parameters)
}

pub(super) fn invalid(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

on_both!(every_grant_binds);
fn every_grant_binds(server: &Server) {
    let acme = organization(server, "acme");
    acme.operator_who_signs_in("lan", "open sesame");
    let signer = Signer::new();
    let grants = json!({"grants": ["client_credentials", "password"], "dpopBound": true});
    let shop = client(server, &acme, &grants);
    let person = [
        ("grant_type", "password"),
        ("username", "lan"),
        ("password", "open sesame"),
    ];
    for parameters in [MACHINE, &person] {
        // This client must send a proof.
        assert_eq!(
            error(&shop.token(parameters)),
            invalid("invalid_dpop_proof")
        );
        let answer = call(server, &shop, &signer.proof(server, &json!({})), parameters);
        assert_eq!(text(&answer, "token_type"), "DPoP");
        let access = text(&answer, "access_token");
        assert_eq!(decoded(&access).1["cnf"]["jkt"], signer.jkt());
    }
}

on_both!(a_proof_counts_once_on_all_nodes);
fn a_proof_counts_once_on_all_nodes(server: &Server) {
    let other = server.another(&[]);
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    other.follow();
    let proof = signer.proof(server, &json!({}));
    call(server, &shop, &proof, MACHINE).with_status(200);
    for node in [server, &other] {
        let again = call(node, &shop, &proof, MACHINE);
        assert_eq!(error(&again), invalid("invalid_dpop_proof"));
    }
    // The same id with another spelling of the URL, or made a second later.
    let now = server.app.clock.now().as_seconds();
    let jti = decoded(&proof).1["jti"].clone();
    for claims in [
        json!({"jti": jti, "htu": "HTTP://LOCALHOST:8080/oauth/%74oken?a=b"}),
        json!({"jti": jti, "iat": now + 1}),
    ] {
        let again = call(&other, &shop, &signer.proof(server, &claims), MACHINE);
        assert_eq!(error(&again), invalid("invalid_dpop_proof"), "{claims}");
    }
    // Another spelling is no fault by itself, and the id of another key is another id.
    let spelt = json!({"htu": "HTTP://LOCALHOST:8080/oauth/%74oken?a=b"});
    call(&other, &shop, &signer.proof(server, &spelt), MACHINE).with_status(200);
    let stranger = Signer::new().proof(server, &json!({"jti": jti}));
    call(server, &shop, &stranger, MACHINE).with_status(200);
}

on_both!(a_proof_of_a_pushed_request_counts_once_on_all_nodes);
fn a_proof_of_a_pushed_request_counts_once_on_all_nodes(server: &Server) {
    let other = server.another(&[]);
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({}));
    other.follow();
    let push = |node: &Server, proof: &str, more: &[(&str, &str)]| {
        let sent = [("response_type", "code"), ("redirect_uri", CALLBACK)];
        let call = node.post("/oauth/par").header("dpop", proof);
        call.body(FORM, shop.body(&[&sent, more].concat())).send()
    };
    let made = |claims: Value| {
        let own = json!({"htu": format!("{ISSUER}/oauth/par")});
        signer.proof(server, &with(own, &claims))
    };
    let proof = made(json!({}));
    push(server, &proof, &[]).with_status(201);
    for node in [server, &other] {
        let again = push(node, &proof, &[]);
        assert_eq!(error(&again), invalid("invalid_dpop_proof"));
    }
    // A key that the request names must be that of the proof, and a request that is refused uses none up.
    let proof = made(json!({}));
    let stranger = Signer::new().jkt();
    let refused = push(&other, &proof, &[("dpop_jkt", &stranger)]);
    assert_eq!(error(&refused), invalid("invalid_request"));
    push(&other, &proof, &[("dpop_jkt", &signer.jkt())]).with_status(201);
    for wrong in [
        json!({"htm": "GET"}),
        json!({"htu": format!("{ISSUER}/oauth/token")}),
        json!({"iat": server.app.clock.now().as_seconds() - 61}),
    ] {
        let refused = push(server, &made(wrong), &[]);
        assert_eq!(error(&refused), invalid("invalid_dpop_proof"));
    }
}

on_both!(a_proof_is_for_this_request);
fn a_proof_is_for_this_request(server: &Server) {
    let acme = organization(server, "acme");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let now = server.app.clock.now().as_seconds();
    for claims in [
        json!({"htm": "GET"}),
        json!({"htu": format!("{ISSUER}/oauth/par")}),
        json!({"htu": "http://evil.example/oauth/token"}),
        json!({"htu": format!("{ISSUER}/oauth/TOKEN")}),
        json!({"iat": now - 61}),
        json!({"iat": now + 61}),
        json!({"jti": null}),
    ] {
        let answer = call(server, &shop, &signer.proof(server, &claims), MACHINE);
        assert_eq!(error(&answer), invalid("invalid_dpop_proof"), "{claims}");
    }
    let proof = signer.proof(server, &json!({}));
    for header in [
        "",
        "abc",
        &format!("{proof}x"),
        &signer.assertion(server, &shop.id, &json!({})),
    ] {
        let answer = call(server, &shop, header, MACHINE);
        assert_eq!(error(&answer), invalid("invalid_dpop_proof"), "{header}");
    }
    let two = server
        .post("/oauth/token")
        .header("dpop", &proof)
        .header("dpop", &signer.proof(server, &json!({})))
        .body(FORM, shop.body(MACHINE))
        .send();
    assert_eq!(error(&two), invalid("invalid_dpop_proof"));
    // At the host that the request names, the URL is still the issuer's.
    let htu = json!({"htu": "http://evil.example/oauth/token"});
    let evil = server
        .post("/oauth/token")
        .header("host", "evil.example")
        .header("dpop", &signer.proof(server, &htu))
        .body(FORM, shop.body(MACHINE))
        .send();
    assert_eq!(error(&evil), invalid("invalid_dpop_proof"));
    // A wrong proof is not used up, and none of this used the right one up.
    call(server, &shop, &proof, MACHINE).with_status(200);
}

on_both!(what_began_with_a_key_goes_on_with_one);
fn what_began_with_a_key_goes_on_with_one(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let (one, two) = (Signer::new(), Signer::new());
    let proof = |signer: &Signer| signer.proof(server, &json!({}));
    let public = client(server, &acme, &json!({"authMethod": "none"}));
    let begun = redeem(&public, &proof(&one), &public.code(lan, "read"));
    let (_, token) = tokens(&begun);
    assert_eq!(error(&public.refresh(&token)), invalid("invalid_grant"));
    assert_eq!(
        error(&refresh(&public, &proof(&two), &token)),
        invalid("invalid_grant")
    );
    // Neither did anything: the right key goes on, also when it asks again.
    let (access, next) = tokens(&refresh(&public, &proof(&one), &token));
    assert_eq!(decoded(&access).1["cnf"]["jkt"], one.jkt());
    let (_, again) = tokens(&refresh(&public, &proof(&one), &token));
    assert_eq!(again, next);
    assert_eq!(
        error(&refresh(&public, &proof(&two), &token)),
        invalid("invalid_grant")
    );

    // A confidential client may change its key, and needs one.
    let shop = client(server, &acme, &json!({}));
    let (_, token) = tokens(&redeem(&shop, &proof(&one), &shop.code(lan, "read")));
    assert_eq!(error(&shop.refresh(&token)), invalid("invalid_grant"));
    let (access, _) = tokens(&refresh(&shop, &proof(&two), &token));
    assert_eq!(decoded(&access).1["cnf"]["jkt"], two.jkt());

    // What began without a key may get one.
    let (_, token) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let answer = refresh(&shop, &proof(&one), &token);
    assert_eq!(text(&answer, "token_type"), "DPoP");
    let (_, next) = tokens(&answer);
    assert_eq!(text(&shop.refresh(&next), "token_type"), "Bearer");
}

on_both!(a_code_is_bound_by_its_request);
fn a_code_is_bound_by_its_request(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let (one, two) = (Signer::new(), Signer::new());
    let shop = client(server, &acme, &json!({}));
    let code = || shop.code_with(lan, "read", |new| new.dpop_jkt = Some(one.jkt()));
    let good = redeem(&shop, &one.proof(server, &json!({})), &code());
    assert_eq!(text(&good, "token_type"), "DPoP");
    let other = redeem(&shop, &two.proof(server, &json!({})), &code());
    assert_eq!(error(&other), invalid("invalid_grant"));
    assert_eq!(error(&shop.redeem(&code())), invalid("invalid_grant"));
}

on_both!(a_replayed_proof_uses_no_code_up);
fn a_replayed_proof_uses_no_code_up(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let signer = Signer::new();
    let shop = client(server, &acme, &json!({}));
    let (one, two) = (shop.code(lan, "read"), shop.code(lan, "read"));
    let proof = signer.proof(server, &json!({}));
    // A request that is refused for another reason does not use the proof up.
    assert_eq!(
        error(&redeem(&shop, &proof, "unknown")),
        invalid("invalid_grant")
    );
    redeem(&shop, &proof, &one).with_status(200);
    assert_eq!(
        error(&redeem(&shop, &proof, &two)),
        invalid("invalid_dpop_proof")
    );
    redeem(&shop, &signer.proof(server, &json!({})), &two).with_status(200);
}
