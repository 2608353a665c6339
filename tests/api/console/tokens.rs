//! Tokens: the list, one token, explaining, revoking.

use super::*;
use crate::support::on_both;

/// Returns the id of a token.
pub(super) fn jti(token: &str) -> String {
    let payload = lanyard::token::payload(token).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

on_both!(selected_tokens_are_revoked_and_explained);
fn selected_tokens_are_revoked_and_explained(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (one, other, third) = (
        acme.token_for(lan),
        acme.token_for(lan),
        acme.token_for(lan),
    );
    let browser = admin(server, &acme);
    let page = browser.open(server, &format!("/console/tokens?operator={lan}"));
    check_page(&page);
    assert_eq!(page.html().matches("<tr data-id").count(), 3);
    let path = format!(
        "/console/tokens/revoke?jti={}&jti={}",
        jti(&one),
        jti(&other)
    );
    let page = browser.open(server, &path);
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "2");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke")]);
    let done = browser.follow(server, &answer);
    assert!(done.text_of("receipt").contains("2 tokens are revoked."));
    assert_eq!(acme.judge(&one), "Token revoked");
    assert_eq!(acme.judge(&other), "Token revoked");
    assert_eq!(acme.judge(&third), "valid");

    let explain = |pasted: &str| {
        let fields = [("token", pasted), ("do", "explain")];
        let answer = browser.submit(server, "/console/tokens/explain", "explain", &fields);
        answer.with_status(200);
        let page = Page { answer };
        check_page(&page);
        assert!(!page.html().contains(pasted) || pasted.len() == 36);
        page
    };
    for pasted in [one.as_str(), &jti(&one)] {
        let page = explain(pasted);
        assert_eq!(page.data("verdict", "data-status").unwrap(), "revoked");
        assert_eq!(page.data("verdict", "data-reason").unwrap(), "token");
        assert!(page.html().contains("It was revoked. Ask for a new one."));
        assert!(page.html().contains("operator:"), "who did it");
    }
    assert_eq!(
        explain(&third).data("verdict", "data-status").unwrap(),
        "valid"
    );
    server.run(90_000);
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let fields = [("token", third.as_str()), ("do", "explain")];
    let answer = browser.submit(server, "/console/tokens/explain", "explain", &fields);
    let page = Page { answer };
    assert_eq!(page.data("verdict", "data-status").unwrap(), "expired");
    let empty = browser.submit(
        server,
        "/console/tokens/explain",
        "explain",
        &[("do", "explain")],
    );
    empty.with_status(422);
}

on_both!(header_and_claims_are_shown_and_never_the_signature);
fn header_and_claims_are_shown_and_never_the_signature(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let browser = admin(server, &acme);
    let explain = |pasted: &str| {
        let fields = [("token", pasted), ("do", "explain")];
        let answer = browser.submit(server, "/console/tokens/explain", "explain", &fields);
        Page { answer }
    };
    let page = explain(&token);
    check_page(&page);
    let row = |table: &str, member: &str| {
        let table = page.html().split(&format!("data-testid=\"{table}\"")).nth(1).unwrap();
        let table = table.split("</table>").next().unwrap();
        let row = table.split(&format!("<tr data-id=\"{member}\">")).nth(1).unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    assert!(row("explain-token-header", "alg").contains("<code>EdDSA</code>"));
    assert!(row("explain-token-claims", "jti").contains(&jti(&token)));
    let signature = token.rsplit('.').next().unwrap();
    assert!(!page.html().contains(signature));
    // An id has no text, and what is not of the organization shows nothing.
    for other in [jti(&token), server.organization("other").token.clone()] {
        assert!(explain(&other).tag("explain-token-claims").is_none(), "{other}");
    }
    let form = page.html().split("<textarea id=\"token\"").nth(1).unwrap();
    let form = form.split('>').next().unwrap();
    assert!(form.contains("autocomplete=\"off\" spellcheck=\"false\""));
    browser
        .get(server, &format!("/console/tokens/explain?token={token}"))
        .with_status(200);
    let by_get = browser.open(server, &format!("/console/tokens/explain?token={token}"));
    assert!(by_get.tag("verdict").is_none(), "POST only");
}

on_both!(the_page_of_a_token_says_what_the_ledger_has);
fn the_page_of_a_token_says_what_the_ledger_has(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let browser = admin(server, &acme);
    let page = browser.open(server, &format!("/console/tokens/{}", jti(&token)));
    check_page(&page);
    assert_eq!(page.data("verdict", "data-status").unwrap(), "valid");
    assert!(page.html().contains(&jti(&acme.token)), "its parent");
    let company = browser.open(server, &format!("/console/tokens/{}", jti(&acme.token)));
    check_page(&company);
    for kind in [
        "company", "operator", "session", "access", "refresh", "console",
    ] {
        let page = browser.open(server, &format!("/console/tokens?kind={kind}"));
        check_page(&page);
        let rows = page.html().matches("<tr data-id").count();
        assert_eq!(
            rows > 0,
            ["company", "operator", "console"].contains(&kind),
            "{kind}"
        );
    }
}

on_both!(a_console_session_is_no_credential);
fn a_console_session_is_no_credential(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let sessions = browser.open(server, "/console/sessions");
    let row = sessions.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap();
    let line = acme.get(&format!("/api/company/tokens/{session}")).send();
    assert_eq!(line.with_status(200).json()["kind"], "console");
    for text in [session, &browser.cookie("lanyard_console").unwrap()] {
        let verdict = acme.verdict(text);
        assert_eq!(verdict["isValid"], false);
    }
    // The API can revoke it, and then it opens no page.
    acme.post(&format!("/api/company/tokens/{session}/revoke"))
        .send()
        .with_status(204);
    browser.get(server, "/console").with_status(303);
}
