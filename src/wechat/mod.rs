//! Sign-in with WeChat (guide 000): a Mini Program gets a code from WeChat, and exchanges it here for
//! a session of an operator.
//!
//! The law: an id that WeChat gave a person belongs to one operator for good. An `openid` names a
//! person within its app only, a `unionid` within its organization only.

mod app;
mod client;
pub mod http;
mod login;
mod store;

pub use app::{
    ManageError, Members, NewApp, add, change, change_version, get, is_app_id, list,
    organization_of, remove,
};
pub use client::{Person, Upstream, UpstreamError};
pub use login::{LoginError, Presented, SignedIn, log_in};

use serde_json::json;

use crate::base::words::words;
use crate::base::{OperatorId, OrganizationId, Timestamp, version_of};

words! {
    /// What happens when a person signs in for the first time.
    pub enum OnUnknown {
        /// The person becomes a new operator.
        Create = "create",
        /// The person is refused.
        Refuse = "refuse",
    }
}

/// A Mini Program whose users may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WechatApp {
    /// Its organization.
    pub organization: OrganizationId,
    /// The id that WeChat gave it (`appid`), unique over the whole service.
    pub app_id: String,
    /// What happens when a person signs in for the first time.
    pub on_unknown: OnUnknown,
    /// The role of operators that are made for new persons.
    pub role: String,
    /// When it was added.
    pub created_at: Timestamp,
}

impl WechatApp {
    /// Returns the version of what can be changed of it. Another secret does not change it.
    #[must_use]
    pub fn version(&self) -> String {
        version_of(&json!([self.on_unknown.as_str(), self.role]))
    }
}

/// Returns the name under which the secret of an app is sealed. `seal::SEALED` builds the same name
/// in SQL.
fn sealed_name(app_id: &str) -> String {
    format!("wechat app {app_id}")
}

/// The operators that the ids of a person belong to; `None` for an id that belongs to nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owners {
    openid: Option<OperatorId>,
    unionid: Option<OperatorId>,
}

/// The outcome of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
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
    fn of(owners: Owners, has_unionid: bool, on_unknown: OnUnknown) -> Self {
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
    const fn writes(self) -> bool {
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
