//! API keys in memory: nearly every request that presents one is judged without the database.
//!
//! What is remembered is true: a text belongs to one key for ever, and the record of a key is
//! forgotten by the feed when it changes. A text that belongs to no key is remembered for a minute;
//! that is safe, because a key that is made later has a text that nobody can have presented before.
//! The same holds for the ids that signatures name. Signing secrets are unsealed in memory only.

use std::sync::Arc;
use std::time::Duration;

use super::{SigningKey, StoredKey, store};
use crate::base::{ApiKeyId, Bounded, Clock, Digest, bounded};
use crate::db::{self, Db, Error};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};
use crate::metrics::Metrics;
use crate::seal::MasterKeys;

/// The largest number of keys in memory, each of about 700 bytes, and of keys whose signatures can be
/// checked, each of about 900 bytes.
const REMEMBERED: usize = 50_000;

/// The largest number of texts in memory that belong to no key, and of ids that no key has.
const UNKNOWN: usize = 20_000;

/// How long a text that belongs to no key is remembered.
const FOR: Duration = Duration::from_mins(1);

/// Records of API keys, by their texts.
pub struct KnownKeys {
    /// The key of each text.
    texts: Bounded<Digest, ApiKeyId>,
    records: FeedCache<ApiKeyId, Arc<StoredKey>>,
    /// Texts of no key, with the monotonic time until which they are remembered.
    unknown: Bounded<Digest, Duration>,
    /// Keys with their signing secrets.
    signing: FeedCache<ApiKeyId, Arc<SigningKey>>,
    /// Ids of no key, as `unknown`.
    unknown_ids: Bounded<ApiKeyId, Duration>,
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self::bounded(REMEMBERED, UNKNOWN)
    }
}

impl KnownKeys {
    /// Remembers at most `keys` keys, as many whose signatures can be checked, and at most `unknown`
    /// texts that belong to no key, and as many ids.
    #[must_use]
    pub fn bounded(keys: usize, unknown: usize) -> Self {
        Self {
            // In an overlap a key has two.
            texts: bounded(2 * keys),
            records: FeedCache::new(keys),
            unknown: bounded(unknown),
            signing: FeedCache::new(keys),
            unknown_ids: bounded(unknown),
        }
    }

    /// Returns the key of a text, in any status; `None` if there is none. The node must hold its lease
    /// after this returns.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn find(
        &self,
        (db, clock, metrics): (&Db, &Clock, &Metrics),
        digest: Digest,
    ) -> db::Result<Option<Arc<StoredKey>>> {
        if let Some(found) = self.remembered(digest) {
            return Ok(Some(found));
        }
        let now = clock.elapsed();
        if self.unknown.get(&digest).is_some_and(|until| now < until) {
            return Ok(None);
        }
        let since = self.records.begin();
        metrics.api_key_lookups.inc();
        let found = db
            .read(move |conn| store::find_by_text(conn, digest))
            .await?;
        let Some(found) = found.map(Arc::new) else {
            self.unknown.insert(digest, now + FOR);
            return Ok(None);
        };
        let id = found.key.id;
        self.texts.insert(digest, id);
        self.records.keep(since, id, Arc::clone(&found));
        Ok(Some(found))
    }

    /// Returns the key with an id, in any status, with its signing secrets; `None` if there is none.
    /// The node must hold its lease after this returns.
    ///
    /// # Errors
    /// Returns an error if the database call fails, or a secret cannot be unsealed.
    pub async fn find_signing(
        &self,
        (db, clock, metrics): (&Db, &Clock, &Metrics),
        masters: &MasterKeys,
        id: ApiKeyId,
    ) -> db::Result<Option<Arc<SigningKey>>> {
        if let Some(found) = self.signing.get(&id) {
            return Ok(Some(found));
        }
        let now = clock.elapsed();
        if self.unknown_ids.get(&id).is_some_and(|until| now < until) {
            return Ok(None);
        }
        let since = self.signing.begin();
        metrics.api_key_lookups.inc();
        let found = db
            .read(move |conn| store::find_with_secrets(conn, id))
            .await?;
        let Some((stored, secrets)) = found else {
            self.unknown_ids.insert(id, now + FOR);
            return Ok(None);
        };
        let found = SigningKey::unseal(stored, &secrets, masters)
            .map_err(|why| Error::Internal(why.to_string()))?;
        let found = Arc::new(found);
        self.signing.keep(since, id, Arc::clone(&found));
        Ok(Some(found))
    }

    /// Returns the key of a text, if it is in memory. A record that lacks the text was read before
    /// the text was made.
    fn remembered(&self, digest: Digest) -> Option<Arc<StoredKey>> {
        let id = self.texts.get(&digest)?;
        let found = self.records.get(&id)?;
        let has_it = found.texts.iter().any(|text| text.digest.equals(&digest));
        has_it.then_some(found)
    }
}

impl Listener for KnownKeys {
    fn apply(&self, entry: &Entry) -> db::Result<()> {
        if let Fact::Revoked(Target::ApiKey(id)) | Fact::Changed(Record::ApiKey(id)) = entry.fact {
            self.records.forget(&id);
            self.signing.forget(&id);
        }
        Ok(())
    }

    fn reset(&self) -> db::Result<()> {
        self.records.forget_all();
        self.signing.forget_all();
        Ok(())
    }
}
