//! The endpoint as a client sees it: parameters, client and session in, an answer out.

use std::time::Duration;

use proptest::prelude::*;

use super::super::parameters::pairs;
use super::*;
use crate::access::{Role, Roles, ScopeSet};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::client::{Client, ClientStatus, Known, Registration};
use crate::grant::Consent;
use crate::oauth::{ErrorCode, Parameters};

const NOW: Timestamp = Timestamp::from_seconds(10_000);
const CB: &str = "https://app.example.com/cb";
const API: &str = "https://api.example.com/";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn registration() -> Registration {
    Registration {
        name: Some("CRM".to_owned()),
        redirect_uris: strings(&[CB]),
        scopes: strings(&["read", "write", "openid"]),
        audience: strings(&[API]),
        ..Registration::default()
    }
}

fn client(registration: &Registration) -> Client {
    let known = Known {
        scopes: &set("admin keys:verify read write"),
        resources: &strings(&[API]),
        operator: false,
    };
    Client {
        organization: OrganizationId(7),
        id: "crm".parse().unwrap(),
        status: ClientStatus::Active,
        settings: registration.validate(&known).unwrap(),
        created_seq: crate::base::Sequence(0),
        created_at: NOW,
    }
}

fn public() -> Client {
    client(&Registration {
        auth_method: Some("none".to_owned()),
        redirect_uris: strings(&["http://127.0.0.1/cb"]),
        ..registration()
    })
}

fn roles() -> Roles {
    let customer = Role {
        scopes: set("read"),
        description: None,
    };
    Roles::new([("customer".to_owned(), customer)])
}

fn session() -> SignedIn<'static> {
    SignedIn {
        organization: OrganizationId(7),
        operator: OperatorId(31),
        role: Some("customer"),
        at: NOW.minus(Duration::from_secs(100)),
        for_this_request: false,
    }
}

fn facts(roles: &Roles) -> Facts<'_> {
    Facts {
        session: Some(session()),
        id_token_hint: IdTokenHint::Absent,
        consent: Consent::default(),
        consented_here: false,
        roles,
        cap_scopes_by_role: false,
        now: NOW,
    }
}

const LEAST: [(&str, &str); 3] = [
    ("response_type", "code"),
    ("client_id", "crm"),
    ("redirect_uri", CB),
];

/// What comes of the least request and `more`; a name of the least that is in `more` is replaced.
fn decision_of(client: &Client, more: &[(&str, &str)], facts: &Facts<'_>) -> Decision {
    let kept = LEAST
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    let sent: Vec<_> = kept.chain(more).copied().collect();
    let sent = pairs(&sent);
    let parameters = Parameters::new(&sent);
    let target = match client_id(&parameters).and_then(|_| target(&parameters, Some(client))) {
        Ok(target) => target,
        Err(page) => return Decision::Page(page),
    };
    match read(
        &parameters,
        &client.settings,
        &strings(&[API]),
        Source::Browser,
    ) {
        Ok(request) => decide(&request, &target, client, facts),
        Err(error) => Decision::Redirect(error),
    }
}

fn error_of(client: &Client, more: &[(&str, &str)], facts: &Facts<'_>) -> ErrorCode {
    match decision_of(client, more, facts) {
        Decision::Redirect(error) => error.code,
        other => panic!("{more:?}: {other:?}"),
    }
}

#[test]
fn signed_in_and_allowed() {
    let (client, roles) = (client(&registration()), roles());
    let allowed = Facts {
        consented_here: true,
        ..facts(&roles)
    };
    let Decision::Grant(granted) = decision_of(&client, &[("scope", "read write")], &allowed)
    else {
        panic!("no code");
    };
    assert_eq!(granted.operator, OperatorId(31));
    assert_eq!(granted.scopes, set("read write"));
    assert_eq!(granted.signed_in_at, session().at);
}

