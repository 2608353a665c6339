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
        let table = page
            .html()
            .split(&format!("data-testid=\"{table}\""))
            .nth(1)
            .unwrap();
        let table = table.split("</table>").next().unwrap();
        let row = table
            .split(&format!("<tr data-id=\"{member}\">"))
            .nth(1)
            .unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    let alg = row("explain-token-header", "alg");
    assert!(alg.contains("<code>HS256</code>"), "{alg}");
    assert!(row("explain-token-claims", "jti").contains(&jti(&token)));
    let signature = token.rsplit('.').next().unwrap();
    assert!(!page.html().contains(signature));
    // An id has no text, and what is not of the organization shows nothing.
    for other in [jti(&token), server.organization("other").token.clone()] {
        assert!(
            explain(&other).tag("explain-token-claims").is_none(),
            "{other}"
        );
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

on_both!(tokens_are_found_by_parent_address_use_and_state);
fn tokens_are_found_by_parent_address_use_and_state(server: &Server) {
    use super::lists::ids;
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let other = acme.another_token();
    let first = acme.token_for(lan);
    let by_other = acme.with_token(&other).token_for(lan);
    let far = server
        .post("/api/operator/get-token")
        .bearer(&acme.token)
        .from([127, 0, 0, 9])
        .json(&json!({"id": lan}))
        .send()
        .with_status(200)
        .string();
    acme.post(&format!("/api/company/tokens/{}/revoke", jti(&first)))
        .send()
        .with_status(204);
    let browser = admin(server, &acme);
    let found = |query: &str| {
        let page = browser.open(server, &format!("/console/tokens?kind=operator&{query}"));
        check_page(&page);
        assert!(page.tag("ignored").is_none(), "{query}");
        let mut found = ids(&page);
        found.sort();
        found
    };
    let all = |tokens: &[&String]| {
        let mut all: Vec<_> = tokens.iter().map(|token| jti(token)).collect();
        all.sort();
        all
    };
    assert_eq!(found("state=live"), all(&[&by_other, &far]));
    assert_eq!(found("state=all"), all(&[&first, &by_other, &far]));
    let parent = format!("parent={}", jti(&other));
    assert_eq!(found(&parent), all(&[&by_other]));
    assert_eq!(found("address=127.0.0.9"), all(&[&far]));
    assert_eq!(found(&format!("{parent}&address=127.0.0.9")), all(&[]));
    let page = browser.open(server, "/console/tokens?kind=operator&state=all");
    let row = |token: &str| {
        let row = page
            .html()
            .split(&format!("<tr data-id=\"{}\">", jti(token)))
            .nth(1)
            .unwrap();
        row.split("</tr>").next().unwrap().to_owned()
    };
    let state = |token: &str| {
        let cell = row(token);
        let cell = cell
            .split("data-label=\"Status\">")
            .nth(1)
            .unwrap()
            .to_owned();
        cell.split('>')
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        (state(&first), state(&far)),
        ("revoked".to_owned(), "valid".to_owned())
    );
    assert!(row(&far).contains("<code>127.0.0.9</code>"));
    // A company token that nobody uses.
    server.wait(10 * 86_400);
    let late = acme.another_token();
    acme.with_token(&late).judge("x");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let page = browser.open(server, "/console/tokens?kind=operator&state=all");
    for (token, word) in [(&first, "revoked"), (&far, "expired")] {
        let html = page.html();
        let row = html
            .split(&format!("<tr data-id=\"{}\">", jti(token)))
            .nth(1);
        let row = row.unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(&format!(">{word}<")), "{row}");
    }
    let unused = |days: u32| {
        let page = browser.open(
            server,
            &format!("/console/tokens?kind=company&unused={days}"),
        );
        check_page(&page);
        ids(&page)
    };
    assert!(unused(7).contains(&jti(&other)) && !unused(7).contains(&jti(&late)));
    assert!(unused(30).is_empty());
    let odd = "kind=odd&operator=x&parent=x&address=x&unused=0&state=odd";
    let page = browser.open(server, &format!("/console/tokens?{odd}"));
    let names = "kind, operator, parent, address, unused, state";
    assert!(page.text_of("ignored").contains(names), "{}", page.html());
}

on_both!(a_session_that_was_signed_out_is_listed_as_expired);
fn a_session_that_was_signed_out_is_listed_as_expired(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    // A session that was signed out has no row, and is not revoked.
    server.wait(60);
    let out = Browser::signed_in(server, "acme/olga", PASSWORD);
    let csrf = out.open(server, "/console/sessions");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
    out.post(server, "/console/sign-out", &fields)
        .with_status(303);
    let states = |query: &str| {
        let page = browser.open(server, &format!("/console/tokens?{query}&state=all"));
        let cells = page.html().split("data-label=\"Status\">").skip(1);
        let word = |cell: &str| {
            let word = cell.split('>').nth(1).unwrap();
            word.split('<').next().unwrap().to_owned()
        };
        cells.map(word).collect::<Vec<_>>()
    };
    assert_eq!(states("kind=console"), ["expired", "valid"]);
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
