//! Types that every folder uses: time, ids, randomness, fair sharing. The only I/O is reading the
//! clock and the system's random source.

mod api_key_id;
pub mod bom;
mod bounded;
pub mod caseless;
mod client_id;
pub mod clock;
pub mod csv;
mod digest;
pub mod fair_share;
pub mod ids;
mod key_id;
pub mod name;
pub mod random;
mod read_on;
pub mod search_words;
mod seek;
pub mod time;
mod turns;
mod unchanged;
mod version;
pub mod words;

pub use api_key_id::{ApiKeyId, NoApiKeyId};
pub use bounded::{Bounded, bounded};
pub use client_id::{ClientId, ClientTag, NoClientId};
pub use clock::Clock;
pub use digest::Digest;
pub use ids::{
    EntryTag, GrantId, ImportId, OperatorId, OrganizationId, PlatformAdminId, Sequence, TokenId,
    WebhookId,
};
pub use key_id::{KeyId, NoKeyId};
pub use read_on::{Reached, ReadOn};
pub use seek::{Leaf, NoKey, Seek, TimeKey};
pub use time::Timestamp;
pub use turns::{Pushed, Turn, Turns};
pub use unchanged::Unchanged;
pub use version::version_of;
