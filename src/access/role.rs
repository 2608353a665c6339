//! Roles: sets of scopes with a name, as an organization defines them.

use std::collections::BTreeMap;

use serde_json::json;

use crate::base::version_of;

use super::scope::{self, Scope, ScopeSet};

/// What a role is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// What an operator who has the role may do.
    pub scopes: ScopeSet,
    /// For the people who give the role to somebody.
    pub description: Option<String>,
}

impl Role {
    /// Returns the version of the role.
    #[must_use]
    pub fn version(&self) -> String {
        version_of(&json!([self.scopes.to_string(), self.description]))
    }
}

/// The roles an organization has defined, and the two that are always there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(BTreeMap<String, Role>);

impl Roles {
    /// Has every role and the scope `admin`.
    pub const ADMIN: &'static str = "admin";

    /// Has no scope, and reads the console.
    pub const AUDITOR: &'static str = "auditor";

    /// Whether the role is always there and cannot be changed.
    #[must_use]
    pub fn is_fixed(name: &str) -> bool {
        [Self::ADMIN, Self::AUDITOR].contains(&name)
    }

    /// Returns the roles of an organization that defined these, with the two that always exist. An
    /// entry in `defined` for one of those two is ignored, as is one whose name cannot be a role's.
    pub fn new(defined: impl IntoIterator<Item = (String, Role)>) -> Self {
        let valid = |name: &String| scope::is_name(name) && !Self::is_fixed(name);
        let mut roles: BTreeMap<_, _> = defined
            .into_iter()
            .filter(|(name, _)| valid(name))
            .collect();
        let admin = Role {
            scopes: ScopeSet::parse(Scope::ADMIN).unwrap_or_default(),
            description: Some("Everything".to_owned()),
        };
        let auditor = Role {
            scopes: ScopeSet::default(),
            description: Some("Reads the console".to_owned()),
        };
        roles.insert(Self::ADMIN.to_owned(), admin);
        roles.insert(Self::AUDITOR.to_owned(), auditor);
        Self(roles)
    }

    /// The roles, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Role)> {
        self.0.iter().map(|(name, role)| (name.as_str(), role))
    }

    /// Returns the role that an operator's free text names; `None` if it names none. Names are
    /// compared byte by byte.
    #[must_use]
    pub fn get(&self, held: Option<&str>) -> Option<&Role> {
        self.0.get(held?)
    }

    /// Returns what an operator with this role may do: nothing if the role is not defined.
    #[must_use]
    pub fn scopes_of(&self, held: Option<&str>) -> ScopeSet {
        self.get(held)
            .map(|role| role.scopes.clone())
            .unwrap_or_default()
    }

    /// Whether the role held is the one wanted. `admin` is every role; a role that is not defined
    /// is none.
    #[must_use]
    pub fn suffices(&self, held: Option<&str>, wanted: &str) -> bool {
        self.get(held).is_some() && (held == Some(wanted) || held == Some(Self::ADMIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(scopes: &str) -> Role {
        Role {
            scopes: ScopeSet::parse(scopes).unwrap(),
            description: None,
        }
    }

    #[test]
    fn admin_and_auditor_are_always_there_and_nobody_changes_them() {
        let roles = Roles::new([
            ("admin".to_owned(), role("read")),
            ("auditor".to_owned(), role("admin")),
            ("Not A Name".to_owned(), role("admin")),
        ]);
        assert_eq!(
            roles.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["admin", "auditor"]
        );
        assert_eq!(roles.scopes_of(Some("admin")).to_string(), "admin");
        assert!(roles.scopes_of(Some("auditor")).is_empty());
    }

    #[test]
    fn a_role_grants_only_where_the_text_is_a_defined_role_byte_for_byte() {
        let roles = Roles::new([("marketing".to_owned(), role("read write"))]);
        assert_eq!(roles.scopes_of(Some("marketing")).to_string(), "read write");
        for text in [
            None,
            Some(""),
            Some("Marketing"),
            Some("marketing "),
            Some("sales"),
        ] {
            assert!(roles.scopes_of(text).is_empty(), "{text:?}");
            assert!(!roles.suffices(text, "marketing"), "{text:?}");
            assert!(!roles.suffices(text, text.unwrap_or_default()), "{text:?}");
        }
    }

    #[test]
    fn the_role_admin_is_every_role_and_the_scope_admin_is_none() {
        let roles = Roles::new([
            ("root".to_owned(), role("admin")),
            ("tenant".to_owned(), role("read")),
        ]);
        assert!(roles.suffices(Some("admin"), "tenant"));
        assert!(roles.suffices(Some("tenant"), "tenant"));
        assert!(!roles.suffices(Some("root"), "tenant"));
        assert!(!roles.suffices(Some("tenant"), "admin"));
    }
}
