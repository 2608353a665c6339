use proptest::prelude::*;

use super::*;
use crate::access::rules::{Access, Rules};
use crate::access::{Preset, Role, ScopeSet};
use crate::base::OrganizationId;

fn roles() -> Roles {
    let preset = Preset::Sbm.roles().into_iter();
    let root = Role {
        scopes: ScopeSet::parse("admin").unwrap(),
        description: None,
    };
    Roles::new(
        preset
            .map(|(name, role)| (name.to_owned(), role))
            .chain([("root".to_owned(), root)]),
    )
}

/// Returns what a rule with these members wants.
fn demand(members: &str) -> Demand {
    let text = format!("[[rule]]\nname = \"x\"\npath = \"/**\"\n{members}");
    let rules = Rules::read(&text).unwrap();
    let original = crate::access::Original::of_url(b"GET", b"https://a/").unwrap();
    match &rules.find(&original).unwrap().access {
        Access::Credential(demand) => demand.clone(),
        Access::Public => panic!("{members}"),
    }
}

struct Held {
    kind: BearerKind,
    organization: i64,
    role: Option<&'static str>,
    scopes: &'static str,
    is_test: bool,
    audience: Vec<String>,
}

const KEY: Held = Held {
    kind: BearerKind::ApiKey,
    organization: 7,
    role: None,
    scopes: "",
    is_test: false,
    audience: Vec::new(),
};

const ENVIRONMENT: &str = "its environment is not admitted";

/// Returns the reason for a refusal, or nothing.
fn outcome(members: &str, held: &Held) -> String {
    let scopes = ScopeSet::parse(held.scopes).unwrap();
    let bearer = Bearer {
        kind: held.kind,
        organization: OrganizationId(held.organization),
        role: held.role,
        scopes: &scopes,
        is_test: held.is_test,
        audience: &held.audience,
    };
    let demand = demand(members);
    let outcome = decide(&demand, &bearer, &roles());
    outcome.map_or_else(|denial| denial.reason().into_owned(), |()| String::new())
}

#[test]
fn kinds_environment_and_organization() {
    assert_eq!(outcome("", &KEY), "");
    for kind in BearerKind::ALL {
        let usual = outcome("", &Held { kind, ..KEY });
        let expected = if kind == BearerKind::Company {
            "its kind is not admitted"
        } else {
            ""
        };
        assert_eq!(usual, expected, "{kind}");
        let named = format!("kinds = [\"{kind}\"]");
        assert_eq!(outcome(&named, &Held { kind, ..KEY }), "");
        assert_eq!(outcome("kinds = [\"api_key\"]", &KEY), "");
    }
    assert_eq!(
        outcome("kinds = [\"session\", \"company\"]", &KEY),
        "its kind is not admitted"
    );
    let test = Held {
        is_test: true,
        ..KEY
    };
    for (members, of_live, of_test) in [
        ("", "", ENVIRONMENT),
        ("environment = \"live\"", "", ENVIRONMENT),
        ("environment = \"test\"", ENVIRONMENT, ""),
        ("environment = \"any\"", "", ""),
    ] {
        assert_eq!(outcome(members, &KEY), of_live, "{members}");
        assert_eq!(outcome(members, &test), of_test, "{members}");
    }
    assert_eq!(outcome("organization = 7", &KEY), "");
    assert_eq!(
        outcome("organization = 8", &KEY),
        "its organization is not admitted"
    );
}

#[test]
fn an_access_token_must_be_for_the_resource() {
    let members = "organization = 7\nresource = \"https://api.example.com/\"";
    let token = |audience: &[&str]| Held {
        kind: BearerKind::AccessToken,
        audience: audience.iter().map(|&one| one.to_owned()).collect(),
        ..KEY
    };
    let other = "the access token is for another resource";
    assert_eq!(outcome(members, &token(&["https://api.example.com/"])), "");
    assert_eq!(
        outcome(members, &token(&["x", "https://api.example.com/"])),
        ""
    );
    assert_eq!(
        outcome(members, &token(&["https://api.example.com"])),
        other
    );
    assert_eq!(outcome(members, &token(&[])), other);
    assert_eq!(outcome(members, &KEY), "", "other kinds have no audience");
}

#[test]
fn all_scopes_and_one_role() {
    let members = "scopes = [\"read\", \"write\"]\nroles = [\"marketing\", \"tenant\"]";
    let held = |scopes, role| Held {
        role,
        scopes,
        ..KEY
    };
    for (scopes, role, expected) in [
        ("read write", Some("tenant"), ""),
        ("admin", Some("admin"), ""),
        ("admin", Some("tenant"), ""),
        ("write", Some("tenant"), "the scope read is missing"),
        ("", None, "the scope read is missing"),
        ("read write", None, "none of the roles is held"),
        ("read write", Some("customer"), "none of the roles is held"),
        ("read write", Some("Tenant"), "none of the roles is held"),
        ("read write", Some("undefined"), "none of the roles is held"),
        // The scope `admin` is no role, even if a role gives it.
        ("admin", Some("root"), "none of the roles is held"),
        ("admin", None, "none of the roles is held"),
        // And the role admin is no scope.
        ("read", Some("admin"), "the scope write is missing"),
    ] {
        assert_eq!(
            outcome(members, &held(scopes, role)),
            expected,
            "{scopes} {role:?}"
        );
    }
    assert_eq!(
        outcome("roles = [\"undefined\"]", &held("", Some("undefined"))),
        "none of the roles is held"
    );
}

const NAMES: [&str; 4] = ["admin", "read", "write", "keys:verify"];
const ROLES: [&str; 5] = ["admin", "auditor", "root", "tenant", "undefined"];

proptest! {
    /// The model: each scope by itself, each role by itself.
    #[test]
    fn scopes_and_roles_as_the_model_says(
        held in prop::sample::subsequence(NAMES.to_vec(), 0..=4),
        wanted in prop::sample::subsequence(NAMES.to_vec(), 0..=4),
        role in prop::option::of(prop::sample::select(ROLES.to_vec())),
        wanted_roles in prop::sample::subsequence(ROLES.to_vec(), 0..=5),
    ) {
        let quoted = |names: &[&str]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let mut members = vec![format!("scopes = [{}]", quoted(&wanted))];
        if !wanted_roles.is_empty() {
            members.push(format!("roles = [{}]", quoted(&wanted_roles)));
        }
        let members = members.join("\n");
        let scopes = ScopeSet::parse(&held.join(" ")).unwrap();
        let bearer = Bearer {
            kind: BearerKind::ApiKey, organization: OrganizationId(1), role, scopes: &scopes,
            is_test: false, audience: &[],
        };
        let has = |scope: &&str| held.contains(scope) || held.contains(&"admin");
        let defined = role.filter(|role| *role != "undefined");
        let is = |wanted: &&str| defined == Some(*wanted) || defined == Some("admin");
        let model = wanted.iter().all(has) && (wanted_roles.is_empty() || wanted_roles.iter().any(is));
        let demand = demand(&members);
        let decided = decide(&demand, &bearer, &roles());
        prop_assert_eq!(decided.is_ok(), model, "{}", members);
        if let Err(Denial::Scope(scope)) = decided {
            prop_assert!(!has(&scope.as_str()));
        }
    }
}
