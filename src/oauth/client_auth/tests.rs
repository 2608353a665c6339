use super::super::parameters::pairs;
use super::*;
use crate::access::ScopeSet;
use crate::base::{Digest, OrganizationId};
use crate::client::{ClientStatus, Known, Registration};
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_seconds(1_000);

fn header(credential: &str) -> String {
    format!("Basic {}", STANDARD.encode(credential))
}

fn presented(authorization: &[&str], body: &[(&str, &str)]) -> Result<Presented, ErrorCode> {
    read(authorization, &Parameters::new(&pairs(body))).map_err(|error| error.code)
}

fn secret(id: &str, secret: &str) -> Presented {
    Presented::Secret {
        id: id.parse().unwrap(),
        secret: Zeroizing::new(secret.to_owned()),
    }
}

#[test]
fn basic_or_the_body() {
    let expected = Ok(secret("client", "s3cret"));
    assert_eq!(presented(&[&header("client:s3cret")], &[]), expected);
    assert_eq!(
        presented(&[&header("client:s3cret")], &[("client_id", "client")]),
        expected
    );
    assert_eq!(
        presented(&[&header("client:s3cret").replace("Basic", "basic")], &[]),
        expected
    );
    let body = [("client_id", "client"), ("client_secret", "s3cret")];
    assert_eq!(presented(&[], &body), expected);
    let id = "client".parse().unwrap();
    assert_eq!(
        presented(&[], &[("client_id", "client")]),
        Ok(Presented::Public { id })
    );
    let assertion = [
        ("client_assertion", "a.b.c"),
        ("client_assertion_type", JWT_BEARER),
    ];
    assert_eq!(
        presented(&[], &assertion),
        Ok(Presented::Assertion {
            id: None,
            assertion: "a.b.c".to_owned(),
        })
    );
}

#[test]
fn both_halves_of_basic_are_form_decoded() {
    let every_byte = |text: &str| {
        let bytes = text.bytes().map(percent_encoding::percent_encode_byte);
        bytes.collect::<String>()
    };
    let (id, text) = ("https://app.example.com/client", "a b+c:d%");
    let credential = format!("{}:{}", every_byte(id), every_byte(text));
    assert_eq!(
        presented(&[&header(&credential)], &[]),
        Ok(secret(id, text))
    );
    assert_eq!(
        presented(&[&header("a+b:c+d")], &[]),
        Ok(secret("a b", "c d"))
    );
    // A secret may have a colon in it, and a stray percent sign stands for itself.
    assert_eq!(
        presented(&[&header("a:b:c%zz")], &[]),
        Ok(secret("a", "b:c%zz"))
    );
}

#[test]
fn a_request_that_contradicts_itself() {
    let basic = header("client:s3cret");
    for (authorization, body) in [
        (vec![basic.as_str()], vec![("client_secret", "s3cret")]),
        (
            vec![&basic],
            vec![
                ("client_assertion", "a.b.c"),
                ("client_assertion_type", JWT_BEARER),
            ],
        ),
        (vec![&basic, &basic], vec![]),
        (vec![&basic], vec![("client_id", "other")]),
        (
            vec![],
            vec![
                ("client_id", "a"),
                ("client_secret", "b"),
                ("client_assertion", "a.b.c"),
            ],
        ),
        (vec![], vec![("client_id", "a"), ("client_id", "a")]),
        (
            vec![],
            vec![
                ("client_id", "a"),
                ("client_secret", "b"),
                ("client_secret", "b"),
            ],
        ),
        (vec![], vec![("client_assertion", "a.b.c")]),
        (
            vec![],
            vec![
                ("client_assertion", "a.b.c"),
                ("client_assertion_type", "saml"),
            ],
        ),
        (
            vec![],
            vec![("client_id", "a"), ("client_assertion_type", JWT_BEARER)],
        ),
    ] {
        assert_eq!(
            presented(&authorization, &body),
            Err(ErrorCode::InvalidRequest),
            "{authorization:?} {body:?}"
        );
    }
}

