//! Authorization requests: whatever the parameters are, the answer goes to a redirect URI of the
//! client, `state` is returned unchanged, and an accepted request contains nothing that the client
//! may not have.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use lanyard::access::ScopeSet;
use lanyard::base::{OrganizationId, Sequence, Timestamp};
use lanyard::client::{Client, ClientStatus, Known, Registration};
use lanyard::oauth::{Parameters, Resources};
use lanyard::oauth::authorize::{Answer, Source, client_id, read, target, url};
use libfuzzer_sys::fuzz_target;
use url::Url;

#[derive(Debug, Arbitrary)]
struct Attempt {
    parameters: Vec<(u8, String)>,
    well_formed: bool,
    public: bool,
    pushed: bool,
}

const NAMES: [&str; 12] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "prompt",
    "max_age",
    "nonce",
    "resource",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
];

const ISSUER: &str = "https://id.example.com";

const CB: &str = "https://app.example.com/cb?tenant=7";

fn client(method: &str) -> Client {
    let registration = Registration {
        name: Some("Client".to_owned()),
        auth_method: Some(method.to_owned()),
        redirect_uris: vec![CB.to_owned()],
        scopes: vec!["read".to_owned(), "openid".to_owned()],
        ..Registration::default()
    };
    let known = Known {
        scopes: &ScopeSet::parse("read").unwrap(),
        resources: &[],
        operator: false,
    };
    Client {
        organization: OrganizationId(7),
        id: "client".parse().unwrap(),
        status: ClientStatus::Active,
        settings: registration.validate(&known).unwrap(),
        created_seq: Sequence(1),
        created_at: Timestamp::from_seconds(0),
    }
}

static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| [client("client_secret"), client("none")]);

fuzz_target!(|attempt: Attempt| {
    let client = &CLIENTS[usize::from(attempt.public)];
    let mut pairs: Vec<(String, String)> = Vec::new();
    if attempt.well_formed {
        pairs.push(("response_type".to_owned(), "code".to_owned()));
        pairs.push(("client_id".to_owned(), "client".to_owned()));
    }
    let more = attempt.parameters.into_iter();
    pairs.extend(more.map(|(name, value)| (NAMES[usize::from(name) % NAMES.len()].to_owned(), value)));
    let parameters = Parameters::new(&pairs);
    let _ = client_id(&parameters);
    let Ok(target) = target(&parameters, Some(client)) else { return };
    assert_eq!(target.redirect_uri, CB);
    let source = if attempt.pushed { Source::Pushed } else { Source::Browser };
    let resources = Resources::of(ISSUER, &client.settings, Vec::new());
    let request = read(&parameters, &client.settings, &resources, source);
    let answer = match &request {
        Ok(_) => Answer::Code("abc"),
        Err(error) => Answer::Error(error),
    };
    let text = url(&target.redirect_uri, answer, target.state.as_deref(), ISSUER);
    assert!(text.is_ascii() && text.starts_with(CB), "{text}");
    let seen = Url::parse(&text).unwrap();
    let state = seen.query_pairs().find(|(name, _)| name == "state");
    assert_eq!(state.map(|(_, value)| value.into_owned()), target.state);
    if let Ok(request) = request {
        assert!(request.scopes.is_none_or(|scopes| scopes.is_within(&client.settings.scopes)));
        assert!(request.resources.iter().all(|resource| resource == ISSUER));
        assert!(request.challenge.is_some() || !attempt.public);
    }
});
