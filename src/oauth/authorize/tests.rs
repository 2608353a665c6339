//! The endpoint as a client sees it: parameters, client and session in, an answer out.

mod consent;
mod parameters;
mod sign_in;
mod target;

use std::time::Duration;

use proptest::prelude::*;

use super::super::parameters::pairs;
use super::*;
use crate::access::{Role, Roles, ScopeSet};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::client::{Client, ClientStatus, Known, Registration};
use crate::grant::Consent;
use crate::oauth::{ErrorCode, Parameters, Resources};

const NOW: Timestamp = Timestamp::from_seconds(10_000);
const CB: &str = "https://app.example.com/cb";
const ISSUER: &str = "https://id.example.com";
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
        consented_here: None,
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
    let resources = Resources::of(ISSUER, &client.settings, strings(&[API]));
    match read(&parameters, &client.settings, &resources, Source::Browser) {
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
    let shown = set("read write");
    let allowed = Facts {
        consented_here: Some(&shown),
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
        let shown = client.settings.scopes.clone();
        let facts = Facts {
            session: signed_in.then_some(session),
            consented_here: consented_here.then_some(&shown),
            ..facts(&roles)
        };
        if let Decision::Grant(granted) = decision_of(&client, &more, &facts) {
            prop_assert!(signed_in && organization == 7 && consented_here);
            prop_assert!(granted.scopes.is_within(&client.settings.scopes));
            let elsewhere = more.iter().any(|(name, value)| *name == "redirect_uri" && !["", CB].contains(value));
            prop_assert!(!elsewhere);
        }
    }
}
