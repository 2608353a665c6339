//! Claims and headers.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{claims, segment};
use crate::support::answer::redact;
use crate::support::{Server, on_both};

on_both!(what_a_company_token_says);
fn what_a_company_token_says(server: &Server) {
    server.organization("first");
    let acme = server.organization("acme");
    assert_snapshot!(redact(&segment(&acme.token, 1)), @r#"{"iss":"lanyard","sub":"2","organization_id":2,"jti":"[uuid]","rev":2,"iat":1893456000,"token_use":"company"}"#);
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 3_600}}))
        .send()
        .with_status(200);
    assert_snapshot!(redact(&segment(&acme.another_token(), 1)), @r#"{"iss":"lanyard","sub":"2","organization_id":2,"jti":"[uuid]","rev":3,"iat":1893456000,"exp":1893459600,"token_use":"company"}"#);
}

on_both!(
    what_an_operator_token_says,
    "tokens.issuer=https://id.example.com"
);
fn what_an_operator_token_says(server: &Server) {
    server.organization("first").operator("not ours");
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    assert_snapshot!(redact(&segment(&token, 1)), @r#"{"iss":"https://id.example.com","sub":"2","organization_id":2,"operator_id":2,"jti":"[uuid]","parent":"[uuid]","rev":2,"iat":1893456000,"exp":1893542400,"token_use":"operator"}"#);
    assert_eq!(claims(&token)["parent"], claims(&acme.token)["jti"]);
}

on_both!(a_token_says_how_much_its_issuer_knew);
fn a_token_says_how_much_its_issuer_knew(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    assert_eq!(claims(&acme.token_for(lan))["rev"], 1);
    for _ in 0..3 {
        acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
            .send()
            .with_status(204);
    }
    assert_eq!(claims(&acme.token_for(lan))["rev"], 4);
    assert_eq!(claims(&acme.another_token())["rev"], 4);
}

on_both!(the_header_names_algorithm_type_and_key);
fn the_header_names_algorithm_type_and_key(server: &Server) {
    let acme = server.organization("acme");
    let of = |token: &str| -> Value { serde_json::from_str(&segment(token, 0)).unwrap() };
    let header = of(&acme.token);
    let kid = server.app.tokens.validator.ring().active().kid;
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT", "kid": kid}));
    assert_eq!(of(&acme.token_for(acme.operator("Lan"))), header);
    acme.operator_who_signs_in("minh", "open");
    assert_eq!(of(&acme.session("minh", "open")), header);
}

on_both!(token_ids_are_uuids_of_version_7);
fn token_ids_are_uuids_of_version_7(server: &Server) {
    let acme = server.organization("acme");
    let jti = claims(&acme.token)["jti"].as_str().unwrap().to_owned();
    let id = uuid::Uuid::parse_str(&jti).unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
    let line = acme.get("/api/company/tokens").send().items()[0].clone();
    assert_eq!(line["jti"], jti.as_str());
}
