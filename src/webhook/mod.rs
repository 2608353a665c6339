//! Webhooks: endpoints that receive signed messages about events, over HTTP (Standard Webhooks
//! 1.0).

mod delivery;
pub mod http;
pub mod job;
mod manage;
mod record;
mod secret;
mod store;

pub use delivery::{Delivery, Dispatcher, deliveries};
pub use manage::{Change, ManageError, add, change, change_if, get, list, remove, retry, test};
pub use record::{Webhook, WebhookStatus};
pub use secret::Secret;
pub use store::count;
