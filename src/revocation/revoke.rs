//! Revokes: writes one row of the feed, the audit event and the messages to webhooks, in the caller's
//! transaction. `commit.rs` commits it, and waits until it is in force.

use super::{Target, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::{self, Entry, Fact, Needed};
use crate::outbox::{self, Audience};
use crate::token::{Claims, Kind};

/// Writes the entry, the messages to webhooks, and the audit event, which contains the entry's
/// sequence: so one finds who revoked a token.
///
/// # Errors
/// Returns an error if the database fails.
pub fn write(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    now: Timestamp,
    event: Event,
) -> Result<Entry> {
    let needed = target.needed(None, now);
    append(conn, organization, target, needed, event, now)
}

/// Revokes exactly this token. For a company token, this includes every token derived from it.
///
/// # Errors
/// Returns an error if the database fails.
pub fn write_token(
    conn: &mut Conn,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Entry> {
    let (action, of) = match claims.kind() {
        Kind::Company => (Action::CompanyTokenRevoked, "company-token"),
        Kind::Operator => (Action::TokenRevoked, "operator-token"),
        Kind::Session => (Action::SessionEnded, "session"),
        // The operator tokens that were issued in it end with it.
        Kind::Console => (Action::SessionDisowned, "session"),
        Kind::Access => (Action::TokenRevoked, "access-token"),
        // The family ends with it.
        Kind::Refresh => (Action::GrantRevoked, "refresh-token"),
    };
    let event =
        Event::of(origin, action, now, claims.organization).target(format!("{of}:{}", claims.jti));
    let target = Target::of(claims);
    let needed = target.needed(Some(claims), now);
    append(conn, claims.organization, target, needed, event, now)
}

fn append(
    conn: &mut Conn,
    organization: OrganizationId,
    target: Target,
    needed: Needed,
    event: Event,
    now: Timestamp,
) -> Result<Entry> {
    // The endpoints are read before the entry is written, because the entry blocks every other
    // writer of the feed.
    let audience = Audience::of(conn, organization, target.kind().event())?;
    let client = match target {
        Target::Client(tag) => store::client_ids(conn, organization, &[tag])?.remove(&tag),
        _ => None,
    };
    let entry = feed::append(conn, organization, Fact::Revoked(target), now, needed)?;
    audit::record(conn, &event.entry(entry.seq))?;
    if let Some(mut message) = entry.message() {
        if let outbox::Event::CredentialRevoked { client_id, .. } = &mut message {
            *client_id = client;
        }
        audience.write(conn, organization, &message, now)?;
    }
    Ok(entry)
}
