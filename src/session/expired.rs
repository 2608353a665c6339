//! What has expired of browser sessions.

pub(super) mod store;
