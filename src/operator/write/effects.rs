//! The effects of writing operators: the audit events, the messages to webhooks, the entries of the
//! feed, the end of the grants of operators that are no longer active, and the end of the console
//! sessions of those that have another role.
//!
//! The entries come last. On PostgreSQL their transaction holds the feed's head until it commits,
//! and every revoke of the service waits for the head.

use super::{BATCH, Write};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::{self, Entry, Fact, Needed, Record};
use crate::operator::{Operator, OperatorStatus, Profile, store};
use crate::outbox::{self, Audience, EventKind};
use crate::revocation::{GrantsOf, Target, end_grants};

/// The effects of writing operators, in the order of the operators.
#[derive(Default)]
pub(super) struct Effects {
    /// The audit events. `true`: the event names the entry of the same change.
    events: Vec<(Event, bool)>,
    facts: Vec<(Fact, Needed)>,
    /// The operators that are no longer active.
    ended: Vec<OperatorId>,
    /// The operators that have another role.
    roles: Vec<OperatorId>,
    deactivated: Vec<outbox::Event>,
}

impl Effects {
    /// Adds the effects of writing one operator.
    pub(super) fn add(&mut self, write: &Write, origin: &Origin, now: Timestamp) {
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
        if after.profile.role != before.profile.role {
            self.roles.push(after.id);
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
            self.ended.push(after.id);
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

    /// Writes the effects. Only events that name an entry, and those after such an event in the
    /// audit log, are written after the entries.
    pub(super) fn write(
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
        end_grants(conn, organization, GrantsOf::Operators(&self.ended), now)?;
        for batch in self.roles.chunks(BATCH) {
            go_on()?;
            store::end_console_sessions(conn, organization, batch, None)?;
        }
        if !self.deactivated.is_empty() {
            let audience = Audience::of(conn, organization, EventKind::OperatorDeactivated)?;
            send(conn, organization, &audience, &self.deactivated, now, go_on)?;
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
            send(conn, organization, &audience, &messages, now, go_on)?;
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

fn send(
    conn: &mut Conn,
    organization: OrganizationId,
    audience: &Audience,
    messages: &[outbox::Event],
    now: Timestamp,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<()> {
    messages.chunks(BATCH).try_for_each(|batch| {
        go_on()?;
        audience.write_all(conn, organization, batch, now)
    })
}
