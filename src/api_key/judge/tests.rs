use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::access::Role;
use crate::api_key::{AllowedAddresses, ApiKey, KeySettings, Prefix, StoredText};
use crate::base::{ApiKeyId, OperatorId, OrganizationId};

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_893_456_000)
}

fn stored() -> StoredKey {
    StoredKey {
        key: ApiKey {
            organization: OrganizationId(1),
            id: ApiKeyId::draw(),
            settings: KeySettings {
                name: "till".to_owned(),
                scopes: set("read write"),
                role: Some("tenant".to_owned()),
                expires_at: None,
                allowed: AllowedAddresses::default(),
                require_signature: false,
            },
            environment: Environment::Live,
            prefix: Prefix::Ak,
            operator: None,
            signing: true,
            status: KeyStatus::Active,
            start: "ak_live_abcd".to_owned(),
            end: "wxyz".to_owned(),
            created_at: now(),
            created_by: "system".to_owned(),
        },
        texts: vec![StoredText {
            digest: Digest::of("text"),
            ends_at: None,
        }],
    }
}

fn roles() -> Roles {
    let role = |scopes| Role {
        scopes: set(scopes),
        description: None,
    };
    Roles::new([
        ("tenant".to_owned(), role("read write")),
        ("customer".to_owned(), role("read")),
    ])
}

fn around(roles: &Roles) -> Circumstances<'_> {
    Circumstances {
        proof: KeyProof::Text(Digest::of("text")),
        operator: None,
        roles,
        address: None,
        now: now(),
    }
}

#[test]
fn the_first_reason_is_given() {
    let roles = roles();
    let mut key = stored();
    let all = Circumstances {
        now: now().plus(Duration::from_secs(1)),
        ..around(&roles)
    };
    key.key.status = KeyStatus::Revoked;
    key.key.settings.expires_at = Some(all.now);
    key.key.settings.allowed = AllowedAddresses::parse(&["10.0.0.0/8"]).unwrap();
    let other = Circumstances {
        proof: KeyProof::Text(Digest::of("other")),
        ..all
    };
    assert_eq!(judge(&key, &other), Err(Refused::NotFound));
    assert_eq!(judge(&key, &all), Err(Refused::Revoked));
    key.key.status = KeyStatus::Quarantined;
    assert_eq!(judge(&key, &all), Err(Refused::Quarantined));
    key.key.status = KeyStatus::Active;
    assert_eq!(judge(&key, &all), Err(Refused::Expired));
    key.key.settings.expires_at = None;
    assert_eq!(judge(&key, &all), Err(Refused::AddressDenied));
    let from = |address: &str| Circumstances {
        address: Some(address.parse().unwrap()),
        ..all
    };
    assert_eq!(judge(&key, &from("11.0.0.1")), Err(Refused::AddressDenied));
    assert!(judge(&key, &from("::ffff:10.0.0.1")).is_ok());
}

#[test]
fn an_old_text_ends_after_its_overlap() {
    let roles = roles();
    let mut key = stored();
    let end = now().plus(Duration::from_mins(1));
    key.texts.push(StoredText {
        digest: Digest::of("old"),
        ends_at: Some(end),
    });
    let old = Circumstances {
        proof: KeyProof::Text(Digest::of("old")),
        ..around(&roles)
    };
    assert!(judge(&key, &old).is_ok());
    assert_eq!(key.previous_ends_at(now()), Some(end));
    let at_the_end = Circumstances { now: end, ..old };
    assert_eq!(judge(&key, &at_the_end), Err(Refused::Expired));
    assert_eq!(key.previous_ends_at(end), None);
}

