//! Without an issuer there is no OAuth: its routes answer like any unknown path.

use crate::support::{Answer, Server, on_both};

on_both!(without_an_issuer_there_are_no_routes, "oauth.issuer");
fn without_an_issuer_there_are_no_routes(server: &Server) {
    let acme = server.organization("acme");
    for path in [
        "/oauth/token",
        "/Api/access_token",
        "/router/rest?method=psdm.auth.token.refresh",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/userinfo",
        "/oauth/register",
        "/oauth/par",
        "/oauth/device_authorization",
        "/oauth/device",
        "/oauth/authorize?client_id=x",
        "/oauth/end-session",
        "/oauth/login",
        "/oauth/second-factor",
        "/oauth/consent",
        "/oauth/password",
        "/oauth/logout",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ] {
        for method in ["GET", "POST"] {
            let answers = [
                server.call(method, path).send(),
                server.call(method, path).bearer(&acme.token).send(),
            ];
            let statuses = answers.each_ref().map(|answer: &Answer| answer.status);
            assert_eq!(statuses, [404; 2], "{method} {path}");
        }
    }
    // What is no part of OAuth stays.
    server.get("/.well-known/jwks.json").send().with_status(200);
}
