//! Consent: what an operator allowed a client. It is remembered by operator and client, and grows.
//!
//! # In the database
//!
//! One row for each operator and client has the scopes. It is changed only if the scopes are still
//! those that were read, so two pages that are answered at once lose nothing. A row without scopes
//! says that the operator allowed the client something that needs no scope. Forgetting is
//! `DELETE … WHERE operator_id = ? AND client_id = ? AND NOT EXISTS (a grant of both that has not
//! ended)`.

use crate::access::ScopeSet;

/// What an operator allowed a client so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consent {
    /// The scopes; `None` if it never allowed anything. A client may be allowed something that has
    /// no scope.
    allowed: Option<ScopeSet>,
}

impl Consent {
    /// Returns what is remembered: `None` if nothing was ever allowed.
    #[must_use]
    pub const fn remembered(allowed: Option<ScopeSet>) -> Self {
        Self { allowed }
    }

    /// Returns the scopes that the consent page must show; `None` if the operator allowed all of them
    /// before.
    #[must_use]
    pub fn missing(&self, wanted: &ScopeSet) -> Option<ScopeSet> {
        match &self.allowed {
            None => Some(wanted.clone()),
            Some(allowed) => {
                Some(wanted.missing_from(allowed)).filter(|missing| !missing.is_empty())
            }
        }
    }

    /// Returns what is remembered after the operator allowed these scopes.
    #[must_use]
    pub fn allow(self, scopes: &ScopeSet) -> Self {
        Self {
            allowed: Some(self.allowed.unwrap_or_default().union(scopes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn asked_again_only_for_a_scope_not_yet_allowed() {
        let nothing = Consent::default();
        assert_eq!(nothing.missing(&set("read")), Some(set("read")));
        // Guide 003 asks for no scope, and its page is shown all the same.
        assert_eq!(nothing.missing(&set("")), Some(set("")));
        let some = nothing.allow(&set("read write"));
        assert_eq!(some.missing(&set("read")), None);
        assert_eq!(some.missing(&set("")), None);
        assert_eq!(some.missing(&set("read analytics")), Some(set("analytics")));
        // By name: who allowed `admin` did not allow what it covers.
        assert_eq!(
            some.clone().allow(&set("admin")).missing(&set("analytics")),
            Some(set("analytics"))
        );
    }

    proptest! {
        #[test]
        fn in_whatever_order_it_is_allowed(
            steps in prop::collection::vec(prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4), 1..6),
            wanted in prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4),
        ) {
            let steps: Vec<_> = steps.iter().map(|names| set(&names.join(" "))).collect();
            let forth = steps.iter().fold(Consent::default(), Consent::allow);
            let back = steps.iter().rev().fold(Consent::default(), Consent::allow);
            prop_assert_eq!(&forth, &back);
            let wanted = set(&wanted.join(" "));
            let held = |name: &str| steps.iter().any(|step| step.names(name));
            let naive = wanted.iter().all(|scope| held(scope.as_str()));
            prop_assert_eq!(forth.missing(&wanted).is_none(), naive);
            prop_assert_eq!(forth.allow(&wanted).missing(&wanted), None);
        }
    }
}
