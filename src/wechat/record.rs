//! A Mini Program whose users may sign in with WeChat.

use serde_json::json;

use crate::base::words::words;
use crate::base::{OrganizationId, Timestamp, version_of};

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
pub(super) fn sealed_name(app_id: &str) -> String {
    format!("wechat app {app_id}")
}
