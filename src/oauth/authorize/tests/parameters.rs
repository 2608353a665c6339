//! The parameters of a request, and what is refused with a redirect to the client.

use super::*;

#[test]
fn every_other_fault_is_sent_to_the_client() {
    let (client, roles) = (client(&registration()), roles());
    let facts = facts(&roles);
    let s256 = ("code_challenge_method", "S256");
    let challenge = ("code_challenge", CHALLENGE);
    for (code, requests) in [
        (
            ErrorCode::InvalidRequest,
            vec![
                vec![("response_type", "")],
                vec![("response_mode", "fragment")],
                vec![("response_mode", "form_post")],
                vec![("prompt", "create")],
                vec![("prompt", "none login")],
                vec![("max_age", "-1")],
                vec![("max_age", "1.5")],
                vec![("max_age", "99999999999999999999")],
                vec![challenge],
                vec![challenge, ("code_challenge_method", "plain")],
                vec![s256],
                vec![("code_challenge", "short"), s256],
                vec![("dpop_jkt", "short")],
            ],
        ),
        (
            ErrorCode::UnsupportedResponseType,
            vec![
                vec![("response_type", "token")],
                vec![("response_type", "code id_token")],
            ],
        ),
        (
            ErrorCode::RequestNotSupported,
            vec![vec![("request", "e30.e30.")]],
        ),
        (
            ErrorCode::InvalidScope,
            vec![
                vec![("scope", "read delete")],
                vec![("scope", "admin")],
                vec![("scope", "\"")],
            ],
        ),
        (
            ErrorCode::InvalidTarget,
            vec![
                vec![("resource", "https://other.example/")],
                vec![("resource", API), ("resource", "x")],
            ],
        ),
    ] {
        for more in requests {
            assert_eq!(error_of(&client, &more, &facts), code, "{more:?}");
        }
    }
}

#[test]
fn every_parameter_twice() {
    let (client, roles) = (client(&registration()), roles());
    for name in [
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "view",
        "code_challenge",
        "code_challenge_method",
        "dpop_jkt",
    ] {
        let value = if name == "response_type" {
            "code"
        } else {
            "read"
        };
        let code = error_of(&client, &[(name, value), (name, value)], &facts(&roles));
        assert_eq!(code, ErrorCode::InvalidRequest, "{name}");
    }
    // RFC 8707 lets this one repeat; and what is unknown does nothing.
    for name in [("resource", API), ("resource", ISSUER), ("unknown", "x")] {
        let decision = decision_of(&client, &[name, name], &facts(&roles));
        assert!(matches!(decision, Decision::Ask(_)), "{decision:?}");
    }
}

#[test]
fn what_a_client_must_do() {
    let roles = roles();
    let facts = facts(&roles);
    let no_codes = client(&Registration {
        grants: Some(strings(&["client_credentials"])),
        ..registration()
    });
    assert_eq!(
        error_of(&no_codes, &[], &facts),
        ErrorCode::UnauthorizedClient
    );
    let pushes = client(&Registration {
        require_par: true,
        ..registration()
    });
    assert_eq!(error_of(&pushes, &[], &facts), ErrorCode::InvalidRequest);
    let sent = pairs(&LEAST);
    let resources = Resources::of(ISSUER, &pushes.settings, Vec::new());
    let sent = Parameters::new(&sent);
    let accepted = read(&sent, &pushes.settings, &resources, Source::Pushed);
    assert!(accepted.is_ok());
    let loopback = ("redirect_uri", "http://127.0.0.1:51004/cb");
    assert_eq!(
        error_of(&public(), &[loopback], &facts),
        ErrorCode::InvalidRequest
    );
    let pkce = client(&Registration {
        require_pkce: true,
        ..registration()
    });
    assert_eq!(error_of(&pkce, &[], &facts), ErrorCode::InvalidRequest);
}

#[test]
fn what_the_guides_send() {
    let roles = roles();
    // Guide 003, with `view`; guide 000, with two scopes.
    let psdm = client(&Registration {
        profile: Some("psdm".to_owned()),
        redirect_uris: strings(&["http://www.oauth.net/2/"]),
        allow_insecure_redirect: true,
        ..registration()
    });
    let sent = [
        ("redirect_uri", "http://www.oauth.net/2/"),
        ("state", "1212"),
        ("view", "web"),
    ];
    assert!(matches!(
        decision_of(&psdm, &sent, &facts(&roles)),
        Decision::Ask(Ask::Consent(_))
    ));
    let sent = pairs(&[&LEAST[..], &[("view", "paper")]].concat());
    let parameters = Parameters::new(&sent);
    let resources = Resources::of(ISSUER, &psdm.settings, Vec::new());
    let request = read(&parameters, &psdm.settings, &resources, Source::Browser);
    assert!(request.is_ok());
}