#[test]
fn what_is_a_page_and_never_a_redirect() {
    let (mut client, roles) = (client(&registration()), roles());
    let facts = facts(&roles);
    for (more, page) in [
        (vec![("client_id", "")], PageError::Client),
        (
            vec![("client_id", "crm"), ("client_id", "crm")],
            PageError::Client,
        ),
        (
            vec![("redirect_uri", "https://evil.example/")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://a@@app.example.com/cb")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://app.example.com/cb/..;/evil")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://app.example.com.evil.example/")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", CB), ("redirect_uri", CB)],
            PageError::RedirectUri,
        ),
        // Whatever else is wrong.
        (
            vec![("redirect_uri", "x"), ("response_type", "token")],
            PageError::RedirectUri,
        ),
    ] {
        assert_eq!(
            decision_of(&client, &more, &facts),
            Decision::Page(page),
            "{more:?}"
        );
    }
    for status in [ClientStatus::Disabled, ClientStatus::Deleted] {
        client.status = status;
        assert_eq!(
            decision_of(&client, &[], &facts),
            Decision::Page(PageError::Client)
        );
    }
    let nobody = pairs(&LEAST);
    assert_eq!(
        target(&Parameters::new(&nobody), None),
        Err(PageError::Client)
    );
}

#[test]
fn a_redirect_uri_may_be_left_out_where_there_is_only_one() {
    let sent = pairs(&LEAST[..2]);
    let parameters = Parameters::new(&sent);
    let one = target(&parameters, Some(&client(&registration()))).unwrap();
    assert_eq!(
        (one.redirect_uri.as_str(), one.redirect_uri_given),
        (CB, false)
    );
    for redirect_uris in [strings(&[]), strings(&[CB, "https://app.example.com/cb2"])] {
        let client = client(&Registration {
            redirect_uris,
            ..registration()
        });
        assert_eq!(
            target(&parameters, Some(&client)),
            Err(PageError::RedirectUri)
        );
    }
    let same_site = client(&Registration {
        redirect_match: Some("same-site".to_owned()),
        ..registration()
    });
    assert_eq!(
        target(&parameters, Some(&same_site)),
        Err(PageError::RedirectUri)
    );
}

#[test]
fn state_comes_back_as_it_was() {
    let client = client(&registration());
    let state = |value: &str| {
        let sent = pairs(&[&LEAST[..], &[("state", value)]].concat());
        target(&Parameters::new(&sent), Some(&client))
            .unwrap()
            .state
    };
    for text in ["1212", " a+b&c=%20 ", "\u{e4}\u{1f600}", &"x".repeat(2_048)] {
        assert_eq!(state(text).as_deref(), Some(text));
    }
    assert_eq!(state(""), None);
    assert_eq!(state(&"x".repeat(2_049)), None);
    let roles = roles();
    let long = "x".repeat(2_049);
    assert_eq!(
        error_of(&client, &[("state", &long)], &facts(&roles)),
        ErrorCode::InvalidRequest
    );
}

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
    for name in [("resource", API), ("unknown", "x")] {
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
    let accepted = read(
        &Parameters::new(&sent),
        &pushes.settings,
        &[],
        Source::Pushed,
    );
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
fn signing_in() {
    let (client, roles) = (client(&registration()), roles());
    let sign_in = Decision::Ask(Ask::SignIn);
    let nobody = Facts {
        session: None,
        ..facts(&roles)
    };
    let elsewhere = Facts {
        session: Some(SignedIn {
            organization: OrganizationId(8),
            ..session()
        }),
        ..facts(&roles)
    };
    for facts in [&nobody, &elsewhere] {
        assert_eq!(decision_of(&client, &[], facts), sign_in);
        assert_eq!(
            error_of(&client, &[("prompt", "none")], facts),
            ErrorCode::LoginRequired
        );
    }
    let there = facts(&roles);
    assert_eq!(
        decision_of(&client, &[("prompt", "login")], &there),
        sign_in
    );
    assert_eq!(decision_of(&client, &[("max_age", "99")], &there), sign_in);
    assert_ne!(decision_of(&client, &[("max_age", "100")], &there), sign_in);
    assert_eq!(
        error_of(&client, &[("prompt", "none"), ("max_age", "0")], &there),
        ErrorCode::LoginRequired
    );
    // Once is enough.
    let just_now = Facts {
        session: Some(SignedIn {
            for_this_request: true,
            ..session()
        }),
        ..facts(&roles)
    };
    for more in [("prompt", "login"), ("max_age", "0")] {
        assert_ne!(decision_of(&client, &[more], &just_now), sign_in);
    }
}

#[test]
fn the_subject_of_an_id_token_hint_must_be_the_one_signed_in() {
    let (client, roles) = (client(&registration()), roles());
    let hinted = |id_token_hint| Facts {
        id_token_hint,
        ..facts(&roles)
    };
    let own = hinted(IdTokenHint::Of(OperatorId(31)));
    assert!(matches!(
        decision_of(&client, &[], &own),
        Decision::Ask(Ask::Consent(_))
    ));
    let other = hinted(IdTokenHint::Of(OperatorId(32)));
    assert_eq!(error_of(&client, &[], &other), ErrorCode::LoginRequired);
    assert_eq!(
        error_of(&client, &[("prompt", "none")], &other),
        ErrorCode::LoginRequired
    );
    let bad = hinted(IdTokenHint::Bad);
    assert_eq!(error_of(&client, &[], &bad), ErrorCode::InvalidRequest);
    let nobody = Facts {
        session: None,
        ..other
    };
    assert_eq!(
        decision_of(&client, &[], &nobody),
        Decision::Ask(Ask::SignIn)
    );
}

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
    facts.consented_here = true;
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
    // Asked every time, skip or not: nobody can tell which app on the machine it is.
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
    let request = read(
        &Parameters::new(&sent),
        &psdm.settings,
        &[],
        Source::Browser,
    )
    .unwrap();
    assert_eq!(request.view, View::Web);
}

proptest! {
    /// Whatever is sent: no code without a session of the client's organization, and none anywhere
    /// but to the client.
    #[test]
    fn no_code_for_anybody_else(
        more in prop::collection::vec((
            prop::sample::select(vec!["scope", "state", "prompt", "max_age", "redirect_uri", "response_type", "resource", "nonce", "x"]),
            prop::sample::select(vec!["", "read", "none", "login", "code", "0", "9999", CB, "https://evil.example/", API, "a b"]),
        ), 0..6),
        organization in 7i64..9, signed_in: bool, consented_here: bool, here: bool,
    ) {
        let (client, roles) = (client(&registration()), roles());
        let session = SignedIn { organization: OrganizationId(organization), for_this_request: here, ..session() };
        let facts = Facts { session: signed_in.then_some(session), consented_here, ..facts(&roles) };
        if let Decision::Grant(granted) = decision_of(&client, &more, &facts) {
            prop_assert!(signed_in && organization == 7 && consented_here);
            prop_assert!(granted.scopes.is_within(&client.settings.scopes));
            let elsewhere = more.iter().any(|(name, value)| *name == "redirect_uri" && !["", CB].contains(value));
            prop_assert!(!elsewhere);
        }
    }
}
