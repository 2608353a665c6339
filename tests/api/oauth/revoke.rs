//! Revocation by clients: their own tokens only, on every node.

use serde_json::json;

use super::world::{client, error, organization, tokens};
use crate::support::{Server, on_both};

on_both!(a_refresh_token_is_revoked_with_its_family);
fn a_refresh_token_is_revoked_with_its_family(server: &Server) {
    let other_node = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for members in [
        json!({}),
        json!({"tokenFormat": "opaque"}),
        json!({"authMethod": "none"}),
    ] {
        let shop = client(server, &acme, &members);
        other_node.follow();
        let api = client(server, &acme, &json!({"introspect": "organization"}));
        other_node.follow();
        let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
        let (second_access, second) = tokens(&shop.refresh(&refresh));
        let active = |token: &str| {
            let asked = [("token", token)];
            let answers = [server, other_node].map(|node| {
                let answer = api.post_to(node, "/oauth/introspect", &asked);
                answer.with_status(200).json()["active"] == true
            });
            assert_eq!(answers[0], answers[1]);
            answers[0]
        };
        assert!([&access, &second_access, &second].map(|one| active(one)) == [true; 3]);
        // An access token alone.
        let answer = shop.post("/oauth/revoke", &[("token", &access)]);
        assert_eq!(answer.with_status(200).text(), "");
        assert!(answer.header("revocation-sequence").is_some());
        assert!([&access, &second_access, &second].map(|one| active(one)) == [false, true, true]);
        // The family, at the other node; the hint is wrong.
        let sent = [
            ("token", second.as_str()),
            ("token_type_hint", "access_token"),
        ];
        let answer = shop.post_to(other_node, "/oauth/revoke", &sent);
        assert_eq!(answer.with_status(200).text(), "");
        assert!(answer.header("revocation-sequence").is_some());
        assert!([&access, &second_access, &second].map(|one| active(one)) == [false; 3]);
        assert_eq!(
            error(&shop.refresh(&second)),
            (400, "invalid_grant".to_owned())
        );
        // Again: it was revoked before, and the receipt says that this holds.
        let answer = shop.post("/oauth/revoke", &[("token", &second)]);
        assert!(
            answer
                .with_status(200)
                .header("revocation-sequence")
                .is_some()
        );
    }
}

on_both!(what_the_end_of_an_operator_revoked_is_not_revoked_again);
fn what_the_end_of_an_operator_revoked_is_not_revoked_again(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    for token in [&access, &refresh] {
        let answer = shop.post("/oauth/revoke", &[("token", token)]);
        let sequence = answer.with_status(200).header("revocation-sequence");
        assert!(sequence.is_some());
    }
    for action in ["grant.revoked", "token.revoked"] {
        let audit = acme
            .get(&format!("/api/company/audit?action={action}"))
            .send();
        assert_eq!(audit.items().len(), 0, "{action}");
    }
}

on_both!(what_is_not_the_clients_own_is_as_if_unknown);
fn what_is_not_the_clients_own_is_as_if_unknown(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let other = client(server, &acme, &json!({}));
    let (access, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let unknown = other.post("/oauth/revoke", &[("token", "nonsense")]);
    assert_eq!(unknown.with_status(200).header("revocation-sequence"), None);
    for token in [&access, &refresh, &acme.token, &acme.token_for(lan)] {
        let answer = other.post("/oauth/revoke", &[("token", token)]);
        assert_eq!(answer.bytes(), unknown.bytes());
    }
    assert!(shop.is_active(&access) && shop.is_active(&refresh));
    assert_eq!(acme.judge(&acme.token_for(lan)), "valid");

    let empty = shop.post("/oauth/revoke", &[("token", "")]);
    assert_eq!(error(&empty), (400, "invalid_request".to_owned()));
    let mut thief = shop.clone();
    thief.secret = Some("wrong".to_owned());
    let answer = thief.post("/oauth/revoke", &[("token", &access)]);
    assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
    assert!(shop.is_active(&access));
}
