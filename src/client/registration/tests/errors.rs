//! What a registration is refused for.

use super::*;

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn each_error_names_its_member() {
    type Change = fn(&mut Registration);
    let wrong: &[(&str, Change)] = &[
        ("name", |r| r.name = None),
        ("name", |r| r.name = some("")),
        ("name", |r| r.name = some("\u{200b}")),
        ("name", |r| r.name = some("a\nb")),
        ("name", |r| r.name = Some("x".repeat(201))),
        ("authMethod", |r| {
            r.auth_method = some("client_secret_basic");
        }),
        ("jwks", |r| r.auth_method = some("private_key_jwt")),
        ("jwks", |r| r.jwks = some("{}")),
        ("jwks", |r| {
            r.auth_method = some("private_key_jwt");
            r.jwks = some("{}");
        }),
        ("redirectUris[1]", |r| {
            r.redirect_uris = list(&["https://a.example/", "http://a.example/"]);
        }),
        ("postLogoutRedirectUris[0]", |r| {
            r.post_logout_redirect_uris = list(&["/bye"]);
        }),
        ("redirectUris", |r| {
            r.redirect_uris = vec!["https://a.example/".to_owned(); 101];
        }),
        ("redirectMatch", |r| r.redirect_match = some("prefix")),
        ("redirectMatch", |r| {
            r.redirect_match = some("same-site");
            r.auth_method = some("none");
        }),
        ("allowInsecureRedirect", |r| {
            r.allow_insecure_redirect = true;
            r.auth_method = some("none");
        }),
        ("grants[1]", |r| {
            r.grants = Some(list(&["password", "implicit"]));
        }),
        ("scopes[1]", |r| r.scopes = list(&["read", "delete"])),
        ("scopes[0]", |r| r.scopes = list(&["READ"])),
        ("scopes[1]", |r| {
            r.scopes = list(&["read", "openid"]);
            r.profile = some("suitecrm");
        }),
        ("audience[0]", |r| {
            r.audience = list(&["https://other.example/"]);
        }),
        ("profile", |r| r.profile = some("hydra")),
        ("tokenFormat", |r| r.token_format = some("JWT")),
        ("tokenFormat", |r| {
            r.token_format = some("opaque");
            r.profile = some("suitecrm");
        }),
        ("tokenFormat", |r| {
            r.token_format = some("jwt");
            r.profile = some("psdm");
        }),
        ("algorithm", |r| r.algorithm = some("HS256")),
        ("algorithm", |r| {
            r.algorithm = some("ES256");
            r.profile = some("suitecrm");
        }),
        ("accessTokenSeconds", |r| r.access_token_seconds = Some(0)),
        ("accessTokenSeconds", |r| {
            r.access_token_seconds = Some(31_536_001);
        }),
        ("refreshTokenSeconds", |r| {
            r.refresh_token_seconds = Some(-1);
        }),
        ("refreshGraceSeconds", |r| {
            r.refresh_grace_seconds = Some(86_401);
        }),
        ("refreshRetry", |r| r.refresh_retry = some("never")),
        ("consent", |r| r.consent = some("no")),
        ("operatorId", |r| r.operator_id = Some(32)),
        ("introspect", |r| r.introspect = some("all")),
        ("introspect", |r| {
            r.introspect = some("organization");
            r.auth_method = some("none");
        }),
    ];
    for (member, change) in wrong {
        let mut registration = named();
        change(&mut registration);
        let error = validate(&registration).unwrap_err();
        assert_eq!(error.member, *member, "{error}");
        assert_eq!(
            error.is_redirect_uri(),
            member.to_lowercase().contains("uris")
        );
    }
}