#[test]
fn where_a_signature_is_required_a_text_is_not_enough() {
    let roles = roles();
    let mut key = stored();
    key.key.settings.require_signature = true;
    let all = around(&roles);
    let wanted = Err(Refused::SignatureRequired);
    assert_eq!(judge(&key, &all), wanted);
    let signed = |ends_at: Option<Timestamp>| Circumstances {
        proof: KeyProof::Signature { ends_at },
        ..all
    };
    assert!(judge(&key, &signed(None)).is_ok());
    let later = now().plus(Duration::from_secs(1));
    assert!(judge(&key, &signed(Some(later))).is_ok());
    assert_eq!(judge(&key, &signed(Some(now()))), Err(Refused::Expired));
    // The reasons before it hold as well.
    key.key.settings.allowed = AllowedAddresses::parse(&["10.0.0.0/8"]).unwrap();
    assert_eq!(judge(&key, &all), Err(Refused::AddressDenied));
    key.key.status = KeyStatus::Revoked;
    assert_eq!(judge(&key, &signed(None)), Err(Refused::Revoked));
}

#[test]
fn a_bound_key_has_what_its_operator_has() {
    let roles = roles();
    let mut key = stored();
    key.key.operator = Some(OperatorId(31));
    key.key.settings.role = None;
    let rights = |role: &str, is_active| {
        let operator = BoundOperator {
            is_active,
            role: Some(role.to_owned()),
        };
        let around = Circumstances {
            operator: Some(&operator),
            ..around(&roles)
        };
        judge(&key, &around).map(|rights| (rights.scopes.to_string(), rights.role))
    };
    let customer = Ok(("read".to_owned(), Some("customer".to_owned())));
    assert_eq!(rights("customer", true), customer);
    let admin = Ok(("read write".to_owned(), Some("admin".to_owned())));
    assert_eq!(rights("admin", true), admin);
    // A role that nobody defined grants nothing.
    assert_eq!(rights("Customer", true), Ok((String::new(), None)));
    assert_eq!(rights("customer", false), Err(Refused::Revoked));
    assert_eq!(judge(&key, &around(&roles)), Err(Refused::Revoked));
}

#[test]
fn what_is_wanted_is_compared_by_name() {
    let roles = roles();
    let of = |scopes: &str, role: &str| Rights {
        scopes: set(scopes),
        role: Some(role.to_owned()),
        environment: Environment::Live,
    };
    let read: Scope = "read".parse().unwrap();
    let wanted = Wanted {
        environment: Environment::Live,
        scopes: std::slice::from_ref(&read),
        role: Some("tenant"),
    };
    assert_eq!(demand(&of("admin", "admin"), &roles, &wanted), Ok(()));
    assert_eq!(demand(&of("read", "tenant"), &roles, &wanted), Ok(()));
    for (rights, lacks) in [
        (of("write", "tenant"), Refused::InsufficientScope),
        (of("read", "customer"), Refused::InsufficientRole),
        (of("admin", "customer"), Refused::InsufficientRole),
        // The role `admin` widens no scopes.
        (of("write", "admin"), Refused::InsufficientScope),
    ] {
        assert_eq!(demand(&rights, &roles, &wanted), Err(lacks), "{rights:?}");
    }
    let test = Wanted {
        environment: Environment::Test,
        ..wanted
    };
    let mismatch = Err(Refused::EnvironmentMismatch);
    assert_eq!(demand(&of("admin", "admin"), &roles, &test), mismatch);
}

const NAMES: [&str; 4] = ["admin", "read", "write", "analytics"];

proptest! {
    /// A bound key never has a scope that neither the key nor the operator's role covers.
    #[test]
    fn a_bound_key_has_no_more_than_either_side(
        own in prop::sample::subsequence(NAMES.to_vec(), 0..=4),
        of_role in prop::sample::subsequence(NAMES.to_vec(), 0..=4),
    ) {
        let (own, of_role) = (set(&own.join(" ")), set(&of_role.join(" ")));
        let roles = Roles::new([("r".to_owned(), Role { scopes: of_role.clone(), description: None })]);
        let mut key = stored();
        key.key.operator = Some(OperatorId(1));
        key.key.settings.scopes = own.clone();
        let operator = BoundOperator { is_active: true, role: Some("r".to_owned()) };
        let around = Circumstances { operator: Some(&operator), ..around(&roles) };
        let rights = judge(&key, &around).unwrap();
        for scope in NAMES {
            prop_assert_eq!(rights.scopes.covers(scope), own.covers(scope) && of_role.covers(scope));
        }
    }
}
