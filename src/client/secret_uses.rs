//! Records when secrets of clients were last used. The times stay in memory until a job writes them,
//! so that no request waits for that.

use std::cell::RefCell;
use std::collections::HashMap;

use parking_lot::Mutex;

use super::{Registered, store};
use crate::base::{ClientId, Digest, OrganizationId, Timestamp};
use crate::db::{Db, Result};

/// The largest number of secrets that wait to be written. Uses of further ones are not recorded
/// before the next run of the job.
const MOST: usize = 100_000;

type Key = (OrganizationId, ClientId, Digest);

/// The number of secrets whose last use each thread remembers.
const NEAR: usize = 64;

thread_local! {
    /// The second of the last use of some secrets, which need not be noted again in that second: so
    /// a client that calls all the time does not make every thread wait for one lock.
    static NOTED: RefCell<[Option<(OrganizationId, Digest, i64)>; NEAR]> =
        const { RefCell::new([None; NEAR]) };
}

/// Whether this thread has noted a use in the same second.
fn is_noted(organization: OrganizationId, digest: Digest, now: Timestamp) -> bool {
    let [first, ..] = digest.0;
    let use_of_now = Some((organization, digest, now.as_seconds()));
    NOTED.with_borrow_mut(|noted| {
        let Some(place) = noted.get_mut(usize::from(first) % NEAR) else {
            return false;
        };
        std::mem::replace(place, use_of_now) == use_of_now
    })
}

/// The last use of each secret that was used since the last run of the job.
#[derive(Default)]
pub struct SecretUses(Mutex<HashMap<Key, Timestamp>>);

impl SecretUses {
    /// Records that a client proved itself with a secret at `now`, to the second.
    pub fn note(&self, registered: &Registered, secret: &str, now: Timestamp) {
        let client = &registered.client;
        let digest = match (registered.secrets.current, registered.secrets.previous) {
            (Some(only), None) => only.digest,
            _ => Digest::of(secret),
        };
        if is_noted(client.organization, digest, now) {
            return;
        }
        let key = (client.organization, client.id.clone(), digest);
        let mut uses = self.0.lock();
        if uses.len() < MOST || uses.contains_key(&key) {
            let last = uses.entry(key).or_insert(now);
            *last = now.max(*last);
        }
    }

    /// Writes the uses to the database. Returns their number. What could not be written is kept for
    /// the next run.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub fn write(&self, db: &Db) -> Result<usize> {
        let pending: Vec<_> = {
            let uses = self.0.lock();
            uses.iter().map(|(key, at)| (key.clone(), *at)).collect()
        };
        for ((organization, id, digest), at) in &pending {
            db.write_statement_blocking(|conn| {
                store::note_use(conn, *organization, id, *digest, *at)
            })?;
            let mut uses = self.0.lock();
            let key = (*organization, id.clone(), *digest);
            if uses.get(&key) == Some(at) {
                uses.remove(&key);
            }
        }
        Ok(pending.len())
    }
}
