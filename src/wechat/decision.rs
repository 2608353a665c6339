//! Decides who a person is: the ids that WeChat gave a person belong to one operator for good.

use super::OnUnknown;
use crate::base::OperatorId;

/// The operators that the ids of a person belong to; `None` for an id that belongs to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owners {
    pub(super) openid: Option<OperatorId>,
    pub(super) unionid: Option<OperatorId>,
}

/// The outcome of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// The person is an operator.
    Is {
        operator: OperatorId,
        /// Whether the `openid` becomes the operator's.
        adds_openid: bool,
        /// Whether the `unionid` becomes the operator's.
        adds_unionid: bool,
        /// Whether the `unionid` belongs to another operator. It stays there.
        conflicts: bool,
    },
    /// The person becomes a new operator.
    Create,
    /// The person is refused.
    Refuse,
}

impl Decision {
    /// Decides who a person is: by `openid`, else by `unionid`.
    pub(super) fn of(owners: Owners, has_unionid: bool, on_unknown: OnUnknown) -> Self {
        match (owners.openid.or(owners.unionid), on_unknown) {
            (Some(operator), _) => Self::Is {
                operator,
                adds_openid: owners.openid.is_none(),
                adds_unionid: has_unionid && owners.unionid.is_none(),
                conflicts: owners.unionid.is_some_and(|other| other != operator),
            },
            (None, OnUnknown::Create) => Self::Create,
            (None, OnUnknown::Refuse) => Self::Refuse,
        }
    }

    /// Returns whether something must be written.
    pub(super) const fn writes(self) -> bool {
        match self {
            Self::Is {
                adds_openid,
                adds_unionid,
                conflicts,
                ..
            } => adds_openid || adds_unionid || conflicts,
            Self::Create => true,
            Self::Refuse => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn owner() -> impl Strategy<Value = Option<OperatorId>> {
        prop::option::of((1i64..3).prop_map(OperatorId))
    }

    proptest! {
        #[test]
        fn an_id_never_changes_its_operator(
            openid in owner(), unionid in owner(), create in any::<bool>(), sent in any::<bool>(),
        ) {
            let has_unionid = sent || unionid.is_some();
            let on_unknown = if create { OnUnknown::Create } else { OnUnknown::Refuse };
            let decision = Decision::of(Owners { openid, unionid }, has_unionid, on_unknown);
            match decision {
                Decision::Is { operator, adds_openid, adds_unionid, conflicts } => {
                    prop_assert_eq!(Some(operator), openid.or(unionid));
                    prop_assert_eq!(adds_openid, openid.is_none());
                    prop_assert_eq!(adds_unionid, has_unionid && unionid.is_none());
                    prop_assert_eq!(conflicts, unionid.is_some() && unionid != Some(operator));
                }
                Decision::Create => prop_assert!(create && openid.is_none() && unionid.is_none()),
                Decision::Refuse => {
                    prop_assert!(!create && openid.is_none() && unionid.is_none());
                    prop_assert!(!decision.writes());
                }
            }
        }
    }
}
