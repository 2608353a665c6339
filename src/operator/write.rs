//! Writes operators: their rows, and then the effects of the change. Many are written in few
//! statements.

mod effects;

use std::collections::{BTreeSet, HashMap};

use self::effects::Effects;
use super::{ManageError, Operator, OperatorStatus, console_guard, store};
use crate::audit::Origin;
use crate::base::{OrganizationId, Timestamp, TokenId, caseless};
use crate::db::{Conn, Error, Result, savepoint};
use crate::feed::Entry;

/// The number of rows that are written between two calls of `gives_way`.
const BATCH: usize = 250;

/// An operator to be written. It differs from what it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'a> {
    /// The operator as it is in the database; `None` if it is new.
    pub(super) before: Option<&'a Operator>,
    /// The operator afterwards.
    pub(super) after: &'a Operator,
    /// The session that stays if the username or password changes. `None` if all sessions end.
    pub(super) spared: Option<TokenId>,
}

/// Why the operators were not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// The name of an operator is taken.
    Taken {
        /// Which one of those to be written, from 0: the first one.
        number: usize,
        /// Which name.
        fault: ManageError,
    },
    /// The caller may not write this one: the first such.
    Guarded {
        /// Which one of those to be written, from 0.
        number: usize,
    },
    /// A database call failed.
    Database(Error),
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<WriteError> for ManageError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Taken { fault, .. } => fault,
            WriteError::Guarded { .. } => Self::Guarded,
            WriteError::Database(error) => Self::Database(error),
        }
    }
}

/// Writes operators of one organization, in the caller's transaction, as if one after the other.
/// Names that one of them takes over from another must be released. Returns the entries written.
/// `gives_way` is called before each batch; if it returns true, this fails with [`Error::Busy`].
///
/// # Errors
/// Returns the [`WriteError`]. The caller must roll its transaction back.
pub(super) fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    writes: &[Write],
    origin: &Origin,
    now: Timestamp,
    gives_way: &dyn Fn() -> bool,
) -> std::result::Result<Vec<Entry>, WriteError> {
    let go_on = || {
        if gives_way() {
            Err(Error::Busy)
        } else {
            Ok(())
        }
    };
    if let Some(number) = console_guard::refused(conn, organization, writes, origin)? {
        return Err(WriteError::Guarded { number });
    }
    for (number, batch) in writes.chunks(BATCH).enumerate() {
        go_on()?;
        write_rows(conn, batch, number * BATCH)?;
        write_words(conn, organization, batch)?;
    }
    check_name_space(conn, organization, writes)?;
    let mut effects = Effects::default();
    for write in writes {
        effects.add(write, origin, now);
    }
    Ok(effects.write(conn, organization, now, &go_on)?)
}

/// Changes the words of those that are found by other words from now on. Deleted operators have none.
fn write_words(
    conn: &mut Conn,
    organization: OrganizationId,
    writes: &[Write],
) -> std::result::Result<(), WriteError> {
    let of = |operator: &Operator| match operator.status {
        OperatorStatus::Deleted => BTreeSet::new(),
        _ => operator.words(),
    };
    let changes = writes.iter().filter(|write| write.changes_words());
    let changes = changes.map(|write| {
        let before = write.before.map(of).unwrap_or_default();
        let after = of(write.after);
        store::WordsChange {
            of: write.after.id,
            removed: before.difference(&after).cloned().collect(),
            added: after.difference(&before).cloned().collect(),
        }
    });
    let changes = changes.collect();
    Ok(store::change_words(conn, organization, changes)?)
}

/// Writes the rows. If a name is taken, finds the first row that takes one: halves are tried, the
/// first one first.
fn write_rows(
    conn: &mut Conn,
    writes: &[Write],
    first: usize,
) -> std::result::Result<(), WriteError> {
    if let [write] = writes {
        return write_row(conn, write).map_err(|error| match error.into() {
            ManageError::Database(error) => WriteError::Database(error),
            fault => WriteError::Taken {
                number: first,
                fault,
            },
        });
    }
    match savepoint(conn, |conn| write_batch(conn, writes)) {
        Err(Error::Duplicate { .. }) => {
            let half = writes.len() / 2;
            let (one, other) = writes.split_at(half);
            write_rows(conn, one, first)?;
            write_rows(conn, other, first + half)
        }
        outcome => Ok(outcome?),
    }
}

/// Writes one row. If an existing operator takes two names that others have, the external id is the
/// one that is reported.
fn write_row(conn: &mut Conn, write: &Write) -> Result<()> {
    write_batch(conn, std::slice::from_ref(write))
}

