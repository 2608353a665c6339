//! Changes the keys: one transaction at a time over all nodes, recorded in the audit log, and sent
//! to every node by the feed.

use zeroize::Zeroizing;

use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{InvalidTransition, Key, KeyState, Life, Role};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, OrganizationId, Timestamp};
use crate::db::{self, Conn};
use crate::feed::{self, Entry, Fact, Needed, Record, Target};
use crate::outbox::{self, Audience, EventKind};
use crate::seal::{MasterKeys, SealError};
use crate::token::SecretKey;

type Result<T> = std::result::Result<T, KeysError>;

/// A key that is not stored yet. Making an RSA key takes long, so keys are made before the
/// transaction.
pub struct NewKey {
    kid: KeyId,
    role: Role,
    secret: Zeroizing<Vec<u8>>,
}

impl NewKey {
    /// Makes a key for a role. An algorithm alone stands for the role that signs tokens with it.
    ///
    /// # Errors
    /// [`KeysError::Key`] if the cryptographic library fails.
    pub fn make(role: impl Into<Role>) -> Result<Self> {
        let role = role.into();
        Ok(Self {
            kid: KeyId::generate(),
            role,
            secret: SecretKey::generate(role.algorithm)?,
        })
    }

    /// Returns the role of the key.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }
}

/// The usable keys, in a transaction that changes them.
pub(super) struct Change<'a> {
    pub(super) conn: &'a mut Conn,
    masters: &'a MasterKeys,
    origin: Origin,
    now: Timestamp,
    rows: Vec<KeyRow>,
}

impl<'a> Change<'a> {
    /// Waits until no other transaction changes keys, and reads them.
    pub(super) fn begin(
        conn: &'a mut Conn,
        masters: &'a MasterKeys,
        origin: impl Into<Origin>,
        now: Timestamp,
    ) -> Result<Self> {
        db::serialize_writes(conn, "keys")?;
        let rows = store::usable(conn)?;
        Ok(Self {
            conn,
            masters,
            origin: origin.into(),
            now,
            rows,
        })
    }

    pub(super) fn rows(&self) -> &[KeyRow] {
        &self.rows
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.rows.iter().map(KeyRow::key).collect()
    }

    /// Returns the oldest key of a role in a state. `None` if there is none.
    pub(super) fn first(&self, role: Role, state: KeyState) -> Option<KeyId> {
        self.rows
            .iter()
            .find(|row| row.role() == role && row.state == state)
            .map(|row| row.kid)
    }

    pub(super) fn find(&self, kid: KeyId) -> Result<Key> {
        self.rows
            .iter()
            .find(|row| row.kid == kid)
            .map(KeyRow::key)
            .ok_or(KeysError::Unknown(kid))
    }

    fn record(&mut self, action: Action, kid: KeyId, detail: Option<String>) -> Result<()> {
        let event = Event::of_service(&self.origin, action, self.now).target(format!("key:{kid}"));
        let event = match detail {
            Some(detail) => event.detail(detail),
            None => event,
        };
        Ok(audit::record(self.conn, &event)?)
    }

    /// Stores a key. It is pending.
    pub(super) fn insert(&mut self, fresh: NewKey) -> Result<KeyId> {
        let NewKey { kid, role, secret } = fresh;
        let key = Key {
            kid,
            role,
            life: Life::begin(self.now),
            retiring_seq: None,
        };
        let master = self.masters.for_new(self.conn)?;
        let row = KeyRow::new(key, Vec::new(), master.fingerprint().to_owned());
        let sealed_key = master
            .seal(&secret, &row.context())
            .map_err(SealError::from)?
            .value;
        store::insert(self.conn, &KeyRow { sealed_key, ..row })?;
        self.rows = store::usable(self.conn)?;
        self.record(Action::KeyCreated, kid, Some(role.to_string()))?;
        Ok(kid)
    }

    fn step(
        &mut self,
        kid: KeyId,
        step: impl FnOnce(Life, Timestamp) -> std::result::Result<Life, InvalidTransition>,
    ) -> Result<()> {
        let life = step(self.find(kid)?.life, self.now)
            .map_err(|invalid| KeysError::InvalidTransition(kid, invalid))?;
        store::set_life(self.conn, kid, &life)?;
        self.rows = store::usable(self.conn)?;
        Ok(())
    }

    /// Makes a pending key active. The active key of its role becomes retiring.
    pub(super) fn activate(&mut self, kid: KeyId) -> Result<()> {
        let role = self.find(kid)?.role;
        let old = self.first(role, KeyState::Active);
        if let Some(old) = old {
            self.step(old, Life::supersede)?;
        }
        self.step(kid, Life::activate)?;
        let event = outbox::Event::KeyRotated {
            kid,
            algorithm: role.algorithm.as_str(),
            previous_kid: old,
        };
        outbox::emit(self.conn, OrganizationId::SERVICE, &event, self.now)?;
        self.record(
            Action::KeyActivated,
            kid,
            old.map(|old| format!("in place of {old}")),
        )
    }

    /// Makes an active key retiring: it no longer signs.
    pub(super) fn supersede(&mut self, kid: KeyId) -> Result<()> {
        self.step(kid, Life::supersede)?;
        self.record(Action::KeySuperseded, kid, None)
    }

    /// Retires a key: it no longer verifies, and its secret is deleted.
    pub(super) fn retire(&mut self, kid: KeyId) -> Result<()> {
        self.step(kid, Life::retire)?;
        self.record(Action::KeyRetired, kid, None)
    }

    /// Revokes a key, with every token it signed. Returns the entry.
    pub(super) fn revoke(&mut self, kid: KeyId) -> Result<Entry> {
        self.step(kid, Life::revoke)?;
        let target = Target::Key(kid);
        let service = OrganizationId::SERVICE;
        let audience = Audience::of(self.conn, service, EventKind::TokenRevoked)?;
        let needed = target.needed(None, self.now);
        let entry = feed::append(self.conn, service, Fact::Revoked(target), self.now, needed)?;
        store::set_retiring_seq(self.conn, entry.seq)?;
        let event = Event::of_service(&self.origin, Action::KeyRevoked, self.now)
            .target(format!("key:{kid}"))
            .entry(entry.seq);
        audit::record(self.conn, &event)?;
        if let Some(message) = entry.message() {
            audience.write(self.conn, service, &message, self.now)?;
        }
        Ok(entry)
    }

    /// Writes the entry that makes every node reload the keys. Returns it.
    pub(super) fn announce(self) -> Result<Entry> {
        let (service, needed) = (OrganizationId::SERVICE, Needed::in_passing(self.now));
        let entry = feed::append(
            self.conn,
            service,
            Fact::Changed(Record::Keys),
            self.now,
            needed,
        )?;
        store::set_retiring_seq(self.conn, entry.seq)?;
        Ok(entry)
    }
}
