//! Introspection: who may know what of which token.

use diesel::prelude::*;
use lanyard::base::OrganizationId;
use lanyard::db::schema::{opaque_tokens, resources};
use lanyard::db::{Conn, Result};
use serde_json::json;

use super::world::{FORM, ISSUER, client, error, form, organization, text, tokens};
use crate::support::{Server, on_both};

on_both!(what_a_client_learns);
fn what_a_client_learns(server: &Server) {
    let acme = organization(server, "acme");
    let beta = organization(server, "beta");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let opaque = client(server, &acme, &json!({"tokenFormat": "opaque"}));
    let other = client(server, &acme, &json!({}));
    let api = client(server, &acme, &json!({"introspect": "organization"}));
    let foreign = client(server, &beta, &json!({"introspect": "organization"}));
    for own in [&shop, &opaque] {
        let (access, refresh) = tokens(&own.redeem(&own.code(lan, "read write")));
        let now = server.app.clock.now().as_seconds();
        let shown = own.introspect(&access);
        assert_eq!(shown["active"], true);
        assert_eq!(shown["scope"], "read write");
        assert_eq!(shown["client_id"], own.id.as_str());
        assert_eq!(shown["token_type"], "Bearer");
        assert_eq!(shown["token_use"], "access");
        assert_eq!(shown["exp"], now + 3600);
        assert_eq!(shown["iat"], now);
        assert_eq!(shown["nbf"], now);
        assert_eq!(shown["sub"], lan.to_string());
        assert_eq!(shown["aud"], ISSUER);
        assert_eq!(shown["iss"], ISSUER);
        assert_eq!(shown["organization_id"], acme.id);
        assert_eq!(shown["operator_id"], lan);
        assert_eq!(api.introspect(&access), shown);
        let shown = own.introspect(&refresh);
        assert_eq!(shown["token_use"], "refresh");
        assert_eq!(shown["exp"], now + 2_592_000);
        assert_eq!(api.introspect(&refresh), shown);
        for token in [&access, &refresh] {
            assert_eq!(other.introspect(token), json!({"active": false}));
            assert_eq!(foreign.introspect(token), json!({"active": false}));
        }
        server.wait(3_600);
        assert_eq!(own.introspect(&access), json!({"active": false}));
        assert!(own.is_active(&refresh), "the refresh token lives longer");
    }
    for nonsense in ["x", "a.b.c", "0123456789abcdef0123456789abcdef"] {
        assert_eq!(shop.introspect(nonsense), json!({"active": false}));
    }
    // Company and operator tokens are the organization's.
    let operator = acme.token_for(lan);
    assert_eq!(api.introspect(&operator)["token_use"], "operator");
    assert_eq!(api.introspect(&acme.token)["token_use"], "company");
    assert_eq!(shop.introspect(&operator), json!({"active": false}));
    assert_eq!(foreign.introspect(&operator), json!({"active": false}));
}

on_both!(a_resource_server_introspects_the_sessions_of_its_organization);
fn a_resource_server_introspects_the_sessions_of_its_organization(server: &Server) {
    let acme = organization(server, "acme");
    let beta = organization(server, "beta");
    let api = client(server, &acme, &json!({"introspect": "organization"}));
    let shop = client(server, &acme, &json!({}));
    let foreign = client(server, &beta, &json!({"introspect": "organization"}));
    let lan = acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    let shown = api.introspect(&session);
    let now = server.app.clock.now().as_seconds();
    let mut known = shown.clone();
    known.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(
        known,
        json!({
            "active": true, "username": "lan", "token_type": "Bearer", "exp": now + 3_600, "iat": now,
            "sub": format!("user_{lan}"), "iss": "lanyard", "token_use": "session",
            "organization_id": acme.id, "operator_id": lan,
        })
    );
    let by_company = server.post("/oauth/introspect").bearer(&acme.token);
    let by_company = by_company.body(FORM, form(&[("token", &session)])).send();
    assert_eq!(by_company.json(), shown);
    let inactive = json!({"active": false});
    for other in [&shop, &foreign] {
        assert_eq!(other.introspect(&session), inactive);
    }
    let out = server.post("/auth/logout").bearer(&session).send();
    out.with_status(204);
    assert_eq!(api.introspect(&session), inactive);
}

