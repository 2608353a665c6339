//! Sign-in with WeChat (guide 000): a Mini Program gets a code from WeChat, and exchanges it here for
//! a session of an operator.
//!
//! The law: an id that WeChat gave a person belongs to one operator for good. An `openid` names a
//! person within its app only, a `unionid` within its organization only.

mod app;
mod client;
mod decision;
pub mod http;
mod login;
mod record;
mod store;

pub use app::{
    ManageError, Members, NewApp, add, change, change_version, get, is_app_id, list,
    organization_of, remove,
};
pub use client::{Person, Upstream, UpstreamError};
use decision::{Decision, Owners};
pub use login::{LoginError, Presented, SignedIn, log_in};
use record::sealed_name;
pub use record::{OnUnknown, WechatApp};
