//! Who logs in.

use crate::base::{OperatorId, OrganizationId, PlatformAdminId};

/// The subject that logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An organization, with its own login and password.
    Organization(OrganizationId),
    /// An operator of an organization.
    Operator(OrganizationId, OperatorId),
    /// An admin of the platform.
    PlatformAdmin(PlatformAdminId),
}

impl Subject {
    /// Returns the organization that the subject belongs to, or the service itself. Subjects of one
    /// organization share one turn in queues.
    #[must_use]
    pub const fn organization(self) -> OrganizationId {
        match self {
            Self::Organization(id) | Self::Operator(id, _) => id,
            Self::PlatformAdmin(_) => OrganizationId::SERVICE,
        }
    }
}
