//! Managing endpoints: add, read, list, change, remove, and send a test message.

use super::delivery::{self, abandon};
use super::store;
use super::{Secret, Webhook, WebhookStatus};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp, WebhookId};
use crate::db::{Conn, Error, allocate, serialize_writes};
use crate::outbound::{Refusal, check_url};
use crate::outbox::{self, EventKind, MessageId};
use crate::seal::{MasterKeys, SealError};

/// The largest number of endpoints of one organization.
const MOST: i64 = 20;

/// Why an endpoint was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The guard refuses the URL.
    #[error("url {0}")]
    Url(Refusal),
    /// No event is named.
    #[error("events must name at least one event")]
    NoEvents,
    /// An organization's endpoint cannot receive this event.
    #[error("events: {0} is the service's own; only `lanyard webhook add` can ask for it")]
    Event(EventKind),
    /// There is no such endpoint in this organization.
    #[error("there is no webhook with this id")]
    Unknown,
    /// The organization has the largest allowed number of endpoints.
    #[error("there are {MOST} webhooks already, which is the most; remove one first")]
    TooMany,
    /// The endpoint is not active, so no message is delivered to it.
    #[error("the webhook is not active; set its status to active first")]
    NotActive,
    /// The endpoint was changed since the caller read it.
    #[error("the webhook was changed meanwhile; read it again")]
    Changed,
    /// The endpoint has no such message.
    #[error("there is no message with this id to this webhook")]
    UnknownMessage,
    /// The secret of the endpoint cannot be sealed.
    #[error("{0}")]
    Seal(SealError),
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// What to change. `None` leaves a member as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The URL to which messages are posted.
    pub url: Option<String>,
    /// The events of which the endpoint receives messages.
    pub events: Option<Vec<EventKind>>,
    /// Whether messages are sent to the endpoint.
    pub active: Option<bool>,
}

impl Change {
    fn apply(self, webhook: &mut Webhook, allow_private: bool) -> Result<(), ManageError> {
        if let Some(url) = self.url {
            check_url(&url, allow_private).map_err(ManageError::Url)?;
            webhook.url = url;
        }
        if let Some(events) = self.events {
            webhook.events = EventKind::SUBSCRIBABLE
                .into_iter()
                .filter(|kind| events.contains(kind))
                .collect();
            let own = webhook.organization == OrganizationId::SERVICE;
            let foreign = webhook.events.iter().find(|kind| kind.is_of_service());
            if let Some(kind) = foreign.filter(|_| !own) {
                return Err(ManageError::Event(*kind));
            }
        }
        if webhook.events.is_empty() {
            return Err(ManageError::NoEvents);
        }
        match self.active {
            None => {}
            Some(true) => webhook.status = WebhookStatus::Active,
            Some(false) => webhook.status = WebhookStatus::Inactive,
        }
        Ok(())
    }
}

/// Returns an event for the audit log. An event about one of the service's own endpoints belongs to
/// no organization.
pub(super) fn audit_event(
    origin: &Origin,
    action: Action,
    (organization, id): (OrganizationId, WebhookId),
    now: Timestamp,
) -> Event {
    let event = if organization == OrganizationId::SERVICE {
        Event::of_service(origin, action, now)
    } else {
        Event::of(origin, action, now, organization)
    };
    event.target(format!("webhook:{id}"))
}

/// Adds an endpoint, in the caller's transaction. Returns the endpoint and its secret, which is
/// shown only once.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn add(
    conn: &mut Conn,
    organization: OrganizationId,
    new: Change,
    (masters, allow_private): (&MasterKeys, bool),
    origin: &Origin,
    now: Timestamp,
) -> Result<(Webhook, Secret), ManageError> {
    let id = WebhookId(allocate(conn, "webhooks", 1)?);
    let mut webhook = Webhook {
        organization,
        id,
        url: String::new(),
        events: Vec::new(),
        status: WebhookStatus::Active,
        gave_up_at: None,
        created_at: now.whole_second(),
    };
    new.apply(&mut webhook, allow_private)?;
    if store::count(conn, organization)? >= MOST {
        return Err(ManageError::TooMany);
    }
    let secret = Secret::generate();
    let master = masters.for_new(conn)?;
    let sealed = secret.seal(master, id).map_err(ManageError::Seal)?;
    store::insert(conn, &webhook, &sealed, now)?;
    let event = audit_event(origin, Action::WebhookCreated, (organization, id), now);
    audit::record(conn, &event)?;
    Ok((webhook, secret))
}

