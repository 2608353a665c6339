use super::*;
use crate::access::Preset;
use proptest::prelude::*;

fn set(text: &str) -> ScopeSet {
    ScopeSet::parse(text).unwrap()
}

fn roles() -> Roles {
    let preset = Preset::Sbm.roles().into_iter();
    let root = Role {
        scopes: set("admin"),
        description: None,
    };
    Roles::new(
        preset
            .map(|(name, role)| (name.to_owned(), role))
            .chain([("root".to_owned(), root)]),
    )
}

/// `role`: `None` for a client of its own.
fn granted(
    asked: Option<&str>,
    client: &str,
    role: Option<&str>,
    cap: bool,
) -> Result<String, String> {
    let (asked, client, roles) = (asked.map(set), set(client), roles());
    let behind = role.map_or(BehindToken::Client, |role| BehindToken::Operator {
        role: Some(role),
        roles: &roles,
        cap,
    });
    let asked = ScopeRequest {
        scopes: asked.as_ref(),
        client: &client,
        behind,
    };
    grant_scopes(&asked)
        .map(|scopes| scopes.to_string())
        .map_err(|error| error.0)
}

#[test]
fn only_what_the_client_may_ask_for() {
    assert_eq!(
        granted(Some("write read"), "read write", None, false).unwrap(),
        "read write"
    );
    assert_eq!(
        granted(Some("read delete"), "read", None, false).unwrap_err(),
        "delete"
    );
    // By name: a list with `admin` does not contain what `admin` covers.
    assert_eq!(
        granted(Some("read"), "admin", None, false).unwrap_err(),
        "read"
    );
}

#[test]
fn without_a_scope_parameter_the_list_but_for_three() {
    let list = "admin email offline_access openid profile read";
    assert_eq!(
        granted(None, list, None, false).unwrap(),
        "email profile read"
    );
    assert_eq!(granted(None, "", None, false).unwrap(), "");
    assert_eq!(granted(None, "admin openid", None, false).unwrap(), "");
}

#[test]
fn admin_is_left_out_unless_the_operator_is_one() {
    let asked = Some("admin read");
    assert_eq!(
        granted(asked, "admin read", Some("admin"), false).unwrap(),
        "admin read"
    );
    for other in ["marketing", "root", "Admin", "undefined"] {
        assert_eq!(
            granted(asked, "admin read", Some(other), false).unwrap(),
            "read"
        );
        assert_eq!(
            granted(Some("admin"), "admin", Some(other), false).unwrap_err(),
            "admin"
        );
    }
    // A client of its own has what its list says.
    assert_eq!(
        granted(Some("admin"), "admin", None, false).unwrap(),
        "admin"
    );
}

#[test]
fn where_the_organization_says_so_an_operator_gets_the_scopes_of_its_role() {
    let asked = Some("read write");
    assert_eq!(
        granted(asked, "read write", Some("customer"), false).unwrap(),
        "read write"
    );
    assert_eq!(
        granted(asked, "read write", Some("customer"), true).unwrap(),
        "read"
    );
    assert_eq!(
        granted(asked, "read write", Some("admin"), true).unwrap(),
        "read write"
    );
    assert_eq!(
        granted(asked, "read write", Some("root"), true).unwrap(),
        "read write"
    );
    assert_eq!(
        granted(Some("write"), "read write", Some("customer"), true).unwrap_err(),
        "write"
    );
    assert_eq!(
        granted(None, "write", Some("undefined"), true).unwrap_err(),
        "write"
    );
    assert_eq!(
        granted(asked, "read write", None, true).unwrap(),
        "read write"
    );
}

#[test]
fn the_scopes_of_openid_connect_are_never_limited() {
    let all = "email offline_access openid profile";
    assert_eq!(
        granted(Some(all), all, Some("undefined"), true).unwrap(),
        all
    );
}

#[test]
fn refreshing_narrows_by_name_and_leaves_out_what_is_no_longer_held() {
    let roles = roles();
    let refresh = |whole: &str, asked: Option<&str>, client: &str, role: &str| {
        let (asked, client) = (asked.map(set), set(client));
        let behind = BehindToken::Operator {
            role: Some(role),
            roles: &roles,
            cap: true,
        };
        let asked = ScopeRequest {
            scopes: asked.as_ref(),
            client: &client,
            behind,
        };
        narrow_scopes(&set(whole), &asked).map(|scopes| scopes.to_string())
    };
    let list = "admin analytics read write";
    assert_eq!(
        refresh("read write", Some("read"), list, "tenant").unwrap(),
        "read"
    );
    assert_eq!(
        refresh("read write", None, list, "tenant").unwrap(),
        "read write"
    );
    assert!(refresh("read", Some("read write"), list, "tenant").is_err());
    assert!(refresh("admin", Some("read"), list, "admin").is_err());
    assert_eq!(
        refresh("read write", None, list, "customer").unwrap(),
        "read"
    );
    assert_eq!(
        refresh("read write", None, "write", "tenant").unwrap(),
        "write"
    );
    assert_eq!(refresh("admin read", None, list, "tenant").unwrap(), "read");
    assert!(refresh("read write", None, "analytics", "tenant").is_err());
}

const NAMES: [&str; 6] = ["admin", "openid", "read", "write", "analytics", "email"];

fn some() -> impl Strategy<Value = ScopeSet> {
    prop::sample::subsequence(NAMES.to_vec(), 0..=6).prop_map(|names| set(&names.join(" ")))
}

proptest! {
    #[test]
    fn what_is_granted_only_shrinks(
        asked in prop::option::of(some()), client in some(), later in some(), cap: bool,
        role in prop::sample::select(vec!["admin", "root", "marketing", "customer", "auditor", "other"]),
        new_role in prop::sample::select(vec!["admin", "root", "marketing", "customer", "auditor", "other"]),
    ) {
        let roles = roles();
        let behind = |role| BehindToken::Operator { role: Some(role), roles: &roles, cap };
        let request = ScopeRequest { scopes: asked.as_ref(), client: &client, behind: behind(role) };
        let Ok(granted) = grant_scopes(&request) else { return Ok(()) };
        prop_assert!(granted.is_within(&client));
        prop_assert!(asked.as_ref().is_none_or(|asked| granted.is_within(asked)));
        prop_assert!(!granted.names("admin") || role == "admin");
        for scope in granted.iter().filter(|scope| cap && !scope.is_identity()) {
            prop_assert!(roles.scopes_of(Some(role)).covers(scope.as_str()));
        }
        let refresh = ScopeRequest { scopes: None, client: &later, behind: behind(new_role) };
        if let Ok(narrowed) = narrow_scopes(&granted, &refresh) {
            prop_assert!(narrowed.is_within(&granted) && narrowed.is_within(&later));
            prop_assert_eq!(scopes_now(&narrowed, behind(new_role)), narrowed);
        }
    }
}
