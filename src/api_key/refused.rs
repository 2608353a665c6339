//! Why a key is refused.

use crate::base::words::words;

words! {
    /// Why a key is refused: the codes of verify, in the order in which they are checked.
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
        /// It must be used with a signature, and only its text was presented.
        SignatureRequired = "signature_required",
        /// It is a key of another environment than the caller needs.
        EnvironmentMismatch = "environment_mismatch",
        /// It lacks a scope that the caller needs.
        InsufficientScope = "insufficient_scope",
        /// It lacks the role that the caller needs.
        InsufficientRole = "insufficient_role",
    }
}
