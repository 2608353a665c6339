//! Writes a batch of uses, and the alerts that follow from it.

use super::{DAY, Key, Pending, store};
use crate::api_key::target_of;
use crate::api_key::unusual_use::{self, Alert};
use crate::audit::{self, Action, Actor, Event};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::organization;
use crate::outbox;

/// Adds what was counted of some keys, and sends what is unusual of it, unless this batch of the
/// writer was written before.
pub(super) fn write(conn: &mut Conn, by: (&str, i64), batch: &[(Key, Pending)]) -> Result<()> {
    let latest = batch.iter().filter_map(|(_, pending)| pending.latest());
    let Some(latest) = latest.max() else {
        return Ok(());
    };
    if !store::is_next(conn, by, latest)? {
        return Ok(());
    }
    let keys: Vec<_> = batch.iter().map(|(key, _)| *key).collect();
    let mut watched = store::pasts(conn, &keys)?;
    for (key, pending) in batch {
        store::add(conn, key, pending)?;
        if let Some(watched) = watched.get_mut(key)
            && pending.seen.span.is_some()
        {
            store::lock(conn, key, &mut watched.past)?;
        }
    }
    let today = latest.as_micros().div_euclid(DAY);
    store::networks(conn, &keys, &mut watched, today)?;
    let mut organizations: Vec<_> = keys.iter().map(|key| key.0).collect();
    organizations.dedup();
    let wanted = organization::key_alerts(conn, &organizations)?;
    for (key, pending) in batch {
        let (Some(watched), Some(wanted)) = (watched.get(key), wanted.get(&key.0)) else {
            continue;
        };
        if pending.seen.span.is_none() {
            continue;
        }
        let outcome = unusual_use::decide(&watched.past, &pending.seen, wanted);
        store::keep(conn, key, &outcome, today)?;
        for alert in &outcome.alerts {
            send(conn, *key, &watched.name, alert)?;
        }
    }
    Ok(())
}

impl Pending {
    /// Returns when the latest use or refusal was.
    fn latest(&self) -> Option<Timestamp> {
        let refused = self.last.refusal.as_ref().map(|refusal| refusal.at);
        self.last.at.max(refused)
    }
}

/// Writes an alert into the audit log, and the messages for webhooks.
fn send(
    conn: &mut Conn,
    (organization, key_id): (OrganizationId, ApiKeyId),
    name: &str,
    alert: &Alert,
) -> Result<()> {
    let name = name.to_owned();
    let (action, at, detail, event) = match *alert {
        Alert::NewNetwork { network, at } => {
            let network = network.to_string();
            let event = outbox::Event::ApiKeyNewNetwork {
                key_id,
                name,
                at,
                network: network.clone(),
            };
            let detail = format!("network: {network}");
            (Action::ApiKeyNewNetwork, at, detail, event)
        }
        Alert::WokeUp { last_used_at, at } => {
            let event = outbox::Event::ApiKeyWokeUp {
                key_id,
                name,
                at,
                last_used_at,
            };
            let detail = format!("last used at: {last_used_at}");
            (Action::ApiKeyWokeUp, at, detail, event)
        }
        Alert::RateJump { requests, mean, at } => {
            let event = outbox::Event::ApiKeyRateJump {
                key_id,
                name,
                at,
                requests,
                mean,
            };
            let detail = format!("requests in the hour: {requests}, mean: {mean}");
            (Action::ApiKeyRateJump, at, detail, event)
        }
    };
    let line = Event {
        organization: Some(organization),
        ..Event::new(action, Actor::System, at)
    };
    let line = line.target(target_of(key_id)).detail(detail);
    audit::record(conn, &line)?;
    outbox::emit(conn, organization, &event, at)
}
