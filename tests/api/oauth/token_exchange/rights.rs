//! Nothing grows by an exchange: not the life of a company token, and no token loses the key it is
//! bound to.

use serde_json::json;

use super::super::dpop::{call, redeem};
use super::super::signer::Signer;
use super::super::world::{client, decoded, error, organization, text, tokens};
use super::{ACCESS_TOKEN, GRANT, JWT, exchange, exchanged, exchanger};
use crate::support::{Server, on_both};

on_both!(an_operator_token_expires_no_later_than_the_company_token);
fn an_operator_token_expires_no_later_than_the_company_token(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan").to_string();
    let gateway = exchanger(server, &acme, &json!({}));
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 3_600}}))
        .send()
        .with_status(200);
    let short = acme.another_token();
    let end = decoded(&short).1["exp"].clone();
    server.wait(600);
    let answer = exchange(&gateway, &short, &[("operator_id", &lan)]);
    assert_eq!(answer.with_status(200).json()["expires_in"], 3_000);
    assert_eq!(decoded(&text(&answer, "access_token")).1["exp"], end);
    // The cap of the organization holds as well.
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"operatorTokenMaxSeconds": 60}}))
        .send()
        .with_status(200);
    let answer = exchange(&gateway, &short, &[("operator_id", &lan)]);
    assert_eq!(answer.with_status(200).json()["expires_in"], 60);
    server.wait(3_000);
    let late = exchange(&gateway, &short, &[("operator_id", &lan)]);
    assert_eq!(error(&late), (400, "invalid_request".to_owned()));
}

on_both!(an_operator_token_so_made_ends_with_its_operator_as_every_other);
fn an_operator_token_so_made_ends_with_its_operator_as_every_other(server: &Server) {
    let acme = organization(server, "acme");
    let gateway = exchanger(server, &acme, &json!({}));
    for act in ["revoke-tokens", "inactive", "deleted", "itself"] {
        let lan = acme.operator(act);
        let answer = exchange(&gateway, &acme.token, &[("operator_id", &lan.to_string())]);
        let token = text(&answer, "access_token");
        assert_eq!(acme.judge(&token), "valid");
        let path = format!("/api/company/operators/{lan}");
        let ended = match act {
            "revoke-tokens" => acme.post(&format!("{path}/revoke-tokens")).send(),
            "inactive" => acme
                .patch(&path)
                .json(&json!({"status": "inactive"}))
                .send(),
            "deleted" => acme.delete(&path).send(),
            _ => server
                .post("/api/operator/revoke-token")
                .bearer(&token)
                .send(),
        };
        assert!((200..300).contains(&ended.status), "{act}: {ended}");
        assert_eq!(acme.judge(&token), "Token revoked", "{act}");
    }
}

on_both!(a_token_that_is_bound_to_a_key_is_not_exchanged_for_one_that_is_not);
fn a_token_that_is_bound_to_a_key_is_not_exchanged_for_one_that_is_not(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let (owner, thief) = (Signer::new(), Signer::new());
    let gateway = exchanger(server, &acme, &json!({}));
    for format in ["jwt", "opaque"] {
        let shop = client(server, &acme, &json!({"tokenFormat": format}));
        let code = shop.code(lan, "read");
        let (bound, _) = tokens(&redeem(&shop, &owner.proof(server, &json!({})), &code));
        let refused = (400, "invalid_request".to_owned());
        assert_eq!(error(&exchange(&gateway, &bound, &[])), refused);
        let sent = [
            ("grant_type", GRANT),
            ("subject_token", bound.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
        ];
        for signer in [&owner, &thief] {
            let proof = signer.proof(server, &json!({}));
            assert_eq!(error(&call(server, &gateway, &proof, &sent)), refused);
        }
    }
    // One that is bound to none may be exchanged for one that is.
    let shop = client(server, &acme, &json!({}));
    let (free, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let sent = [
        ("grant_type", GRANT),
        ("subject_token", free.as_str()),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let answer = call(server, &gateway, &owner.proof(server, &json!({})), &sent);
    assert_eq!(text(&answer, "token_type"), "DPoP");
    let (_, claims) = decoded(&text(&answer, "access_token"));
    assert_eq!(claims["cnf"]["jkt"], owner.jkt());
}

on_both!(an_access_token_goes_by_either_type_if_it_is_a_jwt);
fn an_access_token_goes_by_either_type_if_it_is_a_jwt(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let gateway = exchanger(server, &acme, &json!({}));
    for (format, status) in [("jwt", 200), ("opaque", 400)] {
        let shop = client(server, &acme, &json!({"tokenFormat": format}));
        let (subject, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
        let answer = gateway.token(&[
            ("grant_type", GRANT),
            ("subject_token", &subject),
            ("subject_token_type", JWT),
        ]);
        answer.with_status(status);
        assert!(gateway.is_active(&exchanged(&gateway, &subject)));
    }
}

on_both!(what_an_operator_or_client_may_no_longer_hold_is_not_exchanged);
fn what_an_operator_or_client_may_no_longer_hold_is_not_exchanged(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let set_role = |role: &str| {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
    };
    set_role("admin");
    let all = json!({"scopes": ["read", "write", "admin"]});
    let shop = client(server, &acme, &all);
    let gateway = exchanger(server, &acme, &all);
    let (subject, _) = tokens(&shop.redeem(&shop.code(lan, "read write admin")));
    let scope = || {
        let answer = exchange(&gateway, &subject, &[]);
        text(&answer, "scope")
    };
    assert_eq!(scope(), "admin read write");
    set_role("customer");
    assert_eq!(scope(), "read write");
    acme.patch("/api/company/organization")
        .json(&json!({"capScopesByRole": true}))
        .send()
        .with_status(200);
    assert_eq!(scope(), "read");
}
