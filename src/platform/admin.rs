//! An admin of the platform.

use crate::base::{PlatformAdminId, Timestamp};

/// An admin of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAdmin {
    /// Its id.
    pub id: PlatformAdminId,
    /// The name that it signs in with.
    pub login: String,
    /// When it was added.
    pub created_at: Timestamp,
}
