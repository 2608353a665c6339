//! The laws of the protocol, each of which can be switched off.
#![allow(clippy::struct_excessive_bools, reason = "each law is a switch")]

/// The laws, each of which can be switched off.
#[derive(Clone, Copy)]
pub(crate) struct Laws {
    /// A revoke waits for nodes that have not confirmed, until their leases must have expired.
    pub(crate) wait: bool,
    /// A node applies before it confirms.
    pub(crate) apply_then_confirm: bool,
    /// A lease counts from before the sync's request.
    pub(crate) lease_from_before: bool,
    /// A sync that grants a lease began after the registration was committed.
    pub(crate) register_then_sync: bool,
    /// The lease that is checked was taken before the index was read.
    pub(crate) taken_before_index: bool,
    /// A row leaves the registry only after it was unchanged for a lease.
    pub(crate) cleared_after_lease: bool,
    /// Observations of a row before a crash of the database do not count after it.
    pub(crate) watched_anew_after_crash: bool,
}

pub(crate) const ALL: Laws = Laws {
    wait: true,
    apply_then_confirm: true,
    lease_from_before: true,
    register_then_sync: true,
    taken_before_index: true,
    cleared_after_lease: true,
    watched_anew_after_crash: true,
};
