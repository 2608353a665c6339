//! Requests are counted by endpoint, grant and outcome.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::json;

use super::world::{FORM, client, form, organization, text};
use crate::support::{Server, on_both};

on_both!(each_request_is_counted_once);
fn each_request_is_counted_once(server: &Server) {
    let acme = organization(server, "acme");
    let members = json!({"grants": ["client_credentials", "refresh_token"]});
    let shop = client(server, &acme, &members);
    let own = ("grant_type", "client_credentials");
    for _ in 0..2 {
        shop.token(&[own]).with_status(200);
    }
    let token = text(&shop.post("/Api/access_token", &[own]), "access_token");
    shop.token(&[own, ("scope", "nonsense")]).with_status(400);
    shop.token(&[("grant_type", "nonsense")]).with_status(400);
    shop.token(&[("grant_type", "password")]).with_status(400);
    shop.refresh("x").with_status(400);
    let router = "/router/rest?method=psdm.auth.token.refresh";
    shop.post(router, &[("refresh_token", "x")])
        .with_status(400);
    let wrong = form(&[own, ("client_id", &shop.id), ("client_secret", "wrong")]);
    let refused = server.post("/oauth/token").body(FORM, wrong).send();
    refused.with_status(401);
    server
        .get("/oauth/userinfo")
        .bearer("x")
        .send()
        .with_status(401);
    assert!(shop.is_active(&token) && !shop.is_active("x"));
    let introspect = |bearer: &str| {
        let call = server.post("/oauth/introspect").bearer(bearer);
        call.body(FORM, form(&[("token", &token)])).send().status
    };
    assert_eq!(introspect("x"), 401);
    assert_eq!(introspect(&token), 403);
    shop.post("/oauth/revoke", &[("token", "x")])
        .with_status(200);
    let page = server.get("/metrics").send();
    let counted = page.text().lines();
    let counted = counted.filter_map(|line| line.strip_prefix("lanyard_oauth_requests_total"));
    let counted: BTreeSet<_> = counted.collect();
    let counted: Vec<_> = counted.into_iter().collect();
    assert_snapshot!(counted.join("\n"), @r#"
    {endpoint="/Api/access_token",grant="client_credentials",outcome="issued"} 1
    {endpoint="/oauth/introspect",grant="none",outcome="active"} 1
    {endpoint="/oauth/introspect",grant="none",outcome="forbidden"} 1
    {endpoint="/oauth/introspect",grant="none",outcome="inactive"} 1
    {endpoint="/oauth/introspect",grant="none",outcome="invalid_token"} 1
    {endpoint="/oauth/revoke",grant="none",outcome="nothing"} 1
    {endpoint="/oauth/token",grant="client_credentials",outcome="invalid_scope"} 1
    {endpoint="/oauth/token",grant="client_credentials",outcome="issued"} 2
    {endpoint="/oauth/token",grant="none",outcome="invalid_client"} 1
    {endpoint="/oauth/token",grant="none",outcome="unsupported_grant_type"} 1
    {endpoint="/oauth/token",grant="password",outcome="unauthorized_client"} 1
    {endpoint="/oauth/token",grant="refresh_token",outcome="invalid_grant"} 1
    {endpoint="/oauth/userinfo",grant="none",outcome="invalid_token"} 1
    {endpoint="/router/rest",grant="refresh_token",outcome="invalid_grant"} 1
    "#);
}
