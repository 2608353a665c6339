//! A line of the audit log, to be recorded.

use std::net::IpAddr;

use super::{Action, Actor, Origin, Through};
use crate::base::{OrganizationId, Sequence, Timestamp};

/// A line of the log, to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) action: Action,
    pub(crate) actor: Actor,
    pub(crate) through: Option<Through>,
    pub(crate) at: Timestamp,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) target: Option<String>,
    pub(crate) occurrences: i64,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) entry: Option<Sequence>,
}

impl Event {
    /// Returns an event with only the action, the actor and the time.
    #[must_use]
    pub const fn new(action: Action, actor: Actor, at: Timestamp) -> Self {
        Self {
            action,
            actor,
            through: None,
            at,
            organization: None,
            target: None,
            occurrences: 1,
            address: None,
            request_id: None,
            detail: None,
            entry: None,
        }
    }

    /// Returns an event with the caller's data from a request.
    #[must_use]
    pub fn of(
        origin: &Origin,
        action: Action,
        at: Timestamp,
        organization: OrganizationId,
    ) -> Self {
        Self {
            organization: Some(organization),
            through: origin.through,
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..Self::new(action, origin.actor.clone(), at)
        }
    }

    /// Returns an event of the service itself, of no organization, with the caller's data from a
    /// request.
    #[must_use]
    pub fn of_service(origin: &Origin, action: Action, at: Timestamp) -> Self {
        Self {
            through: origin.through,
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..Self::new(action, origin.actor.clone(), at)
        }
    }

    /// Sets the object of the action: `operator:7`, `token:…`, `key:…`.
    #[must_use]
    pub fn target(self, target: impl Into<String>) -> Self {
        Self {
            target: Some(target.into()),
            ..self
        }
    }

    /// Sets the entry of the feed that was written by the same change, so that each leads to the
    /// other.
    #[must_use]
    pub fn entry(self, entry: Sequence) -> Self {
        Self {
            entry: Some(entry),
            ..self
        }
    }

    /// Adds details for the reader. Never a secret.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }
}
