//! Whether the operator is asked for consent, and for which scopes.

use super::*;

#[test]
fn consent_is_asked_for_a_scope_not_yet_allowed() {
    let (asks, roles) = (client(&registration()), roles());
    let asked = |scopes: &str| Decision::Ask(Ask::Consent(set(scopes)));
    let mut facts = facts(&roles);
    // Guide 003 sends no scope, and its page is shown. What it gets is the client's list without
    // `openid`.
    assert_eq!(decision_of(&asks, &[], &facts), asked("read write"));
    facts.consent = Consent::default().allow(&set("read"));
    let read = [("scope", "read")];
    assert!(matches!(
        decision_of(&asks, &read, &facts),
        Decision::Grant(_)
    ));
    assert_eq!(
        decision_of(&asks, &[("scope", "read write")], &facts),
        asked("read write")
    );
    assert_eq!(
        decision_of(&asks, &[("scope", "read"), ("prompt", "consent")], &facts),
        asked("read")
    );
    let silent = [("scope", "write"), ("prompt", "none")];
    assert_eq!(error_of(&asks, &silent, &facts), ErrorCode::ConsentRequired);
    let (shown, less) = (set("read write"), set("read"));
    facts.consented_here = Some(&less);
    let again = [("scope", "read write"), ("prompt", "consent")];
    assert_eq!(
        decision_of(&asks, &again, &facts),
        asked("read write"),
        "the page showed less than what would be granted now"
    );
    facts.consented_here = Some(&shown);
    let again = [("scope", "read write"), ("prompt", "consent")];
    assert!(matches!(
        decision_of(&asks, &again, &facts),
        Decision::Grant(_)
    ));
}

#[test]
fn a_client_that_skips_consent() {
    let roles = roles();
    let skip = Registration {
        consent: Some("skip".to_owned()),
        ..registration()
    };
    let facts = facts(&roles);
    assert!(matches!(
        decision_of(&client(&skip), &[], &facts),
        Decision::Grant(_)
    ));
    // Asked every time, skip or not: the redirect URI does not prove which app on the machine it is.
    let app = client(&Registration {
        auth_method: Some("none".to_owned()),
        redirect_uris: strings(&["http://127.0.0.1/cb", "com.example.app:/cb", CB]),
        ..skip
    });
    let pkce = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let to = |uri, more: &[(&'static str, &'static str)]| {
        let all = [&pkce[..], &[("redirect_uri", uri)], more].concat();
        decision_of(&app, &all, &facts)
    };
    for uri in ["http://127.0.0.1:51004/cb", "com.example.app:/cb"] {
        assert!(
            matches!(to(uri, &[]), Decision::Ask(Ask::Consent(_))),
            "{uri}"
        );
        let Decision::Redirect(error) = to(uri, &[("prompt", "none")]) else {
            panic!("{uri}");
        };
        assert_eq!(error.code, ErrorCode::ConsentRequired);
    }
    assert!(matches!(to(CB, &[]), Decision::Grant(_)));
}

#[test]
fn where_operators_are_limited_to_their_role_so_is_the_page() {
    let (client, roles) = (client(&registration()), roles());
    let mut facts = facts(&roles);
    facts.cap_scopes_by_role = true;
    let both = [("scope", "read write openid")];
    assert_eq!(
        decision_of(&client, &both, &facts),
        Decision::Ask(Ask::Consent(set("openid read")))
    );
    assert_eq!(
        error_of(&client, &[("scope", "write")], &facts),
        ErrorCode::InvalidScope
    );
}
