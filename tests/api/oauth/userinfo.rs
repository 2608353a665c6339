//! Userinfo: the claims that the scopes allow.

use insta::assert_snapshot;
use serde_json::json;

use super::world::{FORM, client, decoded, form, organization, tokens};
use crate::support::{Server, on_both};

on_both!(what_the_scopes_show);
fn what_the_scopes_show(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"email": "lan@example.com", "role": "tenant"}))
        .send()
        .with_status(200);
    for members in [json!({}), json!({"tokenFormat": "opaque"})] {
        let shop = client(server, &acme, &members);
        let claims = |scope: &str| {
            let (access, _) = tokens(&shop.redeem(&shop.code(lan, scope)));
            let get = server.get("/oauth/userinfo").bearer(&access).send();
            let post = server.post("/oauth/userinfo").bearer(&access).send();
            assert_eq!(get.text(), post.text());
            get
        };
        assert_eq!(claims("openid").json(), json!({"sub": lan.to_string()}));
        assert_eq!(
            claims("openid profile").json(),
            json!({"sub": lan.to_string(), "name": "Lan", "role": "tenant"})
        );
        assert_eq!(
            claims("openid email").json(),
            json!({"sub": lan.to_string(), "email": "lan@example.com", "email_verified": false})
        );
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"name": "Lan Anh"}))
            .send()
            .with_status(200);
        assert_eq!(claims("openid profile").json()["name"], "Lan Anh");
        acme.patch(&format!("/api/company/operators/{lan}"))
            .json(&json!({"name": "Lan"}))
            .send()
            .with_status(200);
        assert_snapshot!(claims("read"), @r#"
        403
        access-control-allow-origin: *
        access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
        cache-control: no-store
        pragma: no-cache
        www-authenticate: Bearer realm="lanyard", error="insufficient_scope", error_description="The request requires higher privileges", scope="openid"
        {"error":"insufficient_scope","error_description":"The request requires higher privileges"}
        "#);
    }
    let bad =
        r#"{"error":"invalid_token","error_description":"The access token is invalid or expired"}"#;
    for credential in ["nonsense", acme.token.as_str(), &acme.token_for(lan)] {
        let answer = server.get("/oauth/userinfo").bearer(credential).send();
        assert_eq!(answer.with_status(401).text(), bad);
    }
    let none = server.get("/oauth/userinfo").send();
    assert_eq!(none.with_status(401).text(), bad);
    assert_eq!(
        none.header("www-authenticate"),
        Some(
            "Bearer realm=\"lanyard\", resource_metadata=\"http://localhost:8080/.well-known/oauth-protected-resource\""
        )
    );
}

on_both!(a_call_is_a_use_of_the_token);
fn a_call_is_a_use_of_the_token(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let (access, _) = tokens(&shop.redeem(&shop.code(lan, "openid")));
    let (_, claims) = decoded(&access);
    let line = format!("/api/company/tokens/{}", claims["jti"].as_str().unwrap());
    let used = || acme.get(&line).send().with_status(200).json()["lastUsedAt"].clone();
    assert!(used().is_null());
    server.wait(10);
    server
        .get("/oauth/userinfo")
        .bearer(&access)
        .send()
        .with_status(200);
    assert_eq!(used(), server.app.clock.now().to_string());
}

on_both!(an_access_token_is_the_wrong_kind_elsewhere);
fn an_access_token_is_the_wrong_kind_elsewhere(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"scopes": ["openid", "admin"]}));
    let (access, _) = tokens(&shop.redeem(&shop.code(lan, "openid")));
    for path in ["/api/company/organization", "/api/operator"] {
        server.get(path).bearer(&access).send().with_status(403);
    }
    assert_eq!(acme.judge(&access), "Invalid token");
    shop.post("/oauth/revoke", &[("token", &access)])
        .with_status(200);
    for path in [
        "/api/company/organization",
        "/api/operator",
        "/oauth/userinfo",
    ] {
        let answer = server.get(path).bearer(&access).send();
        assert_eq!(answer.with_status(401).json()["error"], "invalid_token");
    }
}

// Who holds it is an application: what it makes would outlive what the admin allowed it.
on_both!(an_admins_access_token_manages_nothing);
fn an_admins_access_token_manages_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"role": "admin"}))
        .send()
        .with_status(200);
    for format in ["jwt", "opaque"] {
        let members = json!({"scopes": ["openid", "admin"], "tokenFormat": format});
        let shop = client(server, &acme, &members);
        let (access, _) = tokens(&shop.redeem(&shop.code(lan, "openid admin")));
        let profile = server.get("/v1/profile").bearer(&access).send().json();
        assert_eq!(profile["scopes"], json!(["admin", "openid"]));
        for (method, path) in [
            ("POST", "/api/v1/api-keys"),
            ("GET", "/api/v1/api-keys"),
            ("POST", "/api/v1/api-keys/verify"),
            ("PUT", "/api/v1/roles/mine"),
            ("PUT", "/api/v1/scopes/mine"),
            ("POST", "/api/v1/wechat-apps"),
        ] {
            let call = server.call(method, path).bearer(&access);
            let body = json!({"name": "more", "scopes": ["admin"], "key": "x",
                "app_id": "wx1", "secret": "s3cret"});
            let answer = match method {
                "GET" => call.send(),
                _ => call.json(&body).send(),
            };
            assert_eq!(answer.status, 403, "{format}: {method} {path}: {answer}");
        }
    }
    assert!(acme.get("/api/v1/api-keys").send().items().is_empty());
}

on_both!(an_opaque_token_is_a_credential_like_any_other);
fn an_opaque_token_is_a_credential_like_any_other(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({"tokenFormat": "opaque"}));
    let (access, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let profile = server.get("/v1/profile").bearer(&access).send();
    let shown = profile.with_status(200).json();
    assert_eq!(shown["kind"], "access_token");
    assert_eq!(shown["operator_id"], lan);
    assert_eq!(shown["scopes"], json!(["read"]));
    for path in ["/api/company/organization", "/api/operator"] {
        server.get(path).bearer(&access).send().with_status(403);
    }
    shop.post("/oauth/revoke", &[("token", &access)])
        .with_status(200);
    server
        .get("/api/operator")
        .bearer(&access)
        .send()
        .with_status(401);
    let unknown = "0123456789abcdef0123456789abcdef";
    server
        .get("/api/operator")
        .bearer(unknown)
        .send()
        .with_status(401);
}

on_both!(a_token_counts_in_a_header_only);
fn a_token_counts_in_a_header_only(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for members in [json!({}), json!({"tokenFormat": "opaque"})] {
        let shop = client(server, &acme, &members);
        let (access, _) = tokens(&shop.redeem(&shop.code(lan, "openid")));
        for path in ["/oauth/userinfo", "/v1/profile"] {
            server.get(path).bearer(&access).send().with_status(200);
            let none = server.get(path).send();
            assert_eq!(none.status, 401);
            for name in ["access_token", "token", "bearer_token"] {
                let sent = form(&[(name, &access)]);
                let query = server.get(&format!("{path}?{sent}")).send();
                assert_eq!(query.bytes(), none.bytes(), "{path}?{name}");
            }
        }
        let none = server.post("/oauth/userinfo").send();
        let sent = form(&[("access_token", &access)]);
        let body = server.post("/oauth/userinfo").body(FORM, sent).send();
        assert_eq!((body.status, body.bytes()), (401, none.bytes()));
    }
}
