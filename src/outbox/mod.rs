//! The outbox: messages for webhooks. Each is written in the same transaction as the change it
//! reports and is delivered after the commit, so a change that is rolled back sends no message.

mod event;
mod message;
mod store;

pub use event::{Event, EventKind};
pub use message::{Audience, DeliveryStatus, MessageId, emit, emit_test};