/// Returns an endpoint of the organization.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn get(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Webhook, ManageError> {
    store::find(conn, organization, id)?.ok_or(ManageError::Unknown)
}

/// Returns at most `limit` endpoints whose id is greater than `after`, ordered by id.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    after: WebhookId,
    limit: i64,
) -> crate::db::Result<Vec<Webhook>> {
    store::page(conn, organization, after, limit)
}

/// Changes an endpoint, in the caller's transaction. If the endpoint is then not active, its
/// pending messages are given up.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn change(
    conn: &mut Conn,
    which: (OrganizationId, WebhookId),
    change: Change,
    allow_private: bool,
    origin: &Origin,
    now: Timestamp,
) -> Result<Webhook, ManageError> {
    change_if(conn, which, |_| true, change, (allow_private, origin, now))
}

/// Like [`change`], if `unchanged` says of the stored endpoint that it is the one that the caller has
/// read.
///
/// # Errors
/// Returns the [`ManageError`]; [`ManageError::Changed`] if it is not.
pub fn change_if(
    conn: &mut Conn,
    (organization, id): (OrganizationId, WebhookId),
    unchanged: impl FnOnce(&Webhook) -> bool,
    change: Change,
    (allow_private, origin, now): (bool, &Origin, Timestamp),
) -> Result<Webhook, ManageError> {
    serialize_writes(conn, "webhooks")?;
    let before = get(conn, organization, id)?;
    if !unchanged(&before) {
        return Err(ManageError::Changed);
    }
    let mut after = before.clone();
    change.apply(&mut after, allow_private)?;
    if after == before {
        return Ok(after);
    }
    store::update(conn, &after, now)?;
    if after.status != WebhookStatus::Active {
        abandon(conn, (organization, id), "the webhook was deactivated")?;
    }
    let event = audit_event(origin, Action::WebhookUpdated, (organization, id), now);
    audit::record(conn, &event)?;
    Ok(after)
}

/// Removes an endpoint with all its messages, in the caller's transaction.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn remove(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), ManageError> {
    serialize_writes(conn, "webhooks")?;
    if !store::delete(conn, organization, id)? {
        return Err(ManageError::Unknown);
    }
    let event = audit_event(origin, Action::WebhookDeleted, (organization, id), now);
    Ok(audit::record(conn, &event)?)
}

/// Writes a test message to the endpoint, in the caller's transaction. Returns the id of the
/// message.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn test(
    conn: &mut Conn,
    organization: OrganizationId,
    id: WebhookId,
    now: Timestamp,
) -> Result<String, ManageError> {
    serialize_writes(conn, "webhooks")?;
    if get(conn, organization, id)?.status != WebhookStatus::Active {
        return Err(ManageError::NotActive);
    }
    Ok(outbox::emit_test(conn, organization, id, now)?)
}

/// Tries messages that were given up once more, in the caller's transaction: the one with the id
/// `message`, or all of them. Returns their number: 0 if nothing was given up, or it is being tried
/// already.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn retry(
    conn: &mut Conn,
    which: (OrganizationId, WebhookId),
    message: Option<MessageId>,
    origin: &Origin,
    now: Timestamp,
) -> Result<usize, ManageError> {
    serialize_writes(conn, "webhooks")?;
    if get(conn, which.0, which.1)?.status != WebhookStatus::Active {
        return Err(ManageError::NotActive);
    }
    let retried = delivery::retry(conn, which, message, now)?;
    let retried = retried.ok_or(ManageError::UnknownMessage)?;
    if retried > 0 {
        let detail = match message {
            Some(id) => id.to_string(),
            None => format!("{retried} messages"),
        };
        let event = audit_event(origin, Action::WebhookRetried, which, now).detail(detail);
        audit::record(conn, &event)?;
    }
    Ok(retried)
}
