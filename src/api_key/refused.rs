//! Why a key does not count.

use crate::base::words::words;

words! {
    /// Why a key does not count: the words of verify. Their order is that in which they are looked
    /// for.
    pub enum Refused {
        /// It is malformed, unknown, or another organization's.
        NotFound = "not_found",
        /// It was revoked; or the operator that it is bound to is not active.
        Revoked = "revoked",
        /// It is quarantined.
        Quarantined = "quarantined",
        /// It has expired, or is an old text after its overlap.
        Expired = "expired",
        /// The address is not on its list, or is not known.
        AddressDenied = "address_denied",
        /// It is of another environment than is wanted.
        EnvironmentMismatch = "environment_mismatch",
        /// It lacks a scope that is wanted.
        InsufficientScope = "insufficient_scope",
        /// It lacks the role that is wanted.
        InsufficientRole = "insufficient_role",
    }
}