#[test]
fn a_credential_that_cannot_be_read() {
    for value in [
        "",
        "Basic",
        "Basic ",
        "Basic !",
        "Bearer abc",
        "Basic YQ==",
        &header(":s3cret"),
        "Basic /zo6",
    ] {
        assert_eq!(
            presented(&[value], &[]),
            Err(ErrorCode::InvalidClient),
            "{value}"
        );
    }
    assert_eq!(presented(&[], &[]), Err(ErrorCode::InvalidClient));
    assert_eq!(
        presented(&[], &[("client_secret", "x")]),
        Err(ErrorCode::InvalidClient)
    );
    assert_eq!(
        presented(&[], &[("client_id", ""), ("client_secret", "")]),
        Err(ErrorCode::InvalidClient)
    );
    assert_eq!(
        presented(&[], &[("client_id", "\u{e4}")]),
        Err(ErrorCode::InvalidClient)
    );
}

fn client(method: &str) -> Client {
    let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let registration = Registration {
        name: Some("Client".to_owned()),
        auth_method: Some(method.to_owned()),
        jwks: (method == "private_key_jwt").then(|| jwks.to_owned()),
        ..Registration::default()
    };
    let known = Known {
        scopes: &ScopeSet::default(),
        resources: &[],
        operator: false,
    };
    Client {
        organization: OrganizationId(7),
        id: "client".parse().unwrap(),
        status: ClientStatus::Active,
        settings: registration.validate(&known).unwrap(),
        created_seq: crate::base::Sequence(0),
        created_at: NOW,
    }
}

#[test]
fn each_client_by_its_own_method_and_all_failures_are_alike() {
    let secrets = Secrets::first(Digest::of("s3cret"), NOW);
    let id: ClientId = "client".parse().unwrap();
    let public = Presented::Public { id: id.clone() };
    let assertion = Presented::Assertion {
        id: None,
        assertion: "a.b.c".to_owned(),
    };
    let all = [
        secret("client", "s3cret"),
        public,
        assertion,
        secret("client", "wrong"),
        secret("client", ""),
    ];
    for (method, good) in [("client_secret", 0), ("none", 1), ("private_key_jwt", 2)] {
        let mut client = client(method);
        for (place, presented) in all.iter().enumerate() {
            let judged = judge(presented, Some((&client, &secrets)), NOW);
            match place {
                2 if good == 2 => assert_eq!(judged, Ok(Judged::IfAssertionHolds)),
                place if place == good => assert_eq!(judged, Ok(Judged::Authenticated)),
                _ => assert_eq!(
                    judged,
                    Err(OAuthError::invalid_client()),
                    "{method} {presented:?}"
                ),
            }
            assert_eq!(
                judge(presented, None, NOW),
                Err(OAuthError::invalid_client())
            );
        }
        for status in [ClientStatus::Disabled, ClientStatus::Deleted] {
            client.status = status;
            let judged = judge(&all[good], Some((&client, &secrets)), NOW);
            assert_eq!(judged, Err(OAuthError::invalid_client()));
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    assert_eq!(
        format!("{:?}", secret("client", "s3cret")),
        "Secret(client, ***)"
    );
}

proptest! {
    #[test]
    fn whatever_is_encoded_is_read_back(id in "[ -~]{1,40}", text in "\\PC{0,40}") {
        let encode = |text: &str| form_encoded(text);
        let credential = format!("{}:{}", encode(&id), encode(&text));
        prop_assert_eq!(presented(&[&header(&credential)], &[]), Ok(secret(&id, &text)));
    }

    #[test]
    fn any_header_is_answered(value in "\\PC{0,60}|Basic [A-Za-z0-9+/=]{0,60}") {
        let _ = presented(&[&value], &[]);
    }
}

fn form_encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        .to_string()
        .replace("%20", "+")
}