on_both!(a_cap_that_comes_later_caps_what_was_granted);
fn a_cap_that_comes_later_caps_what_was_granted(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let set_role = |role: &str| {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
    };
    set_role("customer");
    for format in ["jwt", "opaque"] {
        let shop = client(server, &acme, &json!({"tokenFormat": format}));
        let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "openid read write")));
        let scopes = || {
            let of_refresh = shop.introspect(&refresh)["scope"].clone();
            let shown = shop.introspect(&access)["scope"].clone();
            assert_eq!(of_refresh, shown);
            let profile = server.get("/v1/profile").bearer(&access).send().json();
            let joined: Vec<_> = profile["scopes"].as_array().unwrap().iter().collect();
            let joined: Vec<_> = joined.iter().map(|one| one.as_str().unwrap()).collect();
            assert_eq!(joined.join(" "), shown.as_str().unwrap());
            joined.join(" ")
        };
        let cap = |on: bool| {
            acme.patch("/api/company/organization")
                .json(&json!({"capScopesByRole": on}))
                .send()
                .with_status(200);
        };
        assert_eq!(scopes(), "openid read write");
        cap(true);
        assert_eq!(scopes(), "openid read");
        set_role("tenant");
        assert_eq!(scopes(), "openid read write");
        set_role("guest");
        assert_eq!(scopes(), "openid");
        cap(false);
        set_role("customer");
        assert_eq!(scopes(), "openid read write");
    }
}

on_both!(who_may_ask);
fn who_may_ask(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let public = client(server, &acme, &json!({"authMethod": "none"}));
    let token = text(
        &shop.token(&[("grant_type", "client_credentials")]),
        "access_token",
    );
    let ask = |bearer: &str| {
        server
            .post("/oauth/introspect")
            .bearer(bearer)
            .body(FORM, form(&[("token", &token)]))
            .send()
    };
    assert_eq!(ask(&acme.token).with_status(200).json()["active"], true);
    assert_eq!(error(&ask("nonsense")), (401, "invalid_token".to_owned()));
    ask(&acme.token_for(lan)).with_status(403);
    // The two other headers are not read here.
    let answer = server
        .post("/oauth/introspect")
        .header("x-api-key", &acme.token)
        .body(FORM, form(&[("token", &token)]))
        .send();
    assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
    let answer = public.post("/oauth/introspect", &[("token", &token)]);
    assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
    // The caller first, then the token.
    let answer = public.post("/oauth/introspect", &[]);
    assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
    let answer = shop.post("/oauth/introspect", &[]);
    assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    assert_eq!(error(&ask(&acme.token)), (401, "invalid_token".to_owned()));
}

on_both!(rights_are_worked_out_when_asked);
fn rights_are_worked_out_when_asked(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let set = |role: &str| {
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"role": role}))
            .send()
            .with_status(200);
    };
    set("admin");
    let shop = client(server, &acme, &json!({"scopes": ["read", "admin"]}));
    let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read admin")));
    assert_eq!(shop.introspect(&access)["scope"], "admin read");
    set("tenant");
    for token in [&access, &refresh] {
        assert_eq!(shop.introspect(token)["scope"], "read");
    }
    shop.refresh(&refresh).with_status(200);
    let again = shop.refresh(&refresh);
    assert_eq!(again.json()["scope"], "read");
}

on_both!(a_client_learns_of_tokens_that_are_for_it);
fn a_client_learns_of_tokens_that_are_for_it(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for members in [
        json!({"audience": ["*"]}),
        json!({"audience": ["*"], "tokenFormat": "opaque"}),
    ] {
        let shop = client(server, &acme, &members);
        let [named, other] = [(); 2].map(|()| client(server, &acme, &json!({})));
        // The API registers only URIs as resources, and the ids of clients are none as yet.
        let uri = format!("https://{}.example.com", named.id);
        let add = |conn: &mut Conn| -> Result<usize> {
            let now = server.app.clock.now();
            let row = (
                resources::id.eq(now.as_seconds()),
                resources::created_at.eq(now),
                resources::organization_id.eq(OrganizationId(acme.id)),
                resources::uri.eq(&named.id),
                resources::name.eq("Named"),
                resources::scopes.eq(""),
            );
            Ok(diesel::insert_into(resources::table)
                .values(row)
                .execute(conn)?)
        };
        server.app.db.write_blocking(add).unwrap();
        acme.post("/api/company/resources")
            .json(&json!({"uri": uri, "name": "API", "scopes": []}))
            .send()
            .with_status(201);
        let code = shop.code_with(lan, "read", |new| {
            new.resources = vec![uri, named.id.clone()];
        });
        let (access, refresh) = tokens(&shop.redeem(&code));
        let shown = named.introspect(&access);
        assert_eq!(shown["active"], true);
        assert_eq!(shown["client_id"], shop.id.as_str());
        assert_eq!(shown, shop.introspect(&access));
        // The refresh token is for the client that redeems it.
        assert!(!named.is_active(&refresh));
        assert_eq!(other.introspect(&access), json!({"active": false}));
        // What it learns of it may not revoke.
        named.post("/oauth/revoke", &[("token", &access)]);
        assert!(shop.is_active(&access));
    }
}

