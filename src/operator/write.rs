//! Writes operators and what follows from it: the audit events, the messages to webhooks, the entries
//! of the feed. Many are written in few statements.
//!
//! The entries come last. On PostgreSQL their transaction holds the feed's head until it commits, and
//! every revoke of the service waits for the head.

use std::collections::HashMap;

use super::{ManageError, Operator, OperatorStatus, Profile, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp, TokenId, caseless};
use crate::db::{Conn, Error, Result, savepoint};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::outbox::{self, Audience, EventKind};
use crate::revocation::Target;

/// The number of rows that are written without asking whether to give way.
const BATCH: usize = 250;

/// An operator to be written. It differs from what it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'a> {
    /// The operator as it is in the database; `None` if it is new.
    pub(super) before: Option<&'a Operator>,
    /// The operator afterwards.
    pub(super) after: &'a Operator,
    /// The session that stays if the operator signs in otherwise from now on. `None` if all end.
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
    for (number, batch) in writes.chunks(BATCH).enumerate() {
        go_on()?;
        write_rows(conn, batch, number * BATCH)?;
    }
    check_name_space(conn, organization, writes)?;
    let mut effects = Effects::default();
    for write in writes {
        effects.add(write, origin, now);
    }
    Ok(effects.write(conn, organization, now, &go_on)?)
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

/// Of two names that are taken, the external id is the one that an existing operator is refused for.
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
    let changes_keys = |write: &Write| !is_new(write) && write.changes_keys();
    let others = |write: &Write| !is_new(write) && !write.changes_keys();
    store::update(conn, those(&changes_keys))?;
    store::update_unindexed(conn, those(&others))?;
    store::update_emails(conn, those(&|write| write.changes_email()))?;
    store::update_sign_in(conn, those(&|write| write.changes_sign_in()))
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

/// What follows from writing operators, in their order.
#[derive(Default)]
struct Effects {
    /// The audit events. `true`: the event names the entry of the same change.
    events: Vec<(Event, bool)>,
    facts: Vec<(Fact, Needed)>,
    deactivated: Vec<outbox::Event>,
}

impl Effects {
    fn add(&mut self, write: &Write, origin: &Origin, now: Timestamp) {
        let after = write.after;
        let event = |action| {
            Event::of(origin, action, now, after.organization)
                .target(format!("operator:{}", after.id))
        };
        let Some(before) = write.before else {
            self.events.push((event(Action::OperatorCreated), false));
            return;
        };
        let apart_from_username = |operator: &Operator| Profile {
            username: None,
            ..operator.profile.clone()
        };
        if apart_from_username(after) != apart_from_username(before) {
            self.events.push((event(Action::OperatorUpdated), false));
        }
        let ends = after.status != before.status && after.status != OperatorStatus::Active;
        if write.changes_sign_in() {
            // If it becomes inactive, that entry ends its sessions too.
            self.events.push((event(Action::CredentialsSet), !ends));
            if !ends {
                let target = Target::Sessions {
                    operator: after.id,
                    spared: write.spared,
                };
                self.facts
                    .push((Fact::Revoked(target), target.needed(None, now)));
            }
        }
        if after.status == before.status {
            if after.profile.role != before.profile.role {
                let record = Record::Operator(after.id);
                self.facts
                    .push((Fact::Changed(record), Needed::in_passing(now)));
            }
            return;
        }
        let action = match after.status {
            OperatorStatus::Active => Action::OperatorActivated,
            OperatorStatus::Inactive => Action::OperatorDeactivated,
            OperatorStatus::Deleted => Action::OperatorDeleted,
        };
        let revokes = after.status != OperatorStatus::Active;
        self.events.push((event(action), revokes));
        self.facts.push(if revokes {
            self.deactivated.push(outbox::Event::OperatorDeactivated {
                operator_id: after.id,
                status: after.status.as_str(),
            });
            let target = Target::Operator(after.id);
            (Fact::Revoked(target), target.needed(None, now))
        } else {
            let record = Record::Operator(after.id);
            (Fact::Changed(record), Needed::in_passing(now))
        });
    }

    /// Only what names an entry, or comes after such an event in the audit log, is written after
    /// the entries.
    fn write(
        self,
        conn: &mut Conn,
        organization: OrganizationId,
        now: Timestamp,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Vec<Entry>> {
        let revokes = |(_, names_entry): &(Event, bool)| *names_entry;
        let first = self.events.iter().position(revokes);
        let (before, after) = self.events.split_at(first.unwrap_or(self.events.len()));
        let before: Vec<_> = before.iter().map(|(event, _)| event.clone()).collect();
        record(conn, &before, go_on)?;
        if !self.deactivated.is_empty() {
            let told = Audience::of(conn, organization, EventKind::OperatorDeactivated)?;
            tell(conn, organization, &told, &self.deactivated, now, go_on)?;
        }
        let mut audiences = Vec::new();
        for kind in [EventKind::TokenRevoked, EventKind::CredentialRevoked] {
            let is_sent = |fact: &Fact| matches!(fact, Fact::Revoked(target) if target.kind().event() == kind);
            if self.facts.iter().any(|(fact, _)| is_sent(fact)) {
                audiences.push((kind, Audience::of(conn, organization, kind)?));
            }
        }
        go_on()?;
        let entries = feed::append_all(conn, organization, &self.facts, now)?;
        let revokes = |entry: &&Entry| matches!(entry.fact, Fact::Revoked(_));
        let mut revoking = entries.iter().filter(revokes);
        let after: Vec<_> = after
            .iter()
            .map(|(event, names_entry)| {
                let entry = if *names_entry { revoking.next() } else { None };
                let event = event.clone();
                match entry {
                    Some(entry) => event.entry(entry.seq),
                    None => event,
                }
            })
            .collect();
        record(conn, &after, go_on)?;
        for (kind, audience) in audiences {
            let messages = entries.iter().filter_map(Entry::message);
            let messages: Vec<_> = messages.filter(|one| one.kind() == kind).collect();
            tell(conn, organization, &audience, &messages, now, go_on)?;
        }
        Ok(entries)
    }
}

fn record(conn: &mut Conn, events: &[Event], go_on: &dyn Fn() -> Result<()>) -> Result<()> {
    events.chunks(BATCH).try_for_each(|batch| {
        go_on()?;
        audit::record_all(conn, batch)
    })
}

fn tell(
    conn: &mut Conn,
    organization: OrganizationId,
    audience: &Audience,
    messages: &[outbox::Event],
    now: Timestamp,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<()> {
    messages.chunks(BATCH).try_for_each(|batch| {
        go_on()?;
        audience.tell_all(conn, organization, batch, now)
    })
}
