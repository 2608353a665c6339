//! The bodies of the webhook routes.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::base::{Timestamp, WebhookId};
use crate::http::JsonBody;
use crate::http::json_member::given;
use crate::outbox::EventKind;
use crate::webhook::secret::Secret;
use crate::webhook::{Change, Delivery, Webhook, WebhookStatus};

/// An endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    id: WebhookId,
    /// The URL to which messages are posted.
    url: String,
    /// The events of which the endpoint receives messages.
    events: Vec<&'static str>,
    /// `active`, `inactive`, or `gone` if it answered 410.
    status: &'static str,
    /// Since when messages are given up; null if the last one arrived.
    gave_up_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            events: webhook.events.iter().map(|kind| kind.as_str()).collect(),
            status: webhook.status.as_str(),
            gave_up_at: webhook.gave_up_at,
            created_at: webhook.created_at,
        }
    }
}

/// A new endpoint.
#[derive(Serialize, ToSchema)]
pub struct NewWebhookView {
    #[serde(flatten)]
    webhook: WebhookView,
    /// The secret with which its messages are signed. It is shown only once.
    #[schema(example = "whsec_…")]
    secret: String,
}

impl NewWebhookView {
    /// Returns the endpoint with its secret in the clear.
    pub(super) fn new(webhook: Webhook, secret: &Secret) -> Self {
        Self {
            webhook: webhook.into(),
            secret: secret.text().to_string(),
        }
    }
}

/// The word of an event that an organization's endpoint can receive.
struct Word(EventKind);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut kinds = EventKind::SUBSCRIBABLE
            .into_iter()
            .filter(|kind| !kind.is_of_service());
        let known = kinds.clone().find(|kind| kind.as_str() == text);
        known.map(Self).ok_or_else(|| {
            let words: Vec<_> = kinds.by_ref().map(EventKind::as_str).collect();
            serde::de::Error::custom(format_args!("must be one of {}", words.join(", ")))
        })
    }
}

/// Reads `active` as `true` and `inactive` as `false`.
fn activity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(WebhookStatus::Active) => Ok(Some(true)),
        Ok(WebhookStatus::Inactive) => Ok(Some(false)),
        Ok(WebhookStatus::Gone) | Err(_) => {
            Err(serde::de::Error::custom("must be active or inactive"))
        }
    }
}

/// A change of an endpoint, and the members of a new one.
#[derive(Default, Deserialize, ToSchema)]
pub struct ChangeWebhook {
    /// An absolute https URL. Required for a new endpoint.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    url: Option<String>,
    /// `token.rotation_due`, `token.revoked`, `credential.revoked`, `operator.deactivated`,
    /// `api_key.quarantined`, `api_key.new_network`, `api_key.woke_up`, `api_key.rate_jump`,
    /// `audit.sealed`. Required for a new endpoint.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false, min_items = 1)]
    events: Option<Vec<Word>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = String, required = false, pattern = "^(active|inactive)$")]
    status: Option<bool>,
}

impl JsonBody for ChangeWebhook {}

impl From<ChangeWebhook> for Change {
    fn from(wire: ChangeWebhook) -> Self {
        Self {
            url: wire.url,
            events: wire
                .events
                .map(|words| words.into_iter().map(|Word(kind)| kind).collect()),
            active: wire.status,
        }
    }
}

/// Which messages to try once more.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// The id of a message that was given up; absent or null for all of them.
    pub(super) delivery_id: Option<String>,
}

impl JsonBody for Retry {}

/// How many messages are tried once more.
#[derive(Serialize, ToSchema)]
pub struct RetriedView {
    pub(super) retried: usize,
}

/// The message that was written.
#[derive(Serialize, ToSchema)]
pub struct MessageView {
    /// The message's id. It is the header `webhook-id` of the delivery.
    id: String,
}

impl MessageView {
    pub(super) const fn new(id: String) -> Self {
        Self { id }
    }
}

/// A message to an endpoint.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    id: String,
    event: &'static str,
    /// `pending`, `delivered`, or `failed` if it was given up.
    status: &'static str,
    /// The number of attempts so far.
    attempts: i64,
    created_at: Timestamp,
    /// When the last attempt was made; null if there was none.
    attempted_at: Option<Timestamp>,
    /// When the next attempt is due; null if there is none.
    due_at: Option<Timestamp>,
    /// The outcome of the last attempt; null if there was none.
    outcome: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event: delivery.event.as_str(),
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            created_at: delivery.created_at,
            attempted_at: delivery.attempted_at,
            due_at: delivery.due_at,
            outcome: delivery.outcome,
        }
    }
}
