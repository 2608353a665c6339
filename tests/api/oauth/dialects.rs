//! The dialects of the guides: `SuiteCRM` (001), SBM (000), PSDM (003).

use serde_json::json;

use super::world::{CALLBACK, FORM, client, decoded, error, form, organization, text, tokens};
use crate::support::{Server, on_both};

on_both!(suitecrm_gets_a_jwt_by_rs256);
fn suitecrm_gets_a_jwt_by_rs256(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let crm = client(
        server,
        &acme,
        &json!({
            "profile": "suitecrm",
            "grants": ["client_credentials"],
            "operatorId": lan,
            "scopes": [],
        }),
    );
    let secret = crm.secret.clone().unwrap();
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": crm.id,
        "client_secret": secret,
        "scope": "",
    });
    for media in ["application/json", "application/vnd.api+json"] {
        let answer = server
            .post("/Api/access_token")
            .body(media, body.to_string())
            .send();
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let shown = answer.with_status(200).json();
        assert_eq!(shown["token_type"], "Bearer");
        assert_eq!(shown["expires_in"], 3600);
        let (header, claims) = decoded(&text(&answer, "access_token"));
        assert_eq!(header["typ"], "JWT");
        assert_eq!(header["alg"], "RS256");
        assert_eq!(claims["aud"], crm.id.as_str());
        assert_eq!(claims["sub"], lan.to_string());
        assert_eq!(claims["scopes"], json!([]));
        assert!(crm.is_active(&text(&answer, "access_token")));
    }
    crm.post("/Api/access_token", &[("grant_type", "client_credentials")])
        .with_status(200);
    let number = server
        .post("/Api/access_token")
        .json(&json!({"grant_type": 1}))
        .send();
    assert_eq!(error(&number), (400, "invalid_request".to_owned()));
}

on_both!(psdm_gets_opaque_tokens_and_its_named_refresh);
fn psdm_gets_opaque_tokens_and_its_named_refresh(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let app = client(server, &acme, &json!({"profile": "psdm", "scopes": []}));
    let code = app.code_with(lan, "", |new| new.challenge = None);
    // As guide 003 prints it, with two spaces in the line.
    let line = format!(
        "code={code}&grant_type=authorization_code&client_id={}&  client_secret={}&redirect_uri={CALLBACK}&state=1212&view=web",
        app.id,
        app.secret.as_deref().unwrap(),
    );
    let answer = server.post("/oauth/token").body(FORM, line).send();
    let shown = answer.with_status(200).json();
    assert_eq!(shown["token_type"], "Bearer");
    assert_eq!(shown["expires_in"], 31_536_000);
    assert_eq!(shown["re_expires_in"], 31_536_000);
    assert_eq!(shown["psdm_user_id"], lan);
    assert!(shown.get("scope").is_none());
    let (access, refresh) = tokens(&answer);
    assert_ne!(access, refresh);
    for token in [&access, &refresh] {
        assert_eq!(token.len(), 32);
        assert!(
            token
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert!(app.is_active(token));
    }
    let answer = app.post(
        "/router/rest?method=psdm.auth.token.refresh",
        &[("refresh_token", &refresh)],
    );
    let (second, successor) = tokens(&answer);
    assert!(app.is_active(&second) && app.is_active(&successor));
    for path in [
        "/router/rest",
        "/router/rest?method=psdm.auth.token.create",
        "/router/rest?method=",
    ] {
        let answer = app.post(path, &[("refresh_token", &successor)]);
        assert_eq!(
            error(&answer),
            (400, "invalid_request".to_owned()),
            "{path}"
        );
    }
    let other = app.post(
        "/router/rest?method=psdm.auth.token.refresh",
        &[("grant_type", "client_credentials")],
    );
    assert_eq!(error(&other), (400, "invalid_request".to_owned()));
    // A year of keeping it.
    server.wait(31_535_000);
    assert!(app.is_active(&second));
    server.wait(1_000);
    assert!(!app.is_active(&second));
}

on_both!(unknown_parameters_do_nothing);
fn unknown_parameters_do_nothing(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let mut body = shop.body(&[("grant_type", "client_credentials")]);
    body.push_str("&state=%ZZ&state=2&view=wap&");
    body.push_str(&form(&[("x", "y")]));
    let answer = server.post("/oauth/token").body(FORM, body).send();
    answer.with_status(200);
}
