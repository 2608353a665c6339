//! Presets: the scopes and roles that the guides' clients ask for, so that a new organization need
//! not define them.

use super::role::Role;
use super::scope::{Scope, ScopeSet};
use crate::base::words::words;

words! {
    /// What a new organization begins with (`lanyard organization add --preset`).
    pub enum Preset {
        /// Those of every guide; the default, and what organizations of earlier versions have.
        All = "all",
        /// Guide 000.
        Sbm = "sbm",
        /// Guide 004.
        Procure = "procure",
        /// Only what is always there.
        None = "none",
    }
}

type Named = &'static [(&'static str, &'static str)];

const SBM: Named = &[
    ("read", "Read-only access"),
    ("write", "Create and change"),
    ("analytics", "Analytics and reports"),
];

const PROCURE: Named = &[
    ("read:purchase-requests", "Read purchase requests"),
    (
        "write:purchase-requests",
        "Create and change purchase requests",
    ),
    ("read:suppliers", "Read suppliers"),
    ("write:suppliers", "Manage suppliers"),
    ("read:orders", "Read orders"),
    ("write:orders", "Create and change orders"),
    ("read:contracts", "Read contracts"),
    ("write:contracts", "Manage contracts"),
    ("read:reports", "Read reports"),
];

/// Those that every organization has.
const ALWAYS: Named = &[
    (Scope::ADMIN, "Everything"),
    (Scope::KEYS_VERIFY, "Verify API keys"),
];

/// The roles of guide 000 with their scopes; `admin` is always there.
const SBM_ROLES: &[(&str, &str, &str)] = &[
    (
        "marketing",
        "read write analytics",
        "Campaigns and promotions",
    ),
    ("tenant", "read write", "The tenant's own data"),
    ("customer", "read", "The customer's own data"),
];

impl Preset {
    /// Returns the scopes with a description each, those that are always there first.
    #[must_use]
    pub fn scopes(self) -> Vec<(&'static str, &'static str)> {
        let more: &[Named] = match self {
            Self::All => &[SBM, PROCURE],
            Self::Sbm => &[SBM],
            Self::Procure => &[PROCURE],
            Self::None => &[],
        };
        [ALWAYS]
            .iter()
            .chain(more)
            .copied()
            .flatten()
            .copied()
            .collect()
    }

    /// Returns the roles to define.
    #[must_use]
    pub fn roles(self) -> Vec<(&'static str, Role)> {
        if !matches!(self, Self::All | Self::Sbm) {
            return Vec::new();
        }
        let role = |scopes, description: &str| Role {
            scopes: ScopeSet::parse(scopes).unwrap_or_default(),
            description: Some(description.to_owned()),
        };
        let roles = SBM_ROLES.iter();
        roles
            .map(|(name, scopes, description)| (*name, role(scopes, description)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(preset: Preset) -> Vec<&'static str> {
        preset.scopes().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_presets_have_what_the_guides_name() {
        assert_eq!(names(Preset::None), ["admin", "keys:verify"]);
        assert_eq!(
            names(Preset::Sbm),
            ["admin", "keys:verify", "read", "write", "analytics"]
        );
        // Guide 004 lists ten; `admin` is the tenth.
        assert_eq!(
            names(Preset::Procure),
            [
                "admin",
                "keys:verify",
                "read:purchase-requests",
                "write:purchase-requests",
                "read:suppliers",
                "write:suppliers",
                "read:orders",
                "write:orders",
                "read:contracts",
                "write:contracts",
                "read:reports",
            ]
        );
        assert_eq!(names(Preset::All).len(), 3 + 9 + 2);
        assert!(
            names(Preset::All)
                .iter()
                .all(|name| name.parse::<Scope>().is_ok())
        );
    }

    #[test]
    fn a_presets_roles_hold_scopes_of_the_preset() {
        for preset in [Preset::All, Preset::Sbm] {
            let roles = preset.roles();
            assert_eq!(
                roles
                    .iter()
                    .map(|(name, role)| (*name, role.scopes.to_string()))
                    .collect::<Vec<_>>(),
                [
                    ("marketing", "analytics read write".to_owned()),
                    ("tenant", "read write".to_owned()),
                    ("customer", "read".to_owned()),
                ]
            );
            for (_, role) in roles {
                assert!(
                    role.scopes
                        .iter()
                        .all(|scope| names(preset).contains(&scope.as_str()))
                );
            }
        }
        assert!(Preset::Procure.roles().is_empty() && Preset::None.roles().is_empty());
    }
}
