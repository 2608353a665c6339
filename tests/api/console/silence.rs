//! Nothing of another organization can be seen or changed: it looks as if it were not there.

use super::*;
use crate::support::on_both;

/// The forms about a company token and a webhook of an organization, each with its verb.
fn rotation_and_webhook(globex: &Organization<'_>) -> [(String, &'static str); 8] {
    let company = super::tokens::jti(&globex.token);
    let rotation = format!("/console/rotation/{company}");
    let webhook = globex
        .post("/api/company/webhooks")
        .json(&json!({"url": "https://example.com/", "events": ["token.revoked"]}))
        .send();
    let webhook = format!("/console/webhooks/{}", webhook.json()["id"]);
    [
        (format!("{rotation}/label"), "save"),
        (format!("{rotation}/rotate"), "rotate"),
        (format!("{rotation}/retire"), "retire"),
        (format!("{rotation}/revoke"), "revoke"),
        (webhook.clone(), "save"),
        (webhook.clone(), "test"),
        (webhook.clone(), "retry"),
        (format!("{webhook}/delete"), "delete"),
    ]
}

on_both!(what_is_of_others_is_not_there);
#[allow(clippy::too_many_lines, reason = "most of it is tables of paths")]
fn what_is_of_others_is_not_there(server: &Server) {
    let (acme, globex) = (server.organization("acme"), server.organization("globex"));
    let foreign = globex.operator("Lan");
    let token = globex.token_for(foreign);
    let jti = super::tokens::jti(&token);
    let key = globex
        .post("/api/v1/api-keys")
        .json(&json!({"name": "theirs", "scopes": ["read"]}))
        .send()
        .with_status(201)
        .json();
    let key_id = key["id"].as_str().unwrap().to_owned();
    let text = key["key"].as_str().unwrap_or_default().to_owned();
    let client = globex.client(&json!({"name": "Theirs", "grants": ["client_credentials"]}));
    let client = format!("/console/oauth-clients/{}", client["id"].as_str().unwrap());
    globex
        .put("/api/v1/roles/theirs")
        .json(&json!({"scopes": ["read"]}))
        .send()
        .with_status(201);
    globex
        .post("/api/v1/wechat-apps")
        .json(&json!({"app_id": "wxtheirs", "secret": "s3cret"}))
        .send()
        .with_status(201);
    let more = rotation_and_webhook(&globex);
    let browser = admin(server, &acme);
    let absent = browser.get(server, "/console/operators/999999");
    absent.with_status(404);
    let csrf = browser.open(server, "/console/sessions");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    let base = format!("/console/operators/{foreign}");
    for path in [
        base.clone(),
        format!("{base}/issue"),
        format!("{base}/revoke"),
        format!("{base}/deactivate"),
        format!("{base}/delete"),
        format!("{base}/reset-second-factor"),
        format!("/console/tokens/{jti}"),
        format!("/console/tokens/revoke?jti={jti}"),
        format!("/console/api-keys/{key_id}"),
        format!("/console/api-keys/{key_id}/rotate"),
        format!("/console/api-keys/{key_id}/revoke"),
        client.clone(),
        format!("{client}/secrets"),
        format!("{client}/tokens"),
        format!("{client}/revoke-all"),
        format!("{client}/disable"),
        format!("{client}/enable"),
        format!("{client}/delete"),
        "/console/roles/theirs/edit".to_owned(),
        "/console/roles/theirs/delete".to_owned(),
        "/console/wechat/apps/wxtheirs".to_owned(),
        "/console/wechat/apps/wxtheirs/remove".to_owned(),
        "/console/operators/x".to_owned(),
        "/console/nowhere".to_owned(),
    ]
    .into_iter()
    .chain(more.iter().map(|(path, _)| path.clone()))
    {
        let answer = browser.get(server, &path);
        assert_eq!(
            (answer.status, answer.text()),
            (404, absent.text()),
            "{path}"
        );
    }
    for (path, verb) in [
        (base.clone(), "save"),
        (format!("{base}/issue"), "issue"),
        (format!("{base}/revoke"), "revoke"),
        (format!("{base}/deactivate"), "deactivate"),
        (format!("{base}/delete"), "delete"),
        (format!("{base}/reset-second-factor"), "reset-second-factor"),
        (format!("/console/api-keys/{key_id}"), "save"),
        (format!("/console/api-keys/{key_id}/rotate"), "rotate"),
        (format!("/console/api-keys/{key_id}/revoke"), "revoke"),
        (client.clone(), "save"),
        (format!("{client}/secrets"), "add"),
        (format!("{client}/secrets"), "drop"),
        (format!("{client}/revoke-all"), "revoke-all"),
        (format!("{client}/disable"), "disable"),
        (format!("{client}/enable"), "enable"),
        (format!("{client}/delete"), "delete"),
        ("/console/roles/theirs/edit".to_owned(), "save"),
        ("/console/roles/theirs/delete".to_owned(), "delete"),
        ("/console/wechat/apps/wxtheirs".to_owned(), "save"),
        ("/console/wechat/apps/wxtheirs/remove".to_owned(), "remove"),
        ("/console/tokens/revoke".to_owned(), "revoke"),
        ("/console/sessions".to_owned(), "end"),
        ("/console/sessions".to_owned(), "disown"),
    ]
    .into_iter()
    .chain(more)
    {
        let fields = [
            ("csrf", csrf.as_str()),
            ("do", verb),
            ("jti", &jti),
            ("session", &jti),
            ("name", "x"),
            ("minutes", "60"),
            ("version", "1"),
            ("scope", "read"),
            ("overlap", "0"),
        ];
        let answer = browser.post(server, &path, &fields);
        assert_eq!(
            (answer.status, answer.text()),
            (404, absent.text()),
            "{path} {verb}"
        );
    }
    // All of it is as it was.
    assert_eq!(globex.judge(&token), "valid");
    let operator = globex
        .get(&format!("/api/company/operators/{foreign}"))
        .send();
    assert_eq!(operator.json()["status"], "active");

    // Explaining reveals nothing either, whatever is pasted.
    let page = browser.open(server, "/console/tokens/explain");
    let form = page.form("explain");
    let explained = |pasted: &str| {
        let answer = browser.send(server, &form, &[("token", pasted), ("do", "explain")]);
        answer.with_status(200);
        answer.text().to_owned()
    };
    let garbled = explained("garbled");
    assert!(garbled.contains("data-status=\"invalid\""));
    let mut forged = token.clone();
    forged.pop();
    for pasted in [token.as_str(), &jti, &forged, &text, "ak_live_AAAAAAAAAAAA"] {
        assert_eq!(explained(pasted), garbled);
        assert!(pasted.len() < 8 || !garbled.contains(pasted));
    }
}
