//! What a valid registration becomes. `errors.rs` has those that are refused.

mod errors;

use proptest::prelude::*;

use super::*;
use crate::base::OperatorId;
use crate::client::{
    AccessAlgorithm, AccessTokens, Authentication, ClientSettings, ConsentRule, GrantType,
    IntrospectRule, Profile, RedirectMatch, RefreshRetry, RefreshTokens, TokenFormat,
};

fn defined() -> ScopeSet {
    ScopeSet::parse("admin keys:verify read write").unwrap()
}

fn validate(registration: &Registration) -> Result<ClientSettings, RegistrationError> {
    let known = Known {
        scopes: &defined(),
        resources: &["https://api.example.com/".to_owned()],
        operator: registration.operator_id == Some(31),
    };
    registration.validate(&known)
}

fn named() -> Registration {
    Registration {
        name: Some("CRM".to_owned()),
        ..Registration::default()
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the members are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_name_is_all_that_is_needed() {
    let client = validate(&named()).unwrap();
    assert_eq!(client.authentication, Authentication::Secret);
    assert_eq!(
        client.grants,
        [GrantType::AuthorizationCode, GrantType::RefreshToken]
    );
    assert!(
        client.redirect_uris.is_empty() && client.scopes.is_empty() && client.audience.is_empty()
    );
    assert_eq!(
        client.access,
        AccessTokens {
            format: TokenFormat::Jwt,
            algorithm: AccessAlgorithm::Es256,
            seconds: 3_600,
        }
    );
    assert_eq!(
        client.refresh,
        RefreshTokens {
            seconds: 2_592_000,
            retry: RefreshRetry::Grace,
            grace_seconds: None,
        }
    );
    assert_eq!(client.redirect_match, RedirectMatch::Exact);
    assert_eq!(client.consent, ConsentRule::Ask);
    assert_eq!(client.introspect, IntrospectRule::Own);
    assert!(!client.must_use_pkce());
}

#[test]
fn the_profiles_of_the_guides() {
    let suitecrm = validate(&Registration {
        profile: some("suitecrm"),
        grants: Some(list(&["client_credentials", "password"])),
        operator_id: Some(31),
        ..named()
    })
    .unwrap();
    assert_eq!(suitecrm.access.algorithm, AccessAlgorithm::Rs256);
    assert_eq!(suitecrm.operator, Some(OperatorId(31)));
    let psdm = validate(&Registration {
        profile: some("psdm"),
        redirect_uris: list(&["http://www.oauth.net/2/"]),
        redirect_match: some("same-site"),
        allow_insecure_redirect: true,
        ..named()
    })
    .unwrap();
    assert_eq!(psdm.access.format, TokenFormat::Opaque);
    assert_eq!(
        (psdm.access.seconds, psdm.refresh.seconds),
        (31_536_000, 31_536_000)
    );
    assert!(psdm.has_redirect_uri("https://shop.oauth.net/back"));
    assert!(psdm.default_redirect_uri().is_none());
}

#[test]
fn a_public_client_uses_pkce_and_no_grant_that_a_credential_alone_opens() {
    let client = validate(&Registration {
        auth_method: some("none"),
        grants: Some(list(&[
            "authorization_code",
            "client_credentials",
            "token_exchange",
            "device_code",
        ])),
        redirect_uris: list(&["com.example.app:/cb"]),
        ..named()
    })
    .unwrap();
    assert!(client.must_use_pkce() && client.is_public());
    assert!(client.may_use(GrantType::AuthorizationCode) && client.may_use(GrantType::DeviceCode));
    assert!(
        !client.may_use(GrantType::ClientCredentials) && !client.may_use(GrantType::TokenExchange)
    );
    assert!(!client.may_use(GrantType::Password));
    assert_eq!(
        client.default_redirect_uri().unwrap().as_str(),
        "com.example.app:/cb"
    );
}

#[test]
fn a_client_names_the_resources_that_it_was_given_and_that_there_are() {
    let api = "https://api.example.com/";
    let there = list(&[api, "https://two.example.com/"]);
    let mut client = validate(&Registration {
        audience: list(&[api]),
        ..named()
    })
    .unwrap();
    assert!(client.may_name_resource(api, &there));
    assert!(!client.may_name_resource("https://two.example.com/", &there));
    assert!(!client.may_name_resource(api, &[]));
    client.audience = list(&["*"]);
    assert!(client.may_name_resource("https://two.example.com/", &there));
    assert!(!client.may_name_resource("*", &there));
    for uri in [api, "urn:example:api", "https://api.example.com/v1?x=1"] {
        assert!(is_resource_uri(uri), "{uri}");
    }
    for uri in [
        "",
        "api",
        "/v1",
        "https://api.example.com/#x",
        "https://api.example.com/ x",
    ] {
        assert!(!is_resource_uri(uri), "{uri}");
    }
}

#[test]
fn grants_by_the_parameter_of_the_token_endpoint() {
    for grant in GrantType::ALL {
        assert_eq!(GrantType::from_parameter(grant.parameter()), Some(grant));
    }
    for text in ["", "device_code", "implicit", "Authorization_Code"] {
        assert_eq!(GrantType::from_parameter(text), None, "{text}");
    }
}

fn word_of(words: Vec<&'static str>) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(words).prop_map(str::to_owned))
}

fn registrations() -> impl Strategy<Value = Registration> {
    let words = (
        word_of(vec!["client_secret", "none"]),
        word_of(vec!["exact", "same-site"]),
        word_of(vec!["standard", "suitecrm", "psdm"]),
        word_of(vec!["jwt", "opaque"]),
        word_of(vec!["ES256", "RS256", "EdDSA"]),
        word_of(vec!["ask", "skip"]),
        word_of(vec!["grace", "until-used"]),
        word_of(vec!["own", "organization"]),
    );
    let lists = (
        prop::sample::subsequence(
            vec![
                "https://a.example/cb",
                "http://localhost/cb",
                "http://a.example/",
                "a.b:/cb",
            ],
            0..3,
        ),
        prop::option::of(prop::sample::subsequence(GrantType::ALL.to_vec(), 0..6)),
        prop::sample::subsequence(vec!["read", "admin", "openid", "email"], 0..4),
    );
    let rest = (
        any::<[bool; 4]>(),
        prop::option::of(-1i64..100_000),
        prop::option::of(-1i64..100_000),
    );
    (words, lists, rest).prop_map(|(words, (uris, grants, scopes), (flags, seconds, grace))| {
        Registration {
            name: Some("Client".to_owned()),
            auth_method: words.0,
            redirect_match: words.1,
            profile: words.2,
            token_format: words.3,
            algorithm: words.4,
            consent: words.5,
            refresh_retry: words.6,
            introspect: words.7,
            redirect_uris: list(&uris),
            grants: grants.map(|grants| grants.iter().map(ToString::to_string).collect()),
            scopes: list(&scopes),
            allow_insecure_redirect: flags[0],
            require_pkce: flags[1],
            require_par: flags[2],
            dpop_bound: flags[3],
            access_token_seconds: seconds,
            refresh_grace_seconds: grace,
            ..Registration::default()
        }
    })
}

proptest! {
    #[test]
    fn what_is_valid_is_valid_again_as_its_own_registration(registration in registrations()) {
        if let Ok(client) = validate(&registration) {
            prop_assert_eq!(validate(&Registration::from(&client)), Ok(client.clone()));
            prop_assert!(!client.is_public() || client.must_use_pkce());
            prop_assert!(!client.is_public() || client.redirect_match == RedirectMatch::Exact);
            prop_assert!(client.profile != Profile::SuiteCrm || !client.scopes.names("openid"));
        }
    }
}