fn write_batch(conn: &mut Conn, writes: &[Write]) -> Result<()> {
    let those = |which: &dyn Fn(&Write) -> bool| -> Vec<_> {
        let found = writes.iter().filter(|write| which(write));
        found.map(|write| write.after).collect()
    };
    let is_new = |write: &Write| write.before.is_none();
    store::insert(conn, those(&is_new))?;
    store::update::<store::Keys>(conn, those(&|write| write.changes_keys()))?;
    store::update::<store::RoleName>(conn, those(&|write| write.changes_role()))?;
    store::update::<store::Name>(conn, those(&|write| write.changes_name()))?;
    store::update::<store::Unindexed>(conn, those(&|write| write.changes_others()))?;
    store::update::<store::Email>(conn, those(&|write| write.changes_email()))?;
    store::update::<store::SignIn>(conn, those(&|write| write.changes_sign_in()))
}

/// Usernames and emails of an organization are one name space, which no index covers. Once all rows
/// are written, no operator may have as username what another one has as email. Of two that are
/// written, the later one is refused.
fn check_name_space(
    conn: &mut Conn,
    organization: OrganizationId,
    writes: &[Write],
) -> std::result::Result<(), WriteError> {
    let mut named: HashMap<(bool, String), usize> = HashMap::new();
    for (number, write) in writes.iter().enumerate() {
        if write.after.status == OperatorStatus::Deleted {
            continue;
        }
        let is_new = write.before.is_none();
        let profile = &write.after.profile;
        let username = profile.username.as_deref();
        if let Some(name) = username.filter(|_| is_new || write.changes_sign_in()) {
            named.insert((true, caseless::key(name)), number);
        }
        let email = profile.email.as_deref();
        if let Some(name) = email.filter(|_| is_new || write.changes_email()) {
            named.insert((false, caseless::key(name)), number);
        }
    }
    let keys = |of_usernames: bool| -> Vec<String> {
        let those = named.keys().filter(|(kind, _)| *kind == of_usernames);
        those.map(|(_, key)| key.clone()).collect()
    };
    // Those that have an email of the list as username, and the reverse.
    let found = store::with_names(conn, organization, &keys(false), &keys(true))?;
    let numbers: HashMap<_, _> = writes
        .iter()
        .enumerate()
        .map(|(number, write)| (write.after.id, number))
        .collect();
    let mut taken = Vec::new();
    for (other, key) in found {
        for of_username in [false, true] {
            let Some(number) = named.get(&(of_username, key.clone())).copied() else {
                continue;
            };
            let own = writes.get(number).map(|write| write.after.id);
            if own == Some(other) {
                continue;
            }
            // What one has as username the other has as email.
            taken.push(match numbers.get(&other) {
                Some(later) if *later > number => (*later, !of_username),
                _ => (number, of_username),
            });
        }
    }
    let Some((number, of_username)) = taken.into_iter().min() else {
        return Ok(());
    };
    let fault = if of_username {
        ManageError::UsernameTaken
    } else {
        ManageError::EmailTaken
    };
    Err(WriteError::Taken { number, fault })
}

impl Write<'_> {
    /// Returns whether an operator is found by other words afterwards.
    fn changes_words(&self) -> bool {
        self.before.is_none_or(|before| {
            let (old, new) = (&before.profile, &self.after.profile);
            let was_deleted = before.status == OperatorStatus::Deleted;
            let is_deleted = self.after.status == OperatorStatus::Deleted;
            was_deleted != is_deleted
                || (&old.name, &old.email, &old.external_id)
                    != (&new.name, &new.email, &new.external_id)
        })
    }

    /// Returns whether an existing operator gets another name.
    fn changes_name(&self) -> bool {
        let name = |before: &Operator| before.profile.name != self.after.profile.name;
        self.before.is_some_and(name)
    }

    /// Returns whether an existing operator gets another role.
    fn changes_role(&self) -> bool {
        let role = |before: &Operator| before.profile.role != self.after.profile.role;
        self.before.is_some_and(role)
    }

    /// Returns whether an existing operator keeps its name, and gets another tier or avatar or is changed
    /// in nothing that another statement writes: each change has a later version.
    fn changes_others(&self) -> bool {
        let others = |before: &Operator| {
            let (old, new) = (&before.profile, &self.after.profile);
            (&old.tier, &old.avatar) != (&new.tier, &new.avatar)
        };
        let elsewhere = || {
            let by_keys = self.changes_keys() || self.changes_role();
            by_keys || self.changes_email() || self.changes_sign_in()
        };
        !self.changes_name()
            && self
                .before
                .is_some_and(|before| others(before) || !elsewhere())
    }

    /// Returns whether an existing operator gets another email.
    fn changes_email(&self) -> bool {
        let email = |before: &Operator| before.profile.email != self.after.profile.email;
        self.before.is_some_and(email)
    }

    /// Returns whether an existing operator gets another username or password.
    fn changes_sign_in(&self) -> bool {
        self.before
            .is_some_and(|before| self.after.signs_in_otherwise_than(before))
    }

    /// Returns whether an existing operator gets another external id or status.
    fn changes_keys(&self) -> bool {
        let keys = |before: &Operator| {
            before.status != self.after.status
                || before.profile.external_id != self.after.profile.external_id
        };
        self.before.is_some_and(keys)
    }
}
