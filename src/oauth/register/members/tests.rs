use proptest::prelude::*;
use serde_json::json;

use super::*;

const OFFER: Offer<'_> = Offer {
    grants: &[
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::ClientCredentials,
    ],
    methods: &["client_secret_basic", "client_secret_post", "none"],
};

fn read(members: &Value) -> Result<Asked, OAuthError> {
    Asked::read(members.as_object().unwrap(), &OFFER)
}

#[test]
fn the_defaults_of_rfc_7591() {
    let asked = read(&json!({"redirect_uris": ["https://a.example.com/cb"]})).unwrap();
    assert_eq!(asked.method, "client_secret_basic");
    let registration = asked.registration;
    assert_eq!(registration.grants.unwrap(), ["authorization_code"]);
    assert_eq!(registration.auth_method.unwrap(), "client_secret");
    assert_eq!(registration.redirect_uris, ["https://a.example.com/cb"]);
    assert_eq!(registration.scopes, Scope::IDENTITY);
}

#[test]
fn what_this_service_lacks_is_refused_and_what_it_does_not_know_is_ignored() {
    let with = |member: &str, value: Value| {
        let mut members = json!({"redirect_uris": ["https://a.example.com/cb"]});
        members[member] = value;
        read(&members)
    };
    for (member, value) in [
        ("jwks_uri", json!("https://a.example.com/jwks")),
        ("software_statement", json!("eyJ")),
        ("grant_types", json!(["implicit"])),
        (
            "grant_types",
            json!(["urn:ietf:params:oauth:grant-type:device_code"]),
        ),
        ("grant_types", json!("authorization_code")),
        ("response_types", json!(["token"])),
        ("response_types", json!([])),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_method", json!(1)),
        ("id_token_signed_response_alg", json!("none")),
        ("subject_type", json!("pairwise")),
        ("scope", json!("read admin")),
        ("scope", json!(["read"])),
        ("client_name", json!(7)),
        ("jwks", json!("x")),
        ("dpop_bound_access_tokens", json!("yes")),
    ] {
        let error = with(member, value.clone()).unwrap_err();
        assert_eq!(
            error.code,
            ErrorCode::InvalidClientMetadata,
            "{member} {value}"
        );
    }
    let plain = with("client_name", json!(null)).unwrap();
    for (member, value) in [
        ("logo_uri", json!("http://127.0.0.1/logo")),
        ("policy_uri", json!(9)),
        ("contacts", json!(["lan@example.com"])),
        ("jwks_uri", json!(null)),
        ("introspect", json!("organization")),
        ("profile", json!("psdm")),
        ("consent", json!("skip")),
    ] {
        assert_eq!(with(member, value).unwrap(), plain, "{member}");
    }
}

#[test]
fn redirect_uris_have_a_code_of_their_own() {
    for members in [
        json!({}),
        json!({"redirect_uris": []}),
        json!({"redirect_uris": "https://a.example.com/cb"}),
        json!({"redirect_uris": [1]}),
    ] {
        assert_eq!(
            read(&members).unwrap_err().code,
            ErrorCode::InvalidRedirectUri
        );
    }
    read(&json!({"grant_types": ["client_credentials"], "response_types": []})).unwrap();
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(Value::from)
    })
}

proptest! {
    #[test]
    fn no_member_gives_more_than_the_organization_offers(
        members in prop::collection::btree_map(
            prop::sample::select(vec![
                "redirect_uris", "grant_types", "scope", "client_name", "jwks",
                "token_endpoint_auth_method", "response_types", "profile", "consent", "introspect",
            ]),
            value(),
            0..8,
        ),
    ) {
        let members: Map<String, Value> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Ok(asked) = Asked::read(&members, &OFFER) {
            prop_assert!(OFFER.methods.contains(&asked.method));
            let registration = asked.registration;
            prop_assert!(registration.consent.is_none() && registration.introspect.is_none());
            prop_assert!(registration.profile.is_none() && registration.operator_id.is_none());
            prop_assert!(!registration.scopes.iter().any(|scope| scope == "admin"));
        }
    }
}
