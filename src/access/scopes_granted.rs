//! Which scopes a token gets, and which of them count later.
//!
//! What is granted is what was asked for ∩ the client's list ∩ what stands behind the token, and
//! what is derived from it can only shrink. Rights are worked out when they are used: an operator
//! who loses its role loses what the role gave.

use super::role::{Role, Roles};
use super::scope::{InvalidScope, Scope, ScopeSet};

/// On whose behalf a token acts.
#[derive(Debug, Clone, Copy)]
pub enum BehindToken<'a> {
    /// The client's own.
    Client,
    /// An operator's, who signed in or whom the client names (`operatorId`).
    Operator {
        /// The operator's role now, as free text.
        role: Option<&'a str>,
        /// The roles of the organization.
        roles: &'a Roles,
        /// Whether the organization limits operators to the scopes of their role
        /// (`capScopesByRole`).
        cap: bool,
    },
}

/// A request for scopes.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The `scope` parameter; `None` if there was none.
    pub scopes: Option<&'a ScopeSet>,
    /// The list of the client.
    pub client: &'a ScopeSet,
    /// On whose behalf.
    pub behind: BehindToken<'a>,
}

/// Not granted unless they are asked for: guides 001 and 003 send no scope.
const NEVER_BY_DEFAULT: [&str; 3] = [Scope::OPENID, Scope::OFFLINE_ACCESS, Scope::ADMIN];

/// Returns the scopes that are granted. They may be fewer than were asked for; then the answer's
/// `scope` says so.
///
/// # Errors
/// Returns an error if a scope asked for is not in the client's list (by name: `admin` in it stands
/// for itself only), or if nothing of what was wanted is left.
pub fn grant_scopes(asked: &Asked<'_>) -> Result<ScopeSet, InvalidScope> {
    let wanted = match asked.scopes {
        Some(scopes) => scopes.clone(),
        None => asked
            .client
            .filter(|scope| !NEVER_BY_DEFAULT.contains(&scope.as_str())),
    };
    if let Some(foreign) = wanted.missing_from(asked.client).iter().next() {
        return Err(InvalidScope(foreign.to_string()));
    }
    unless_nothing_is_left(&wanted, scopes_now(&wanted, asked.behind))
}

/// Returns what counts now of scopes that were granted: `admin` only while the operator has the
/// role `admin`, and where the organization limits operators to their role, what the role covers.
/// The scopes of OpenID Connect are never limited.
#[must_use]
pub fn scopes_now(granted: &ScopeSet, behind: BehindToken<'_>) -> ScopeSet {
    let BehindToken::Operator { role, roles, cap } = behind else {
        return granted.clone();
    };
    let is_admin = role == Some(Roles::ADMIN);
    let held = granted.filter(|scope| is_admin || scope.as_str() != Scope::ADMIN);
    if !cap {
        return held;
    }
    let role = roles.get(role).map(|role: &Role| &role.scopes);
    held.filter(|scope| scope.is_identity() || role.is_some_and(|role| role.covers(scope.as_str())))
}

/// Returns the scopes of an access token that is refreshed. `whole` is what was granted, `asked`
/// the `scope` parameter, `client` the client's list now. What the client or the operator may no
/// longer hold is left out.
///
/// # Errors
/// Returns an error if a scope asked for was not granted (by name), or if nothing is left.
pub fn narrow_scopes(whole: &ScopeSet, asked: &Asked<'_>) -> Result<ScopeSet, InvalidScope> {
    let wanted = asked.scopes.unwrap_or(whole);
    if let Some(wider) = wanted.missing_from(whole).iter().next() {
        return Err(InvalidScope(wider.to_string()));
    }
    let listed = wanted.filter(|scope| asked.client.names(scope.as_str()));
    unless_nothing_is_left(wanted, scopes_now(&listed, asked.behind))
}

fn unless_nothing_is_left(wanted: &ScopeSet, left: ScopeSet) -> Result<ScopeSet, InvalidScope> {
    match wanted.iter().next() {
        Some(first) if left.is_empty() => Err(InvalidScope(first.to_string())),
        _ => Ok(left),
    }
}

#[cfg(test)]
mod tests {
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
        let asked = Asked {
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
            let asked = Asked {
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
            let request = Asked { scopes: asked.as_ref(), client: &client, behind: behind(role) };
            let Ok(granted) = grant_scopes(&request) else { return Ok(()) };
            prop_assert!(granted.is_within(&client));
            prop_assert!(asked.as_ref().is_none_or(|asked| granted.is_within(asked)));
            prop_assert!(!granted.names("admin") || role == "admin");
            for scope in granted.iter().filter(|scope| cap && !scope.is_identity()) {
                prop_assert!(roles.scopes_of(Some(role)).covers(scope.as_str()));
            }
            let refresh = Asked { scopes: None, client: &later, behind: behind(new_role) };
            if let Ok(narrowed) = narrow_scopes(&granted, &refresh) {
                prop_assert!(narrowed.is_within(&granted) && narrowed.is_within(&later));
                prop_assert_eq!(scopes_now(&narrowed, behind(new_role)), narrowed);
            }
        }
    }
}