on_both!(an_opaque_token_is_read_once);
fn an_opaque_token_is_read_once(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"tokenFormat": "opaque"}));
    let (access, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let shown = shop.introspect(&access);
    let delete = |conn: &mut Conn| -> Result<usize> {
        Ok(diesel::delete(opaque_tokens::table).execute(conn)?)
    };
    assert_eq!(server.app.db.write_blocking(delete).unwrap(), 1);
    assert_eq!(shop.introspect(&access), shown);
    // A node that has not seen it reads the database.
    let other = server.another(&[]);
    let sent = [("token", access.as_str())];
    let answer = shop.post_to(&other, "/oauth/introspect", &sent);
    assert_eq!(answer.json(), json!({"active": false}));
    // What is in memory is judged anew each time.
    shop.post("/oauth/revoke", &sent).with_status(200);
    assert_eq!(shop.introspect(&access), json!({"active": false}));
}

on_both!(the_bearer_of_an_introspection_is_in_one_header);
fn the_bearer_of_an_introspection_is_in_one_header(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let opaque = client(server, &acme, &json!({"tokenFormat": "opaque"}));
    let (access, _) = tokens(&opaque.redeem(&opaque.code(lan, "read")));
    let ask = |headers: &[(&str, &str)]| {
        let call = server
            .post("/oauth/introspect")
            .body(FORM, form(&[("token", &access)]));
        let sent = headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value));
        sent.send()
    };
    let company = format!("Bearer {}", acme.token);
    let spaced = format!("bEARER  {} ", acme.token);
    for good in [&company, &spaced] {
        let answer = ask(&[("authorization", good)]);
        assert_eq!(answer.with_status(200).json()["active"], true);
    }
    // The guides' headers neither help nor hinder.
    let answer = ask(&[("authorization", &company), ("x-api-key", "other")]);
    assert_eq!(answer.with_status(200).json()["active"], true);
    // Valid tokens of other kinds, whatever their format.
    let bearer = format!("Bearer {access}");
    ask(&[("authorization", &bearer)]).with_status(403);
    let unknown = format!("Bearer {}", "0".repeat(32));
    let answer = ask(&[("authorization", &unknown)]);
    assert_eq!(error(&answer), (401, "invalid_token".to_owned()));
    let refused = ask(&[("authorization", &company), ("authorization", "Bearer x")]);
    assert!([400, 401].contains(&refused.status), "{refused}");
}

on_both!(a_session_is_known_while_it_lasts);
fn a_session_is_known_while_it_lasts(server: &Server) {
    let (acme, other) = (organization(server, "acme"), organization(server, "other"));
    let lan = acme.operator_who_signs_in("lan", "open");
    let [ended, expired] = [(); 2].map(|()| acme.session("lan", "open"));
    let ask = |bearer: &str, token: &str| {
        let call = server.post("/oauth/introspect").bearer(bearer);
        let answer = call.body(FORM, form(&[("token", token)])).send();
        answer.with_status(200).json()
    };
    let shown = ask(&acme.token, &ended);
    assert_eq!(
        (&shown["active"], &shown["token_use"], &shown["operator_id"]),
        (&json!(true), &json!("session"), &json!(lan))
    );
    let inactive = json!({"active": false});
    assert_eq!(ask(&other.token, &ended), inactive);
    let out = server.post("/auth/logout").bearer(&ended).send();
    out.with_status(204);
    assert_eq!(ask(&acme.token, &ended), inactive);
    assert_eq!(ask(&acme.token, &expired)["active"], true);
    server.wait(3_600);
    assert_eq!(ask(&acme.token, &expired), inactive);
}
